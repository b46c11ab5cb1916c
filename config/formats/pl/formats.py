"""Short dates in Polish: 8.11.2026, not 08-11-2026."""

SHORT_DATE_FORMAT = "j.m.Y"
SHORT_DATETIME_FORMAT = "j.m.Y, H:i"
