"""The pages of *my work*: what I own, what I may take, what I wait for, what I have done. Keyset paging; no page counts a big table.

A queue is read scope by scope: the first rows of each (role, organisation, territory) come off a partial index, and the database
merges them. One plan for everybody was 5 ms for a tutor and 92 ms for somebody who sees a whole region.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from viewflow.workflow.status import STATUS

from roles.models import Scope, User, absent_people_of
from workflows.models import WorkItem
from workflows.models.items import HUMAN, WorkItemQuerySet, working_scopes_of

PAGE = 25
#: A scope that reaches this many territories is read by role and organisation, filtered by territory.
WIDE = 12
COUNT_CAP = 99
#: The orders of what one owns: it is never much, so any will do. A queue comes by deadline alone.
ORDERS = ("due", "-due", "created", "-created", "-priority")

#: Where a page begins or ends: a deadline (or a moment, or a priority) and a key.
Place = tuple[date | datetime | int, int]


@dataclass(frozen=True)
class Page:
    """Some items, and the places before and after them; None where there is nothing more."""

    items: Sequence[WorkItem]
    before: Place | None = None
    after: Place | None = None


def inbox_page(
    user: User,
    on: date,
    *,
    after: Place | None = None,
    before: Place | None = None,
    where: Q | None = None,
    size: int = PAGE,
    order: str = "due",
) -> Page:
    """What I own and what those own whom I stand in for: overdue first, what is put off left out; or in one of `ORDERS`."""
    mine = WorkItem.objects.inbox_of(user, on).awake(on).filter(where or Q())
    return _page([mine], after, before, size, order.lstrip("-"), order.startswith("-"))


def snoozed_page(
    user: User,
    on: date,
    *,
    after: Place | None = None,
    before: Place | None = None,
    where: Q | None = None,
    size: int = PAGE,
) -> Page:
    """What I have put off to a later day."""
    asleep = WorkItem.objects.inbox_of(user, on).filter(snoozed_until__gt=on).filter(where or Q())
    return _page([asleep], after, before, size)


def queue_page(
    user: User,
    on: date,
    *,
    after: Place | None = None,
    before: Place | None = None,
    where: Q | None = None,
    size: int = PAGE,
) -> Page:
    """What I may take, by deadline."""
    return _page(queue_parts(user, on, where), after, before, size)


def queue_parts(user: User, on: date, where: Q | None = None) -> list[WorkItemQuerySet]:
    """The queue as disjoint parts, each of which one partial index gives in order."""
    selves = sorted({user.pk} | absent_people_of(user, on))
    free = WorkItem.objects.filter(status=STATUS.NEW, flow_task_type=HUMAN).filter(where or Q())
    return [
        free.filter(part).exclude(barred__overlap=selves)
        for scope in working_scopes_of(user, on)
        for part in _parts(scope)
    ]


def waiting_page(
    user: User,
    on: date,
    *,
    after: Place | None = None,
    before: Place | None = None,
    where: Q | None = None,
    size: int = PAGE,
) -> Page:
    """What I have asked for and others decide."""
    asked = WorkItem.objects.human().open().filter(asked_by=user).filter(where or Q())
    return _page([asked], after, before, size)


def done_page(
    user: User, *, after: Place | None = None, before: Place | None = None, where: Q | None = None, size: int = PAGE
) -> Page:
    """What I have done, the latest first."""
    done = WorkItem.objects.human().filter(owner=user, status=STATUS.DONE, finished__isnull=False).filter(where or Q())
    return _page([done], after, before, size, field="finished", latest_first=True)


def counts(user: User, on: date) -> dict[str, int]:
    """How many wait in each tab, counted no further than a hundred."""
    mine = WorkItem.objects.inbox_of(user, on).awake(on)
    asked = WorkItem.objects.human().open().filter(asked_by=user)
    return {
        "inbox": _up_to_cap(mine),
        "overdue": _up_to_cap(mine.overdue(on)),
        "queue": min(sum(_up_to_cap(part) for part in queue_parts(user, on)), COUNT_CAP + 1),
        "waiting": _up_to_cap(asked),
    }


def _parts(scope: Scope) -> list[Q]:
    here = Q(role=scope.role, organisation_id=scope.organisation_id)
    if len(scope.territory_ids) >= WIDE:
        return [here & Q(territory_id__in=sorted(scope.territory_ids))]
    return [here & Q(territory_id=territory_id) for territory_id in sorted(scope.territory_ids)]


def _page(
    parts: Sequence[QuerySet[WorkItem]],
    after: Place | None,
    before: Place | None,
    size: int,
    field: str = "due",
    latest_first: bool = False,
) -> Page:
    """The next (or the previous) rows in the order of (field, key), and whether there are more on either side."""
    if not parts:
        return Page([])
    backwards = before is not None
    place = before if backwards else after
    descending = latest_first != backwards
    order = [f"-{field}", "-pk"] if descending else [field, "pk"]
    beyond = _beyond(field, place, "lt" if descending else "gt") if place else Q()
    keys = _merged(parts, beyond, field, order, size + 1)
    more, keys = len(keys) > size, keys[:size]
    rows = WorkItem.objects.filter(pk__in=keys).select_related("process", "owner", "territory", "organisation")
    items = sorted(rows, key=lambda item: keys.index(item.pk), reverse=backwards)
    if not items:
        return Page([])
    first, last = ((getattr(item, field), item.pk) for item in (items[0], items[-1]))
    has_before, has_after = (more, True) if backwards else (place is not None, more)
    return Page(items, first if has_before else None, last if has_after else None)


def _merged(parts: Sequence[QuerySet[WorkItem]], beyond: Q, field: str, order: list[str], size: int) -> list[int]:
    """Keys of the first rows over all parts: the first of each part, merged by the database."""
    ordered = [part.filter(beyond).order_by(*order).values_list("pk", field)[:size] for part in parts]
    if len(ordered) == 1:
        return [pk for pk, _place in ordered[0]]
    return [pk for pk, _place in ordered[0].union(*ordered[1:], all=True).order_by(*order)[:size]]


def _beyond(field: str, place: Place, side: str) -> Q:
    value, key = place
    return Q(**{f"{field}__{side}": value}) | Q(**{field: value, f"pk__{side}": key})


def _up_to_cap(items: QuerySet[Any]) -> int:
    return items.order_by()[: COUNT_CAP + 1].count()
