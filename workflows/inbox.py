"""The pages of *my work*: what I own, what I may take, what I wait for, what I have done. Keyset paging; no page counts a big table.

A page is one statement whose cost is its own length, however many items there are: the first rows of each (role, organisation,
territory) come off one partial index by LATERAL; a scope as wide as a region is walked by deadline along another; the database merges
them. One plan for everybody was 5 ms for a tutor and 92 ms for somebody who sees a whole region.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from viewflow.workflow.status import STATUS

from roles.models import User
from roles.navigation import COUNT_CAP
from roles.role import Role
from workflows.escalation import overdue_for_supervisor
from workflows.models import WorkItem
from workflows.models.cases import within
from workflows.models.items import HUMAN, Sight, WorkItemQuerySet

PAGE = 25
#: A scope of so many territories is walked along the deadlines of its organisation and role.
WIDE = 24
#: The orders of what one owns: it is never much, so any will do. A queue comes by deadline alone.
ORDERS = ("due", "-due", "created", "-created", "-priority")

#: Where a page begins or ends: a deadline (or a moment, or a priority) and a key.
Place = tuple[date | datetime | int, int]
Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Page:
    """Some items, and the places before and after them; None where there is nothing more."""

    items: Sequence[WorkItem]
    before: Place | None = None
    after: Place | None = None


@dataclass(frozen=True)
class Desk(Sight):
    """Where a person works on a day: what lies in each of their trays, and never a case that they may not read any more."""

    @property
    def own(self) -> WorkItemQuerySet:
        """What I own and what those own whom I stand in for, without what was put off."""
        return WorkItem.objects.held_by(self).awake(self.on)

    @property
    def asleep(self) -> WorkItemQuerySet:
        """What was put off to a later day."""
        return WorkItem.objects.held_by(self).filter(snoozed_until__gt=self.on)

    @property
    def asked(self) -> WorkItemQuerySet:
        """What I have asked for and others decide."""
        return WorkItem.objects.human().open().filter(self.seen, asked_by=self.user)

    @property
    def done(self) -> WorkItemQuerySet:
        """What I have done."""
        return WorkItem.objects.human().filter(self.seen, owner=self.user, status=STATUS.DONE, finished__isnull=False)

    @property
    def supervises(self) -> bool:
        """Whether what is late among others stands before the person too."""
        return any(scope.role == Role.SUPERVISOR for scope in self.scopes)

    @property
    def late(self) -> WorkItemQuerySet:
        """What has been late for so long that the supervisor sees it, whoever has it."""
        return overdue_for_supervisor(self.user, self.on)

    @property
    def free(self) -> WorkItemQuerySet:
        """What nobody has, anywhere, unless it is barred to the person."""
        free = WorkItem.objects.filter(status=STATUS.NEW, flow_task_type=HUMAN)
        return free.not_barred_to_any(self.selves).without_vote_of(self.user)

    @cached_property
    def queue(self) -> "list[Part]":
        """What the person may take, in disjoint parts: every wide scope, and all narrow ones together."""
        wide = [scope for scope in self.scopes if len(scope.territory_ids) >= WIDE]
        narrow = [
            (str(scope.role), scope.organisation_id, territory_id)
            for scope in self.scopes
            if scope not in wide
            for territory_id in sorted(scope.territory_ids)
        ]
        of_scope = {name: RawSQL(f"scope.{name}", ()) for name in ("role", "organisation_id", "territory_id")}  # noqa: S611
        parts = [Part(self.free.filter(role=scope.role).filter(within([scope]))) for scope in wide]
        return parts if parts and not narrow else [*parts, Part(self.free.filter(**of_scope), narrow)]


def desk_of(user: User, on: date) -> Desk:
    """Where somebody signed in works that day; what it rests on is asked for once for each object that stands for them."""
    known: Desk | None = user.__dict__.get("_desk")
    if known is None or known.on != on:
        known = user.__dict__["_desk"] = Desk(user, on)
    return known


@dataclass(frozen=True)
class Part:
    """Items that one index gives in order; with `narrow` scopes, so many parts in one: the items of each scope."""

    items: QuerySet[WorkItem]
    narrow: Sequence[tuple[str, int, int]] | None = None

    def first(self, size: int, field: str, *order: str) -> Statement:
        """The statement that gives keys and places of its first rows; narrow scopes give so many each."""
        sql, values = self.items.order_by(*order).values_list("pk", field)[:size].query.sql_with_params()
        if self.narrow is None:
            return sql, values
        columns = ([scope[n] for scope in self.narrow] for n in range(3))
        scopes = "unnest(%s::varchar[], %s::bigint[], %s::bigint[]) AS scope (role, organisation_id, territory_id)"
        return f"SELECT item.* FROM {scopes} CROSS JOIN LATERAL ({sql}) AS item", (*columns, *values)  # noqa: S608


def inbox_page(desk: Desk, where: Q | None = None, *, order: str = "due", **place: Any) -> Page:
    """What I own and what those own whom I stand in for: overdue first, what is put off left out; or in one of `ORDERS`."""
    own = Part(desk.own.filter(where or Q()))
    return _page([own], order.lstrip("-"), latest_first=order.startswith("-"), **place)


def snoozed_page(desk: Desk, where: Q | None = None, **place: Any) -> Page:
    """What I have put off to a later day."""
    return _page([Part(desk.asleep.filter(where or Q()))], **place)


def queue_page(desk: Desk, where: Q | None = None, **place: Any) -> Page:
    """What I may take, by deadline."""
    parts = [Part(part.items.filter(where), part.narrow) for part in desk.queue] if where else desk.queue
    return _page(parts, **place)


def waiting_page(desk: Desk, where: Q | None = None, **place: Any) -> Page:
    """What I have asked for and others decide."""
    return _page([Part(desk.asked.filter(where or Q()))], **place)


def done_page(desk: Desk, where: Q | None = None, **place: Any) -> Page:
    """What I have done, the latest first."""
    return _page([Part(desk.done.filter(where or Q()))], "finished", latest_first=True, **place)


def late_page(desk: Desk, where: Q | None = None, **place: Any) -> Page:
    """What is so late that it stands before the supervisors of its scope, whoever has it."""
    return _page([Part(desk.late.filter(where or Q()))], **place)


def counts(desk: Desk) -> dict[str, int]:
    """How many wait in each tab, counted no further than a hundred, by one statement."""
    most = COUNT_CAP + 1
    own, values = _together(
        [Part(desk.own)], most, "due", "due"
    )  # the overdue ones come first, so these hold as many as are told
    tabs = {
        "queue": desk.queue,
        "waiting": [Part(desk.asked)],
        **({"late": [Part(desk.late)]} if desk.supervises else {}),
    }
    some = [_together(parts, most, "due") for parts in tabs.values()]
    counted = ["count(*)", "count(*) FILTER (WHERE due < %s)"]
    counted += [f"(SELECT count(*) FROM (SELECT FROM ({sql}) AS each LIMIT {most}) AS seen)" for sql, _values in some]  # noqa: S608
    with connection.cursor() as cursor:
        given = [desk.on, *(value for _sql, each in some for value in each), *values]
        cursor.execute(f"SELECT {', '.join(counted)} FROM ({own}) AS own", given)  # noqa: S608
        return dict(zip(("inbox", "overdue", *tabs), cursor.fetchone(), strict=True))


def _page(
    parts: Sequence[Part],
    field: str = "due",
    *,
    after: Place | None = None,
    before: Place | None = None,
    size: int = PAGE,
    latest_first: bool = False,
) -> Page:
    """The next (or the previous) rows in the order of (field, key), and whether there are more on either side."""
    backwards = before is not None
    place = before if backwards else after
    falling = latest_first != backwards
    if place is not None:
        parts = [Part(part.items.filter(_beyond(field, place, falling)), part.narrow) for part in parts]
    found = _first_of(parts, field, falling, size + 1)
    more, items = len(found) > size, found[:size]
    if not items:
        return Page([])
    if backwards:
        items.reverse()
    first, last = ((getattr(item, field), item.pk) for item in (items[0], items[-1]))
    has_before, has_after = (more, True) if backwards else (place is not None, more)
    return Page(items, first if has_before else None, last if has_after else None)


def _first_of(parts: Sequence[Part], field: str, falling: bool, size: int) -> list[WorkItem]:
    """The first items over all parts: the first of each part, merged by the database."""
    order = [f"-{field}", "-pk"] if falling else [field, "pk"]
    sql, values = _together(parts, size, field, *order)
    way = "DESC" if falling else "ASC"
    keys = RawSQL(f"SELECT pk FROM ({sql}) AS found ORDER BY {field} {way}, pk {way} LIMIT {size}", values)  # noqa: S608, S611
    rows = WorkItem.objects.filter(pk__in=keys).order_by(*order)
    return list(rows.select_related("process", "owner", "territory"))


def _together(parts: Sequence[Part], size: int, field: str, *order: str) -> Statement:
    """The first rows of each part; a part that no row can be in is left out."""
    statements = []
    for part in parts:
        with suppress(EmptyResultSet):
            statements.append(part.first(size, field, *order))
    if not statements:
        return f"SELECT NULL::bigint AS pk, NULL AS {field} WHERE false", ()
    values = tuple(value for _sql, some in statements for value in some)
    return " UNION ALL ".join(f"({sql})" for sql, _values in statements), values


def _beyond(field: str, place: Place, falling: bool) -> Func:
    """Whether a row lies past the place: one comparison of (field, key), which an index answers."""
    row = partial(Func, function="ROW", output_field=BooleanField())
    here, there = row(F(field), F("pk")), row(*map(Value, place))
    side = " < " if falling else " > "
    return Func(here, there, template="%(expressions)s", arg_joiner=side, output_field=BooleanField())
