"""Where a table begins to keep its history, the rows that it has already are told as its first entries."""

from collections.abc import Callable, Mapping
from typing import Any

from psycopg import sql

FIRST_ENTRIES = sql.SQL(
    "INSERT INTO {events} ({columns}, pgh_created_at, pgh_label, pgh_obj_id)"
    " SELECT {columns}, {moment}, 'insert', id FROM {facts} fact"
    " WHERE NOT EXISTS (SELECT 1 FROM {events} event WHERE event.pgh_obj_id = fact.id) ORDER BY id"
)


def history_begins(app: str, moments: Mapping[str, str]) -> Callable[[Any, Any], None]:
    """For a data migration: give every row of these models of the app its first entry, dated by the column named, or now."""

    def forwards(apps: Any, editor: Any) -> None:
        for name, column in moments.items():
            facts, events = apps.get_model(app, name), apps.get_model(app, f"{name}Event")
            told = [field.column for field in events._meta.local_concrete_fields if not field.name.startswith("pgh_")]
            statement = FIRST_ENTRIES.format(
                events=sql.Identifier(events._meta.db_table),
                facts=sql.Identifier(facts._meta.db_table),
                columns=sql.SQL(", ").join(map(sql.Identifier, told)),
                moment=sql.Identifier(column) if column else sql.SQL("now()"),
            )
            with editor.connection.cursor() as cursor:
                cursor.execute(statement)

    return forwards
