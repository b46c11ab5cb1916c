"""Calendars as RFC 5545 writes them; pure. Times are UTC, so that no reader needs to know our time zone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

#: Octets of a line before it is folded (RFC 5545, 3.1).
LINE = 75
#: What stands before certain characters in a text (3.3.11).
ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True)
class Entry:
    """Something in a calendar: from a moment to a moment, or the whole of a day when it begins on a date and has no end.

    `uid` stays the same for the same thing; `stamp` is when it was written down.
    """

    uid: str
    stamp: datetime
    begins: datetime | date
    ends: datetime | None
    summary: str
    url: str = ""


def calendar(name: str, entries: Iterable[Entry]) -> bytes:
    """The whole file, with the line endings and the folding of the standard."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Spoiwo//Calendar//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for entry in entries:
        lines += _lines(entry)
    return b"".join(folded(line) for line in [*lines, "END:VCALENDAR"])


def folded(line: str) -> bytes:
    """The line with its end, broken after at most 75 octets, never within a character."""
    parts: list[bytes] = []
    part, room = b"", LINE
    for char in line:
        octets = char.encode()
        if len(part) + len(octets) > room:
            parts.append(part)
            part, room = b"", LINE - 1  # the space that a broken line goes on with
        part += octets
    return b"\r\n ".join([*parts, part]) + b"\r\n"


def _lines(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(entry.uid)}"
    yield f"DTSTAMP:{_moment(entry.stamp)}"
    if isinstance(entry.begins, datetime):
        yield f"DTSTART:{_moment(entry.begins)}"
        yield f"DTEND:{_moment(entry.ends or entry.begins)}"
    else:
        yield f"DTSTART;VALUE=DATE:{entry.begins:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{entry.begins + timedelta(days=1):%Y%m%d}"
        yield "TRANSP:TRANSPARENT"
    yield f"SUMMARY:{_text(entry.summary)}"
    if entry.url:
        yield f"URL:{_one_line(entry.url)}"
    yield "END:VEVENT"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char == "\n" or (char >= " " and char != "\x7f")).translate(ESCAPED)


def _one_line(text: str) -> str:
    return "".join(char for char in text if char > " " and char != "\x7f")
