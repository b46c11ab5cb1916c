"""The current unit of work: where viewflow's activations leave what they would save. See `workflows.batch`."""

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.batch import Batch
    from workflows.models import WorkItem

_current: ContextVar["Batch | None"] = ContextVar("unit", default=None)


class OutsideUnit(RuntimeError):  # noqa: N818  reads as a sentence
    """A work item was saved, or a workflow moved, outside a unit of work."""


def current_unit() -> "Batch":
    """The unit of the transaction that is running. Raises OutsideUnit when there is none."""
    unit = _current.get()
    if unit is None:
        raise OutsideUnit("work items are written by a unit of work; use the services")
    return unit


def is_in_unit() -> bool:
    """Whether a unit of work is open: what is read now is read under its locks."""
    return _current.get() is not None


def keep_in_unit(item: "WorkItem") -> None:
    """Take an item that viewflow wants to save."""
    current_unit().keep(item)


class links_in_unit:  # noqa: N801  reads as a verb where it is used
    """Stands before viewflow's `previous` relation: inside a unit of work a link is remembered, not inserted."""

    def __init__(self, relation: Any) -> None:
        self._relation = relation

    def __getattr__(self, name: str) -> Any:
        return getattr(self._relation, name)

    def __get__(self, item: "WorkItem | None", owner: type | None = None) -> Any:
        if item is None:
            return self._relation
        if _current.get() is None:
            return self._relation.__get__(item, owner)
        return _Links(item)


class _Links:
    def __init__(self, item: "WorkItem") -> None:
        self._item = item

    def add(self, *earlier: "WorkItem") -> None:
        current_unit().link(self._item, earlier)


def enter(unit: "Batch") -> "Token[Batch | None]":
    """Make the unit the current one; returns what `leave` wants. Raises OutsideUnit when one is open: units do not nest."""
    if _current.get() is not None:
        raise OutsideUnit("units of work do not nest: pass the unit on")
    return _current.set(unit)


def leave(token: "Token[Batch | None]") -> None:
    """Close what `enter` opened."""
    _current.reset(token)
