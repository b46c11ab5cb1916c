"""What a move leaves in the fields of its case: the day, the reason, and how the case ended."""

from collections.abc import Iterable
from datetime import date

from workflows.lifecycle import Move, moves_of
from workflows.models import Case


def leave_on_case(case: Case, move: Move, effective_on: date, reason: str) -> None:
    """What a move leaves in the fields that its terms name; the reason why a case ended is its outcome too."""
    for name in move.terms.clears:
        empty(case, name)
    if move.terms.day:
        setattr(case, move.terms.day, effective_on)
    if tell_how_it_ended(case, move.terms.clears):
        case.outcome = ""
    if move.terms.why:
        setattr(case, move.terms.why, reason)
        case.outcome = reason


def tell_how_it_ended(case: Case, names: Iterable[str]) -> bool:
    """Whether among these fields is one that keeps why a case ended: emptied, the case has no outcome any more."""
    return not {each.terms.why for each in moves_of(type(case)).values() if each.terms.why}.isdisjoint(names)  # type: ignore[arg-type]


def empty(case: Case, name: str) -> None:
    """Leave nothing in this field of the case."""
    field = case._meta.get_field(name)
    setattr(case, name, None if field.null else "")
