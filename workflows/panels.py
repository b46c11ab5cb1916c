"""What a room adds to the engine's pages: evidence for a decision, panels of a case, events of its timeline."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text: TypeAlias = "str | _StrPromise"

#: What the timeline can be narrowed to.
MOVES, WORK, HOLDS, PEOPLE, OTHER = "moves", "work", "holds", "people", "other"


@dataclass(frozen=True)
class Evidence:
    """What shows that a condition holds: in words, with a link to the thing itself. `guard` names the condition, if one."""

    label: "Text"
    value: "Text"
    url: str = ""
    guard: str = ""


@dataclass(frozen=True)
class Panel:
    """A part of the case's page that its room draws: a template, whose context is given, under a heading."""

    title: "Text"
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    icon: str = ""
    wide: bool = False


@dataclass(frozen=True)
class Event:
    """Something that happened on a case, as its timeline tells it; `kind` chooses the picture, `group` the filter."""

    at: datetime
    key: str
    group: str
    kind: str
    title: "Text"
    who: str = ""
    text: "Text" = ""
    effective_on: date | None = None
    marks: "tuple[tuple[str, Text], ...]" = ()
    url: str = ""
