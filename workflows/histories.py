"""A table's history (django-pghistory) as pages tell it: each entry with what the row said before, who acted, and when.

Who and when stand in the context of the entry (`roles.services.acting`); what was written without one has the moment of its own row.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import ne
from typing import Any

from django.db import models
from django.db.models import BigIntegerField, DateTimeField, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from roles.models import User

#: Columns of a row that say when it was written, if the entry itself does not.
OWN_MOMENTS = ("recorded_at", "uploaded_at")
#: Columns that say whose the row is, when it was written and by whom, rather than what.
ABOUT_THE_ROW = frozenset({"id", "case_id", "recorded_at", "recorded_by_id"})
LONGEST = 80
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


def entries_of(history: type[models.Model], rows: Q, before: datetime, limit: int) -> list[Entry]:
    """At most so many entries about these rows, the latest up to a moment, each with the one before it; one query."""
    same = history._default_manager.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__lt=OuterRef("pgh_id"))
    all_of_them = dated(history).annotate(earlier_id=Subquery(same.order_by("-pgh_id").values("pgh_id")[:1]))
    latest = all_of_them.filter(rows, told_at__lte=before).order_by("-told_at", "-pgh_id")[:limit]
    wanted = Q(pgh_id__in=latest.values("pgh_id")) | Q(pgh_id__in=latest.values("earlier_id"))
    found = list(all_of_them.filter(wanted).select_related(*_leading_out(history)).order_by("-told_at", "-pgh_id"))
    by_key = {row.pgh_id: row for row in found}
    earlier = {row.earlier_id for row in found}
    told = [row for row in found if row.told_at <= before][:limit]
    return [Entry(row, by_key.get(row.earlier_id)) for row in told if row.earlier_id in by_key or not row.earlier_id] or [
        Entry(row, None) for row in told if row.pgh_id not in earlier
    ]


def people_behind(entries: Iterable[Entry]) -> dict[int | None, User]:
    """Whoever acted in them, by key; one query."""
    return dict(User.objects.in_bulk({entry.by for entry in entries} - {None}))
