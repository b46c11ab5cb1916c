"""The escalation ladder: remind the owner, remind the supervisors, show it to the supervisors. A sweep over deadlines, a row a rung.

A deadline that moves starts the ladder anew. In the same sweep, work whose owner has left goes back to the queue.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.status import STATUS

from roles.models import Mandate, User, clock_of, deputies_by_person
from roles.role import Role
from workflows.batch import CALENDAR, batch
from workflows.deadlines import ONE_DAY
from workflows.models import Handover, Notice, Programme, Reminder, WorkItem
from workflows.models.cases import within
from workflows.models.items import WorkItemQuerySet
from workflows.parameters import Parameter, parameter
from workflows.services.holds import recompute_held
from workflows.sole import only_one

REMIND_BEFORE = parameter(
    "remind_days_before", 0, _("How long before a deadline its owner is reminded"), unit=_("days")
)
REMIND_SUPERVISOR_AFTER = parameter(
    "remind_supervisor_after", 3, _("How long after a deadline the supervisors are reminded"), unit=_("working days")
)
SHOW_OVERDUE_AFTER = parameter(
    "show_overdue_after",
    5,
    _("How long after a deadline the task stands in the supervisors' inbox"),
    unit=_("working days"),
)
CHUNK = 500
CASES = 100

#: The last deadline that a rung is reached for, with the programmes it holds for.
Cut = tuple[date, list[int]]


@dataclass
class Escalated:
    """What a sweep came to."""

    owners: int = 0
    supervisors: int = 0
    put_back: int = 0


def escalate(at: datetime) -> Escalated:
    """Bring every deadline's ladder up to date: each rung is sent once, to the person and whoever stands in for them."""
    recompute_held(at)
    on = localdate(at)
    return Escalated(
        put_back=put_back_work_of_the_gone(at),
        owners=_climb(Reminder.Rung.OWNER, at, _reached(on, REMIND_BEFORE), _owners),
        supervisors=_climb(Reminder.Rung.SUPERVISOR, at, _reached(on, REMIND_SUPERVISOR_AFTER), _supervisors),
    )


def overdue_for_supervisor(user: User, on: date) -> WorkItemQuerySet:
    """What is so late that it stands in the inbox of this supervisor, whoever has it, the oldest first."""
    scopes = Mandate.objects.of(user).in_force(on).as_role(Role.SUPERVISOR).scopes()
    late = _late(_reached(on, SHOW_OVERDUE_AFTER))
    return WorkItem.objects.human().open().filter(within(scopes)).filter(late).oldest_first()


def put_back_work_of_the_gone(at: datetime) -> int:
    """Put back into the queue what is in the hands of people deactivated or without a mandate for it; how many items."""
    stuck: defaultdict[int, set[int]] = defaultdict(set)
    for case, item in _of_the_gone(localdate(at)).values_list("process_id", "pk"):
        stuck[case].add(item)
    cases = sorted(stuck)
    return sum(_put_back(cases[first : first + CASES], stuck, at) for first in range(0, len(cases), CASES))


def _reached(on: date, after: Parameter[int]) -> list[Cut]:
    """For which deadlines the rung is reached on that day, by what the programmes have set."""
    programmes: defaultdict[date, list[int]] = defaultdict(list)
    for programme in Programme.objects.prefetch_related("parameter_values"):
        count = programme.value(after, on)
        last = on + timedelta(days=count) if after is REMIND_BEFORE else _so_late(on, count)
        programmes[last].append(programme.pk)
    return sorted(programmes.items())


def _so_late(on: date, count: int) -> date:
    """The last deadline after which so many working days have gone by on that day."""
    if not count:
        return on
    last_working = on if CALENDAR.is_working(on) else CALENDAR.add(on, -1)
    return CALENDAR.add(CALENDAR.add(last_working, -count), 1) - ONE_DAY


def _late(cuts: Iterable[Cut]) -> Q:
    return reduce(or_, (Q(due__lte=last, process__programme__in=keys) for last, keys in cuts), Q(pk__in=[]))


def _climb(
    rung: Reminder.Rung,
    at: datetime,
    cuts: list[Cut],
    whom: "Callable[[Sequence[WorkItem], date], dict[int, set[int]]]",
) -> int:
    sent = 0
    while chunk := _climb_some(rung, at, cuts, whom):
        sent += chunk
    return sent


