"""Statements about a person's work, compiled once for everybody whose mandates have one pattern.

Django builds such a statement in several times the time that the database answers it. Its text depends on how many people somebody
acts for, and on which mandates share an organisation or a territory, never on which these are: that pattern is a `Shape`. Stand-ins for
the keys and days are compiled into the statement, in the same order as what they stand for, and exchanged for it each time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

from roles.models import Scope
from roles.role import Role
from workflows.models.items import Sight

Statement: TypeAlias = tuple[str, tuple[Any, ...]]
#: Where a page begins or ends: a deadline (or a moment, or a priority) and a key.
Place: TypeAlias = tuple[date | datetime | int, int]
Real: TypeAlias = Mapping[Any, Any]

PEOPLE, ORGANISATIONS, TERRITORIES, ITEM, NUMBER = (-n * 10**15 for n in range(1, 6))
DAY, MOMENT = date.min, datetime.min.replace(tzinfo=UTC)
#: What stands for where a page begins, by its type.
BEGINNINGS: Mapping[type, Any] = {
    date: DAY + timedelta(days=1),
    datetime: MOMENT + timedelta(days=1),
    int: NUMBER,
}
MOST = 512


@dataclass(frozen=True)
class Shape:
    """The pattern of a person's mandates and deputyships: numbers in the order of the keys that they stand for."""

    people: int
    me: int
    scopes: tuple[tuple[Role, int, frozenset[int]], ...]

    def scope_stand_ins(self) -> list[Scope]:
        """The scopes, with stand-ins for their keys."""
        return [
            Scope(role, ORGANISATIONS + organisation, frozenset(TERRITORIES + each for each in territories))
            for role, organisation, territories in self.scopes
        ]


def shape_of(sight: Sight) -> tuple[Shape, Real]:
    """The pattern of what the person sees, and what its stand-ins stand for."""
    people = _numbers(sight.selves)
    organisations = _numbers({scope.organisation_id for scope in sight.reads})
    territories = _numbers({key for scope in sight.reads for key in scope.territory_ids})
    scopes = tuple(
        (scope.role, organisations[scope.organisation_id], frozenset(territories[key] for key in scope.territory_ids))
        for scope in sight.reads
    )
    real: dict[Any, Any] = {DAY: sight.on, MOMENT: sight.at}
    for base, numbers in ((PEOPLE, people), (ORGANISATIONS, organisations), (TERRITORIES, territories)):
        real.update((base + number, key) for key, number in numbers.items())
    return Shape(len(people), people[sight.user.pk], scopes), real


def beginning(place: Place | None) -> tuple[Place | None, Real]:
    """What stands in for where a page begins, and what that stands for."""
    if place is None:
        return None, {}
    stand_in = (BEGINNINGS[type(place[0])], ITEM)
    return stand_in, dict(zip(stand_in, place, strict=True))


class Shaped:
    """A statement that `build(shape, *how)` compiles, once for each shape and way of asking."""

    def __init__(self, build: Callable[..., Statement]) -> None:
        self._compiled = lru_cache(maxsize=MOST)(build)

    def __call__(self, shape: Shape, *how: Any, real: Real) -> Statement:
        """The statement with what is real in place of the stand-ins."""
        sql, values = self._compiled(shape, *how)
        return sql, tuple(_exchanged(value, real) for value in values)


def _numbers(keys: Any) -> dict[int, int]:
    return {key: number for number, key in enumerate(sorted(keys))}


def _exchanged(value: Any, real: Real) -> Any:
    """What the value stands for; numbers keep the type that tells the database which they are."""
    if isinstance(value, list):
        return [_exchanged(each, real) for each in value]
    if not isinstance(value, (int, date)) or value not in real:
        return value
    return type(value)(real[value]) if isinstance(value, int) else real[value]
