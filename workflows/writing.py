"""Writing many rows with one statement a table: only what changed."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.db.models import Field

Change = tuple[models.Model, "list[Field[Any, Any]]"]


class Snapshot:
    """A row as it was, to find what has changed since."""

    def __init__(self, row: models.Model) -> None:
        self._values = {name: row.__dict__.get(name) for name in (field.attname for field in row._meta.concrete_fields)}

    def of(self, row: models.Model) -> Change:
        """The row with the fields whose values differ now."""
        changed = [
            field
            for field in row._meta.concrete_fields
            if field.attname in row.__dict__ and row.__dict__[field.attname] != self._values[field.attname]
        ]
        return row, changed


def write_changes(changes: Iterable[Change]) -> None:
    """Update the changed columns of many rows, one UPDATE for each set of columns of a table."""
    by_columns: defaultdict[tuple[type[models.Model], tuple[Field[Any, Any], ...]], list[models.Model]] = defaultdict(
        list
    )
    for row, fields in changes:
        by_table: defaultdict[type[models.Model], list[Field[Any, Any]]] = defaultdict(list)
        for field in fields:
            by_table[field.model].append(field)
        for model, columns in by_table.items():
            by_columns[model, tuple(columns)].append(row)
    for (model, together), rows in by_columns.items():
        _update(model, together, rows)


def next_keys(model: type[models.Model], count: int) -> list[int]:
    """Keys from the table's sequence, reserved in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [key for (key,) in cursor.fetchall()]


def _update(model: type[models.Model], columns: "tuple[Field[Any, Any], ...]", rows: list[models.Model]) -> None:
    quote = connection.ops.quote_name
    key = model._meta.pk
    names = [quote(str(key.column)), *(quote(str(field.column)) for field in columns)]
    arrays = [[row.pk for row in rows], *([_stored(field, row) for row in rows] for field in columns)]
    if any(isinstance(value, list) for array in arrays for value in array):
        for row in rows:  # unnest would flatten arrays of arrays
            model._base_manager.filter(pk=row.pk).update(
                **{field.name: getattr(row, field.attname) for field in columns}
            )
        return
    types = ", ".join(f"%s::{_type(field)}[]" for field in (key, *columns))
    sets = ", ".join(f"{name} = new.{name}" for name in names[1:])
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(model._meta.db_table)} AS old SET {sets} "  # noqa: S608  names come from the models
            f"FROM unnest({types}) AS new({', '.join(names)}) WHERE old.{names[0]} = new.{names[0]}",
            arrays,
        )


def _type(field: "Field[Any, Any]") -> str:
    return str(
        field.rel_db_type(connection) if field.remote_field is None and field.primary_key else field.db_type(connection)
    )


def _stored(field: "Field[Any, Any]", row: models.Model) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)
