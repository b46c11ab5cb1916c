"""Lifecycles as specifications: stages, moves and guards on django_fsm.

A lifecycle declares every move a kind of case can make: from, to, who asks, who approves, only if what. It does nothing; a stage
changes in the gate alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import models
from django_fsm import transition

from roles.role import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from workflows.models import Case

Text: TypeAlias = "str | _StrPromise"


@dataclass(frozen=True)
class Guard:
    """One named condition of a move.

    `unmet` is the sentence shown while it does not hold, `met` the one shown once it does, `needs` the related facts that it
    reads (as for `prefetch_related`), `fix` the name of the page, given the case's key, where it can be met, `authors` the people
    whose evidence it rests on. One that `only_bars` always holds: it keeps its authors from approving, and pages do not list it.
    """

    holds: Callable[[Any], bool]
    unmet: Text
    needs: tuple[str, ...] = ()
    fix: str = ""
    authors: Callable[[Any], Iterable[int]] | None = None
    met: Text = ""
    only_bars: bool = False

    @property
    def name(self) -> str:
        """The guard's name in code, as the lifecycle table prints it."""
        return self.holds.__name__

    def __call__(self, case: "Case") -> bool:
        return self.holds(case)


def guard(
    unmet: Text,
    *,
    met: Text = "",
    needs: str | Sequence[str] = (),
    fix: str = "",
    authors: Callable[[Any], Iterable[int]] | None = None,
    only_bars: bool = False,
) -> Callable[[Callable[[Any], bool]], Guard]:
    """Make a named condition of a function `case -> bool` that completes the sentence "only if …"."""
    names = (needs,) if isinstance(needs, str) else tuple(needs)
    return lambda holds: Guard(holds, unmet, names, fix, authors, met, only_bars)


@dataclass(frozen=True)
class Terms:
    """What a move is called, who asks for it, who approves it, and what it leaves on the case.

    `reasons` are the coded reasons one of which must be given, `day` and `why` the fields of the case that keep the day it takes effect
    and the reason, `clears` the fields that it empties, `sensitive` those reasons that tell of health or of the courts, `job` names what
    is left to the workers each time it is made.
    """

    label: Text
    asked_by: tuple[Role, ...]
    approved_by: Role
    reasons: type[models.TextChoices] | None = None
    day: str = ""
    why: str = ""
    clears: tuple[str, ...] = ()
    sensitive: frozenset[str] = frozenset()
    job: str = ""


@dataclass(frozen=True)
class Move:
    """A move of a lifecycle, as the rest of the engine reads it."""

    name: str
    sources: tuple[str, ...]
    target: str
    terms: Terms
    guards: tuple[Guard, ...] = field(default=())

    @property
    def by_the_clock(self) -> bool:
        """Made by time alone: nobody asks, nobody approves."""
        return self.terms.approved_by == Role.CLOCK

    @property
    def stays(self) -> bool:
        """Made within its stage: something is accepted or changed, and the work of the stage goes on."""
        return set(self.sources) == {self.target}

    @property
    def conditions(self) -> list[Guard]:
        """The guards that may hold or not: what a page lists."""
        return [guard for guard in self.guards if not guard.only_bars]

    def unmet(self, case: "Case") -> list[Guard]:
        """The guards that do not hold. The facts they need must have been loaded."""
        return [guard for guard in self.guards if not guard(case)]

    def authors(self, case: "Case") -> set[int]:
        """Keys of the people whose evidence the guards rest on."""
        return {user_id for guard in self.guards if guard.authors for user_id in guard.authors(case)}

    @property
    def needs(self) -> tuple[str, ...]:
        """Every fact that the guards read."""
        return tuple(dict.fromkeys(name for guard in self.guards for name in guard.needs))


def move(
    *,
    source: str | Sequence[str],
    target: str,
    label: Text,
    asked_by: Role | Sequence[Role],
    approved_by: Role,
    only_if: Sequence[Guard] = (),
    reasons: type[models.TextChoices] | None = None,
    day: str = "",
    why: str = "",
    clears: Sequence[str] = (),
    sensitive: Iterable[str] = (),
    job: str = "",
) -> Callable[[Callable[..., None]], Any]:
    """Declare a move: `django_fsm.transition` on the stage, with its `Terms` in `custom`."""
    asking = (asked_by,) if isinstance(asked_by, Role) else tuple(asked_by)
    terms = Terms(label, asking, approved_by, reasons, day, why, tuple(clears), frozenset(sensitive), job)
    sources = [source] if isinstance(source, str) else list(source)
    return transition(
        field="stage", source=sources, target=target, conditions=list[Any](only_if), custom={"terms": terms}
    )


@cache
def moves_of(kind: "type[Case]") -> dict[str, Move]:
    """Every move of a kind of case by its name, in the order of its declaration."""
    found: dict[str, Move] = {}
    for each in kind._meta.get_field("stage").get_all_transitions(kind):
        earlier = found.get(each.name)
        sources = (*earlier.sources, str(each.source)) if earlier else (str(each.source),)
        found[each.name] = Move(each.name, sources, str(each.target), each.custom["terms"], tuple(each.conditions))
    return dict(sorted(found.items(), key=lambda entry: _line_of(kind, entry[0])))


def moves_from(case: "Case") -> Iterator[Move]:
    """The moves that the case could make from its stage, whether or not their guards hold."""
    return (each for each in moves_of(type(case)).values() if case.stage in each.sources)  # type: ignore[arg-type]


def _line_of(kind: "type[Case]", name: str) -> int:
    """Where the move stands in its file: moves are told in the order of life."""
    return int(getattr(kind, name).__wrapped__.__code__.co_firstlineno)
