"""Writing very many new rows: PostgreSQL's COPY, with the models' own columns and defaults."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.db.models import AutoField, Field


class Copier:
    """Copies rows of one table; what a row does not name has the model's default, its key the next of the sequence.

    The row's own table alone is written: the parent of a model with inheritance is copied first, under the same key.
    """

    def __init__(self, model: type[models.Model], *names: str) -> None:
        self._model = model
        self._fields: list[Field[Any, Any]] = list(model._meta.local_concrete_fields)
        self._given: list[Field[Any, Any]] = [model._meta.get_field(name) for name in names]  # type: ignore[misc]
        rest = [each for each in self._fields if each not in self._given and not isinstance(each, AutoField)]
        self._columns = [*self._given, *rest]
        self._defaults = [field.get_db_prep_save(field.get_default(), connection) for field in rest]

    def copy(self, rows: Iterable[tuple[Any, ...]]) -> int:
        """Write rows whose values stand in the order of the names given; how many there were."""
        columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in self._columns)
        count = 0
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {self._model._meta.db_table} ({columns}) FROM STDIN") as sink,
        ):
            for row in rows:
                sink.write_row([*row, *self._defaults])
                count += 1
        return count
