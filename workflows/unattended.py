"""Work that nobody is there to do: its owner has left or is away, or too few may decide. Sweeps that give it to somebody who can.

What is wanted is found by a fixed number of queries; only the cases that it concerns are locked.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.utils.timezone import localdate
from viewflow.workflow.status import STATUS

from roles.models import Mandate, User, away_on, clock_of, reached_from
from roles.role import RESERVE
from workflows.batch import Batch, batch
from workflows.models import Handover, Notice, Outcome, Vote, WorkItem
from workflows.models.items import WorkItemQuerySet
from workflows.nodes.approvals import can_be_decided, hand_to_reserve
from workflows.notifications import notify
from workflows.standing import Standing

CASES = 100
#: Keys of items by the key of their case.
Found = defaultdict[int, set[int]]


def put_back_work_of_the_gone(at: datetime) -> int:
    """Put back into the queue what is in the hands of people deactivated or without a mandate for it; how many items."""

    def still(unit: Batch) -> set[int]:
        return set(_of_the_gone(unit.today).filter(process__in=list(unit.cases)).values_list("pk", flat=True))

    return _put_back(
        _by_case(_of_the_gone(localdate(at)).values_list("process_id", "pk")), at, Handover.Why.GONE, still
    )


def put_back_work_of_the_absent(at: datetime) -> int:
    """Put back into the queue what is due while its owner is away and no deputy may do it; how many items."""

    def still(unit: Batch) -> set[int]:
        waiting = (item for case in unit.cases.values() for item in unit.open_items(case))
        return {item.pk for item in waiting if item.owner_id in unit.away and item.due and item.due <= unit.today}

    return _put_back(_by_case(_of_the_absent(localdate(at))), at, Handover.Why.AWAY, still)


def hand_on_decisions(at: datetime) -> int:
    """Give decisions that too few can make as things stand to the reserve approvers' role; how many.

    Where they are too few as well, they are told, once a decision: somebody has to be given a mandate.
    """
    found = _by_case(_too_few_for(localdate(at)))
    return sum(_hand_on(cases, found, at) for cases in _chunks(found))


def may_do_it(on: date) -> Q:
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
    return WorkItem.objects.human().open().filter(~may_do_it(on), owner__isnull=False)


def _of_the_absent(on: date) -> Iterator[tuple[int, int]]:
    """Case and key of what is due while its owner is away, unless somebody who stands in, and is there, may do it."""
    away = away_on(on)
    deputies = set().union(*(reached_from(person, away) for person in away)) - away.keys()
    people = [User(pk=key) for key in deputies]
    standings = {user.pk: each for user, each in Standing.of_each(people, on, away).items()} if people else {}
    due = WorkItem.objects.human().open().filter(owner__in=list(away), due__lte=on)
    for item in due.select_related("process__territory"):
        there = reached_from(item.owner_id, away) & standings.keys() if item.owner_id else set()
        if all(standings[deputy].why_never(item) for deputy in there):
            yield item.process_id, item.pk


def _too_few_for(on: date) -> Iterator[tuple[int, int]]:
    """Case and key of open decisions that fewer can make today than have to."""
    told = Notice.objects.filter(case=OuterRef("process"), item=OuterRef("pk"), event=Notice.Event.STUCK)
    waiting = WorkItem.objects.human().open().exclude(move="").exclude(Exists(told), role=RESERVE)
    away, holders, votes = away_on(on), _holders(on), _votes()
    fields = ("process_id", "pk", "role", "organisation_id", "territory__path", "quorum", "barred", "asked_by_id")
    for case, key, role, organisation, path, quorum, barred, asked_by in waiting.values_list(*fields).iterator():
        out = {*barred, asked_by} - {None}
        out |= away.keys() | {user for user, _outcome in votes[key]}.union(*(reached_from(each, away) for each in out))
        able = {user for user, root in holders[role, organisation] if path.startswith(root)} - out
        if len(able) < quorum - sum(outcome == Outcome.APPROVED for _user, outcome in votes[key]):
            yield case, key


def _holders(on: date) -> defaultdict[tuple[str, int], list[tuple[int, str]]]:
    """By role and organisation: who acts today, and from which territory downwards."""
    held = Mandate.objects.in_force(on).filter(user__is_active=True)
    found: defaultdict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
    for role, organisation, user, path in held.values_list("role", "organisation_id", "user_id", "territory__path"):
        found[role, organisation].append((user, path))
    return found


def _votes() -> defaultdict[int, list[tuple[int, str]]]:
    """Who has voted, and how, on decisions that are still open."""
    found: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for item, user, outcome in Vote.objects.filter(item__finished=None).values_list("item_id", "user_id", "outcome"):
        found[item].append((user, outcome))
    return found


def _hand_on(cases: Sequence[int], found: Found, at: datetime) -> int:
    """Hand on, or tell of, what is found, as far as it is still so under the lock."""
    with batch(cases, by=clock_of(), at=at, skip_locked=True) as unit:
        stuck = Notice.objects.filter(case__in=list(unit.cases), event=Notice.Event.STUCK)
        told = set(stuck.values_list("item_id", flat=True))
        waiting = (item for case in unit.cases.values() for item in unit.open_items(case))
        return sum(_hand_one_on(unit, item, told) for item in waiting if item.pk in found[item.process_id])


def _hand_one_on(unit: Batch, item: WorkItem, told: set[int]) -> bool:
    """Whether it went to the reserve approvers' role; those who hold it are told when it is of no use."""
    role = item.role
    hand_to_reserve(item)
    if item.role != role:
        _let_go(unit, item, Handover.Why.AWAY)
    if item.pk not in told and not can_be_decided(item):
        notify(unit, unit.holders(RESERVE, item.case), Notice.Event.STUCK, item)
    return item.role != role


def _put_back(found: Found, at: datetime, why: Handover.Why, still: Callable[[Batch], set[int]]) -> int:
    """Put back what is found, as far as it is still so under the lock."""
    put_back = 0
    for cases in _chunks(found):
        with batch(cases, by=clock_of(), at=at, skip_locked=True) as unit:
            wanted = still(unit)
            for item in (item for case in unit.cases.values() for item in unit.open_items(case)):
                if item.pk in wanted & found[item.process_id]:
                    _let_go(unit, item, why)
                    put_back += 1
    return put_back


def _let_go(unit: Batch, item: WorkItem, why: Handover.Why) -> None:
    """Nobody's again; from whose hands it went is kept."""
    if item.owner_id:
        unit.add(Handover(item=item, from_user_id=item.owner_id, by=unit.by, at=unit.at, why=why))
    item.owner, item.assigned, item.status, item.snoozed_until = None, None, STATUS.NEW, None


def _by_case(rows: Iterable[tuple[int, int]]) -> Found:
    found: Found = defaultdict(set)
    for case, item in rows:
        found[case].add(item)
    return found


def _chunks(found: Found) -> Iterator[Sequence[int]]:
    cases = sorted(found)
    return (cases[first : first + CASES] for first in range(0, len(cases), CASES))
