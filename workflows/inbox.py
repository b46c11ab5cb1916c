"""The pages of *my work*: what I own, what I may take, what I wait for, what I have done. Keyset paging; no page counts a big table.

A page is one statement whose cost is its own length, however many items there are: the first rows of each (role, organisation,
territory) come off one partial index by LATERAL; a scope as wide as a region is walked by deadline along another; the database merges
them. One plan for everybody was 5 ms for a tutor and 92 ms for somebody who sees a whole region.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Any, Self

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
from workflows.shapes import DAY, MOMENT, PEOPLE, Place, Real, Shape, Shaped, Statement, beginning, shape_of

PAGE = 25
#: A scope of so many territories is walked along the deadlines of its organisation and role.
WIDE = 24
#: The orders of what one owns: it is never much, so any will do. A queue comes by deadline alone.
ORDERS = ("due", "-due", "created", "-created", "-priority")

#: The trays that are opened all day: their statements are compiled once for everybody of one shape.
SHAPED = frozenset({"own", "queue"})
#: The trays that are counted, by the name of their tab; one's own come first.
COUNTED = {"queue": "queue", "waiting": "asked"}


@dataclass(frozen=True)
class Page:
    """Some items, and the places before and after them; None where there is nothing more."""

    items: Sequence[WorkItem]
    before: Place | None = None
    after: Place | None = None


@dataclass(frozen=True)
class Desk(Sight):
    """Where a person works on a day: what lies in each of their trays, and never a case that they may not read any more."""

    @classmethod
    def standing_in(cls, shape: Shape) -> Self:
        """A desk with stand-ins for its keys and days, to compile statements with."""
        desk = cls(User(pk=PEOPLE + shape.me), DAY)
        desk.__dict__.update(
            selves=[PEOPLE + number for number in range(shape.people)], reads=shape.scope_stand_ins(), at=MOMENT
        )
        return desk

    @cached_property
    def shape(self) -> tuple[Shape, Real]:
        """The pattern of the person's mandates, and what its stand-ins stand for."""
        return shape_of(self)

    def parts(self, tray: str) -> "list[Part]":
        """A tray in disjoint parts, each of which one index gives in order."""
        return self.queue if tray == "queue" else [Part(getattr(self, tray))]

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
    return _page(desk, "own", where, order.lstrip("-"), latest_first=order.startswith("-"), **place)


def snoozed_page(desk: Desk, where: Q | None = None, **place: Any) -> Page:
    """What I have put off to a later day."""
    return _page(desk, "asleep", where, **place)


def queue_page(desk: Desk, where: Q | None = None, **place: Any) -> Page:
    """What I may take, by deadline."""
    return _page(desk, "queue", where, **place)


def waiting_page(desk: Desk, where: Q | None = None, **place: Any) -> Page:
    """What I have asked for and others decide."""
    return _page(desk, "asked", where, **place)


def done_page(desk: Desk, where: Q | None = None, **place: Any) -> Page:
    """What I have done, the latest first."""
    return _page(desk, "done", where, "finished", latest_first=True, **place)


def late_page(desk: Desk, where: Q | None = None, **place: Any) -> Page:
    """What is so late that it stands before the supervisors of its scope, whoever has it."""
    return _page(desk, "late", where, **place)


def counts(desk: Desk) -> dict[str, int]:
    """How many wait in each tab, counted no further than a hundred, by one statement."""
    shape, real = desk.shape
    own, values = _keys(shape, "own", "due", ("due",), COUNT_CAP + 1, None, real=real)
    tabs = {tab: _keys(shape, tray, "due", (), COUNT_CAP + 1, None, real=real) for tab, tray in COUNTED.items()}
    if desk.supervises:
        tabs["late"] = _together(desk.parts("late"), COUNT_CAP + 1, "due")
    # of what is one's own the overdue comes first, so that those counted hold all of it that is told
    each = (f"(SELECT count(*) FROM ({sql}) AS seen)" for sql, _values in tabs.values())  # noqa: S608
    counted = ["count(*)", "count(*) FILTER (WHERE due < %s)", *each]
    given = [desk.on, *(value for _sql, some in tabs.values() for value in some), *values]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counted)} FROM ({own}) AS own", given)  # noqa: S608
        return dict(zip(("inbox", "overdue", *tabs), cursor.fetchone(), strict=True))


def _page(
    desk: Desk,
    tray: str,
    where: Q | None,
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
    found = _first_of(desk, tray, where, field, falling, size + 1, place)
    more, items = len(found) > size, found[:size]
    if not items:
        return Page([])
    if backwards:
        items.reverse()
    first, last = ((getattr(item, field), item.pk) for item in (items[0], items[-1]))
    has_before, has_after = (more, True) if backwards else (place is not None, more)
    return Page(items, first if has_before else None, last if has_after else None)


def _first_of(
    desk: Desk, tray: str, where: Q | None, field: str, falling: bool, size: int, place: Place | None
) -> list[WorkItem]:
    """The first items over all parts of the tray: the first of each part, merged by the database."""
    order = (f"-{field}", "-pk") if falling else (field, "pk")
    if where or tray not in SHAPED:
        parts = [Part(part.items.filter(where or Q()), part.narrow) for part in desk.parts(tray)]
        sql, values = _together(parts, size, field, *order, place=place)
    else:
        shape, real = desk.shape
        begins, there = beginning(place)
        sql, values = _keys(shape, tray, field, order, size, begins, real={**real, **there})
    keys = RawSQL(f"SELECT pk FROM ({sql}) AS found", values)  # noqa: S608, S611
    rows = WorkItem.objects.filter(pk__in=keys).order_by(*order)
    return list(rows.select_related("process", "owner", "territory"))


def _compiled(shape: Shape, tray: str, field: str, order: tuple[str, ...], size: int, place: Place | None) -> Statement:
    """The first rows of a tray, for everybody whose mandates have this shape."""
    return _together(Desk.standing_in(shape).parts(tray), size, field, *order, place=place)


_keys = Shaped(_compiled)


def _together(parts: Sequence[Part], size: int, field: str, *order: str, place: Place | None = None) -> Statement:
    """The first rows over all parts; a part that no row can be in is left out."""
    falling = bool(order) and order[0].startswith("-")
    statements = []
    for part in parts:
        items = part.items.filter(_beyond(field, place, falling)) if place is not None else part.items
        with suppress(EmptyResultSet):
            statements.append(Part(items, part.narrow).first(size, field, *order))
    if not statements:
        return f"SELECT NULL::bigint AS pk, NULL::date AS {field} WHERE false", ()
    values = tuple(value for _sql, some in statements for value in some)
    union, way = " UNION ALL ".join(f"({sql})" for sql, _values in statements), "DESC" if falling else "ASC"
    ordered = f"ORDER BY {field} {way}, pk {way}" if order else ""
    return f"SELECT pk, {field} FROM ({union}) AS each {ordered} LIMIT {size}", values  # noqa: S608


def _beyond(field: str, place: Place, falling: bool) -> Func:
    """Whether a row lies past the place: one comparison of (field, key), which an index answers."""
    row = partial(Func, function="ROW", output_field=BooleanField())
    here, there = row(F(field), F("pk")), row(*map(Value, place))
    side = " < " if falling else " > "
    return Func(here, there, template="%(expressions)s", arg_joiner=side, output_field=BooleanField())
