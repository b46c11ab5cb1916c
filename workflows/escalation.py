"""The escalation ladder: remind the owner, remind the supervisors, show it to the supervisors. A sweep over deadlines, a row a rung.

A task may have a ladder of its own; the rungs it leaves out are the programme's. A deadline that moves starts the ladder anew. In the
same sweep, what nobody is there to do goes to somebody who can.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from roles.models import Mandate, User, deputies_by_person
from roles.role import Role
from workflows.batch import CALENDAR
from workflows.deadlines import ONE_DAY
from workflows.kinds import flows, tasks
from workflows.models import Notice, Programme, Reminder, WorkItem
from workflows.models.cases import within
from workflows.models.items import WorkItemQuerySet
from workflows.parameters import Parameter, parameter
from workflows.services.holds import recompute_held
from workflows.sole import only_one
from workflows.unattended import (
    hand_on_decisions,
    may_do_it,
    put_back_work_of_the_absent,
    put_back_work_of_the_gone,
)

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

Whom = Callable[[Sequence[WorkItem], date], dict[int, set[int]]]


@dataclass
class Escalated:
    """What a sweep came to."""

    owners: int = 0
    supervisors: int = 0
    put_back: int = 0
    handed_on: int = 0


def escalate(at: datetime) -> Escalated:
    """Bring every deadline's ladder up to date: each rung is sent once, to the person and whoever stands in for them."""
    recompute_held(at)
    on = localdate(at)
    return Escalated(
        put_back=put_back_work_of_the_gone(at) + put_back_work_of_the_absent(at),
        handed_on=hand_on_decisions(at),
        owners=_climb(Reminder.Rung.OWNER, at, _reached(on, REMIND_BEFORE), _owners),
        supervisors=_climb(Reminder.Rung.SUPERVISOR, at, _reached(on, REMIND_SUPERVISOR_AFTER), _supervisors),
    )


def overdue_for_supervisor(user: User, on: date) -> WorkItemQuerySet:
    """What is so late that it stands in the inbox of this supervisor, whoever has it, the oldest first."""
    scopes = Mandate.objects.of(user).in_force(on).as_role(Role.SUPERVISOR).scopes()
    late = _reached(on, SHOW_OVERDUE_AFTER)
    return WorkItem.objects.human().open().filter(within(scopes)).filter(late).oldest_first()


def _reached(on: date, after: Parameter[int]) -> Q:
    """The condition that the rung is reached on that day: by the task's own ladder, else by what the programme has set."""
    cuts: defaultdict[int, Q] = defaultdict(Q)
    own = Q()
    for kind, node, count in _own_rungs(after):
        cuts[count] |= Q(process__kind_name=kind, node=node)
        own |= Q(process__kind_name=kind, node=node)
    programmes: defaultdict[int, list[int]] = defaultdict(list)
    for programme in Programme.objects.prefetch_related("parameter_values"):
        programmes[programme.value(after, on)].append(programme.pk)
    for count, keys in programmes.items():
        cuts[count] |= Q(process__programme__in=keys) & ~own
    reached = [Q(due__lte=_last(on, after, count)) & which for count, which in sorted(cuts.items())]
    latest = max((_last(on, after, count) for count in cuts), default=date.min)
    return Q(due__lte=latest) & reduce(or_, reached, Q(pk__in=[]))


def _own_rungs(after: Parameter[int]) -> Iterator[tuple[str, str, int]]:
    """Kind, task and count of every task that has this rung of its own."""
    for flow in flows():
        for node in tasks(flow):
            count = getattr(node.ladder, after.name)
            if count is not None:
                yield flow.process_class.kind, node.name, count


def _last(on: date, after: Parameter[int], count: int) -> date:
    """The last deadline that the rung is reached for on that day."""
    return on + timedelta(days=count) if after is REMIND_BEFORE else _so_late(on, count)


def _so_late(on: date, count: int) -> date:
    """The last deadline after which so many working days have gone by on that day."""
    if not count:
        return on
    last_working = on if CALENDAR.is_working(on) else CALENDAR.add(on, -1)
    return CALENDAR.add(CALENDAR.add(last_working, -count), 1) - ONE_DAY


def _climb(rung: Reminder.Rung, at: datetime, reached: Q, whom: Whom) -> int:
    sent = 0
    while chunk := _climb_some(rung, at, reached, whom):
        sent += chunk
    return sent


def _climb_some(rung: Reminder.Rung, at: datetime, reached: Q, whom: Whom) -> int:
    """Send the rung for the oldest of those that have not had it; a fixed number of queries."""
    with transaction.atomic():
        if not only_one("escalation"):
            return 0
        had = Reminder.objects.filter(item=OuterRef("pk"), rung=rung, due=OuterRef("due"))
        waiting = WorkItem.objects.human().open().filter(reached, ~Exists(had))
        if rung == Reminder.Rung.OWNER:
            waiting = waiting.filter(may_do_it(localdate(at)))
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
