"""A table's history (django-pghistory) as pages tell it: each entry with what the row said before, who acted, and when.

Who and when stand in the context of the entry (`roles.services.acting`); what was written without one has the moment of its own row.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from operator import ne
from typing import Any, TypeAlias

from django.db import models
from django.db.models import (
    BigIntegerField,
    DateTimeField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from roles.models import User
from roles.templatetags.polish_dates import exact_date, exact_moment

#: Columns of a row that say when it was written, if the entry itself does not.
OWN_MOMENTS = ("recorded_at", "uploaded_at")
#: Columns that say whose the row is, when it was written and by whom, rather than what.
ABOUT_THE_ROW = frozenset({"id", "case_id", "recorded_at", "recorded_by_id"})
#: Key of an entry, and of the one before it about the same row.
Pair: TypeAlias = "tuple[int, int | None]"
ALL = Q()
LONGEST = 80
NOTHING = "–"
INSERT, DELETE = "insert", "delete"


@dataclass(frozen=True)
class Entry:
    """One entry of a history, and the one before it about the same row."""

    row: Any
    earlier: Any | None

    @property
    def at(self) -> datetime:
        """When it was done."""
        moment: datetime = self.row.told_at
        return moment

    @property
    def key(self) -> str:
        """Tells it from every other entry, in the order of writing."""
        return f"x{self.row.pgh_tracked_model.__name__}{self.row.pgh_id:012d}"

    @property
    def is_first(self) -> bool:
        """The row was written for the first time."""
        return bool(self.row.pgh_label == INSERT)

    @property
    def is_last(self) -> bool:
        """The row was removed."""
        return bool(self.row.pgh_label == DELETE)

    @property
    def by(self) -> int | None:
        """Key of whoever acted."""
        written_by = getattr(self.row, "recorded_by_id", None) or getattr(self.row, "uploaded_by_id", None)
        acted: int | None = self.row.told_by
        return written_by or acted if self.is_first else acted or written_by


def dated(history: type[models.Model]) -> "QuerySet[Any]":
    """Its entries with who acted (`told_by`) and when (`told_at`)."""
    own = [F(name) for name in OWN_MOMENTS if _has(history, name)]
    said_at = Cast(KeyTextTransform("at", "pgh_context__metadata"), DateTimeField())
    said_by = Cast(KeyTextTransform("by", "pgh_context__metadata"), BigIntegerField())
    return history._default_manager.annotate(told_at=Coalesce(said_at, *own, F("pgh_created_at")), told_by=said_by)


def entries_of(history: type[models.Model], which: Q, before: datetime, limit: int) -> list[Entry]:
    """At most so many entries of this kind, the latest up to a moment, each with the one before it.

    One query for their keys, and one for the rows if there are any: however many there are, the table is only read by its keys.
    """
    return read(history, latest(history, which, before).values_list("pgh_id", "earlier_id")[:limit])


def latest(history: type[models.Model], which: Q, before: datetime) -> "QuerySet[Any]":
    """Its entries up to a moment, the latest first, with the key of the one before it about the same row (`earlier_id`)."""
    same = history._default_manager.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__lt=OuterRef("pgh_id"))
    entries = dated(history).annotate(earlier_id=Subquery(same.order_by("-pgh_id").values("pgh_id")[:1]))
    return entries.filter(which, told_at__lte=before).order_by("-told_at", "-pgh_id")


def read(history: type[models.Model], pairs: Iterable[Pair], which: Q = ALL) -> list[Entry]:
    """The entries of these keys of which the condition holds, each with the one before it; two queries if there is a condition."""
    wanted = dict(pairs)
    if which:
        seen = history._default_manager.filter(which, pgh_id__in=wanted)
        wanted = {key: wanted[key] for key in seen.values_list("pgh_id", flat=True)}
    keys = {key for pair in wanted.items() for key in pair if key}
    if not keys:
        return []
    found = dated(history).filter(pgh_id__in=keys).select_related(*_leading_out(history))
    rows = {row.pgh_id: row for row in found}
    return [Entry(rows[key], rows.get(earlier)) for key, earlier in wanted.items()]


def after_the_first(history: type[models.Model], condition: Q) -> Q:
    """Without the first entry of each row of which the condition holds: another record tells of it."""
    first = history._default_manager.filter(condition, pgh_obj=OuterRef("pgh_obj")).order_by("pgh_id")
    return ~Q(pgh_id=Coalesce(Subquery(first.values("pgh_id")[:1]), 0))


def said(row: Any, field: "models.Field[Any, Any]") -> str:
    """What a row says in a field, in words and not too long."""
    value = getattr(row, field.name)
    if value in (None, "", []):
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return exact_moment(value)
    if isinstance(value, date):
        return exact_date(value)
    shown = dict(field.flatchoices).get(value, value) if field.choices else value
    text = ", ".join(map(str, shown)) if isinstance(shown, list) else str(shown)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def differences(
    entry: Entry,
    *,
    left_out: Collection[str] = ABOUT_THE_ROW,
    differ: Callable[[Any, Any], bool] = ne,
    say: Callable[[Any, Any], str] = said,
) -> list[str]:
    """Each field that says something else now, with its old and its new value; of a first or last entry, what it says."""
    row, earlier = entry.row, None if entry.is_first or entry.is_last else entry.earlier
    fields = [field for field in _told(type(row)) if field.attname not in left_out]
    if earlier is None:
        told = [(field.verbose_name, say(row, field)) for field in fields]
        return [f"{name}: {text}" for name, text in told if text != NOTHING]
    return [
        f"{field.verbose_name}: {say(earlier, field)} → {say(row, field)}"
        for field in fields
        if differ(getattr(row, field.attname), getattr(earlier, field.attname))
    ]


def people_behind(entries: Iterable[Entry]) -> dict[int | None, User]:
    """Whoever acted in them, by key; one query."""
    return dict(User.objects.in_bulk({entry.by for entry in entries} - {None}))


def _told(history: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """The fields of the row that its history keeps."""
    return [field for field in history._meta.local_concrete_fields if not field.name.startswith("pgh_")]


def _leading_out(history: type[models.Model]) -> list[str]:
    return [field.name for field in _told(history) if field.remote_field is not None and field.name != "case"]


def _has(history: type[models.Model], name: str) -> bool:
    return any(field.name == name for field in _told(history))
