"""Statements that every unit of work asks, compiled once: Django builds one in several times the time that the database answers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any

from django.db import connection
from django.db.models import QuerySet

Build = Callable[[Sequence[int], date], "QuerySet[Any, Any]"]
#: What stands in for a key and for the day while a statement is compiled: values that nothing else in it has.
KEYS_FROM = -(10**15)
SOME_DAY = date.min


@dataclass(frozen=True)
class _Statement:
    sql: str
    #: Its parameters; a place in (keys, day) where one of these stands.
    values: Sequence[Any]
    places: Sequence[int | None]


class Prepared:
    """A query set of plain values over some keys on a day: `build(keys, on)` is asked once for each number of keys.

    Only for columns that the driver reads as they are (numbers, words, days); the keys must differ.
    """

    def __init__(self, build: Build) -> None:
        self._statement = lru_cache(maxsize=256)(partial(_compile, build))

    def __call__(self, keys: Sequence[int] = (), on: date = SOME_DAY) -> list[tuple[Any, ...]]:
        """The rows for these keys and that day."""
        statement = self._statement(len(keys))
        given: list[Any] = [*keys, on]
        pairs = zip(statement.values, statement.places, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, [value if place is None else given[place] for value, place in pairs])
            return cursor.fetchall()


def _compile(build: Build, count: int) -> _Statement:
    given: list[Any] = [*range(KEYS_FROM, KEYS_FROM + count), SOME_DAY]
    sql, values = build(given[:-1], SOME_DAY).query.sql_with_params()
    return _Statement(sql, values, [given.index(value) if value in given else None for value in values])