def _climb_some(
    rung: Reminder.Rung,
    at: datetime,
    cuts: list[Cut],
    whom: "Callable[[Sequence[WorkItem], date], dict[int, set[int]]]",
) -> int:
    """Send the rung for the oldest of those that have not had it; a fixed number of queries."""
    with transaction.atomic():
        if not only_one("escalation"):
            return 0
        had = Reminder.objects.filter(item=OuterRef("pk"), rung=rung, due=OuterRef("due"))
        waiting = WorkItem.objects.human().open().filter(_late(cuts), ~Exists(had))
        if rung == Reminder.Rung.OWNER:
            waiting = waiting.filter(_may_do_it(localdate(at)))
        items = list(waiting.select_related("territory").oldest_first()[:CHUNK])
        Reminder.objects.bulk_create(
            Reminder(item=item, rung=rung, due=item.due, sent_at=at) for item in items if item.due is not None
        )
        _tell(rung, items, whom(items, localdate(at)), at)
    return len(items)


def _tell(rung: Reminder.Rung, items: Sequence[WorkItem], people: dict[int, set[int]], at: datetime) -> None:
    event = Notice.Event.DUE if rung == Reminder.Rung.OWNER else Notice.Event.OVERDUE
    Notice.objects.bulk_create(
        Notice(user_id=key, event=event, case_id=item.process_id, item=item, at=at)
        for item in items
        for key in sorted(people[item.pk])
    )


def _owners(items: Sequence[WorkItem], on: date) -> dict[int, set[int]]:
    """Whose each item is, and who stands in for them."""
    deputies = deputies_by_person({item.owner_id for item in items if item.owner_id}, on)
    return {item.pk: {item.owner_id} | deputies[item.owner_id] for item in items if item.owner_id}


def _supervisors(items: Sequence[WorkItem], on: date) -> dict[int, set[int]]:
    """The supervisors of each item's scope but its owner, and who stands in for them."""
    organisations = {item.organisation_id for item in items}
    mandates = (
        Mandate.objects.in_force(on)
        .as_role(Role.SUPERVISOR)
        .filter(organisation__in=organisations, user__is_active=True)
    )
    reach: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for organisation, path, user in mandates.values_list("organisation_id", "territory__path", "user_id"):
        reach[organisation].append((path, user))
    deputies = deputies_by_person({user for held in reach.values() for _path, user in held}, on)
    found: dict[int, set[int]] = {}
    for item in items:
        holders = {user for path, user in reach[item.organisation_id] if item.territory.path.startswith(path)}
        found[item.pk] = set().union(holders, *(deputies[user] for user in holders)) - {item.owner_id}
    return found


def _may_do_it(on: date) -> Q:
    """The condition that an item's owner is active and holds a mandate for it."""
    holds_it = (
        Mandate.objects.in_force(on)
        .filter(user=OuterRef("owner"), role=OuterRef("role"), organisation=OuterRef("organisation"))
        .annotate(where=ExpressionWrapper(OuterRef("territory__path"), output_field=CharField()))
        .filter(where__startswith=F("territory__path"))
    )
    return Q(Exists(holds_it), owner__is_active=True)


def _of_the_gone(on: date) -> WorkItemQuerySet:
    """Items in the hands of somebody who may not do them any more."""
    return WorkItem.objects.human().open().filter(~_may_do_it(on), owner__isnull=False)


def _put_back(cases: Sequence[int], stuck: dict[int, set[int]], at: datetime) -> int:
    put_back = 0
    with batch(cases, by=clock_of(), at=at, skip_locked=True) as unit:
        still = set(_of_the_gone(unit.today).filter(process__in=list(unit.cases)).values_list("pk", flat=True))
        for item in (item for case in unit.cases.values() for item in unit.open_items(case)):
            if item.pk in still & stuck[item.process_id]:
                unit.add(Handover(item=item, from_user_id=item.owner_id, by=unit.by, at=unit.at, why=Handover.Why.GONE))
                item.owner, item.assigned, item.status, item.snoozed_until = None, None, STATUS.NEW, None
                put_back += 1
    return put_back
