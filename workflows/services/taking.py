"""Whose work it is: claim, release, delegate, hand back, put off, give priority, assign a role on a case."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _
from viewflow.workflow.status import STATUS

from roles.models import User
from roles.role import Role
from workflows.batch import Batch, batch
from workflows.errors import NotYet, NotYou, Refusal, TooLate
from workflows.models import Case, CaseAssignment, Handover, Notice, WorkItem
from workflows.notifications import notify
from workflows.results import Results
from workflows.standing import Standing


def claim(items: Iterable[WorkItem], *, by: User, at: datetime | None = None) -> Results[WorkItem]:
    """Take items from the queue: they are mine to do."""

    def take(unit: Batch, standing: Standing, item: WorkItem) -> None:
        if item.owner_id:
            raise TooLate(_("%(person)s has taken it.") % {"person": item.owner})
        if why_never := standing.why_never(item):
            raise NotYou(why_never)
        _one_decides(item)
        _give(unit, item, by.pk, Handover.Why.DELEGATED)

    return _for_each(items, by, at, take)


def release(items: Iterable[WorkItem], *, by: User, at: datetime | None = None) -> Results[WorkItem]:
    """Put items back into the queue."""

    def put_back(unit: Batch, standing: Standing, item: WorkItem) -> None:
        if item.owner_id not in standing.selves:
            raise NotYou(_("This is not in your hands."))
        item.owner, item.assigned, item.status, item.snoozed_until = None, None, STATUS.NEW, None

    return _for_each(items, by, at, put_back)


def delegate(items: Iterable[WorkItem], *, by: User, to: User, at: datetime | None = None) -> Results[WorkItem]:
    """Hand items over to a colleague who may do them; owners hand over their own, coordinators and supervisors any of their scope."""
    givers = (Role.COORDINATOR, Role.SUPERVISOR)

    def hand_over(unit: Batch, standing: Standing, item: WorkItem) -> None:
        if item.owner_id not in standing.selves and not any(standing.acts_as(role, item.case) for role in givers):
            raise NotYou(_("This is not in your hands."))
        _one_decides(item)
        theirs: Standing = unit.once(f"standing {to.pk}", lambda _keys: Standing.of(to, unit.today))
        if why_never := theirs.why_never(item):
            raise NotYou(why_never)
        _give(unit, item, to.pk, Handover.Why.DELEGATED)

    return _for_each(items, by, at, hand_over)


def hand_back(items: Iterable[WorkItem], *, by: User, at: datetime | None = None) -> Results[WorkItem]:
    """Give items back to the colleagues who handed them over, in one act; refused where these may not do them any more."""

    def give_back(unit: Batch, standing: Standing, item: WorkItem) -> None:
        if item.owner_id not in standing.selves:
            raise NotYou(_("This is not in your hands."))
        giver: User | None = unit.once("givers", _givers).get(item.pk)
        if giver is None:
            raise TooLate(_("Nobody has handed this over to you; put it back instead."))
        theirs: Standing = unit.once(f"standing {giver.pk}", lambda _keys: Standing.of(giver, unit.today))
        if not giver.is_active or theirs.why_never(item):
            raise NotYet(_("%(person)s may not do this any more; put it back instead.") % {"person": giver})
        _give(unit, item, giver.pk, Handover.Why.BACK)

    return _for_each(items, by, at, give_back)


def giver_of(item: WorkItem) -> User | None:
    """The colleague who handed the item over to whoever has it now."""
    handover = Handover.objects.delegations_in_force().filter(item=item).select_related("from_user").first()
    return handover.from_user if handover else None


def snooze(items: Iterable[WorkItem], *, by: User, until: date | None, at: datetime | None = None) -> Results[WorkItem]:
    """Put items off until a day, or wake them; the deadline stays."""

    def put_off(unit: Batch, standing: Standing, item: WorkItem) -> None:
        if item.owner_id not in standing.selves:
            raise NotYou(_("This is not in your hands."))
        if until is not None and until <= unit.today:
            raise NotYet(_("Put it off to a later day."))
        item.snoozed_until = until

    return _for_each(items, by, at, put_off)


def prioritise(items: Iterable[WorkItem], *, by: User, priority: int, at: datetime | None = None) -> Results[WorkItem]:
    """Mark items as urgent, normal or able to wait."""

    def mark(unit: Batch, standing: Standing, item: WorkItem) -> None:
        if item.owner_id not in standing.selves and not standing.acts_as(Role.COORDINATOR, item.case):
            raise NotYou(_("Your role does not set priorities here."))
        item.priority = WorkItem.Priority(priority)

    return _for_each(items, by, at, mark)


def assign(case: Case, *, by: User, role: Role, to: User, at: datetime | None = None) -> CaseAssignment:
    """Name who holds a role on a case; its open items for that role go to them. Raises NotYou."""
    with batch([case.pk], by=by, at=at, kind=case.flow_class.process_class) as unit:
        locked = unit.cases[case.pk]
        mine, theirs = Standing.of(by, unit.today), Standing.of(to, unit.today)
        if not mine.acts_as(Role.COORDINATOR, locked) and not mine.acts_as(Role.SUPERVISOR, locked):
            raise NotYou(_("Your role does not assign people here."))
        if not theirs.acts_as(role, locked):
            raise NotYet(_("%(person)s has no mandate for this role here.") % {"person": to})
        for item in unit.open_items(locked):
            if item.role == role and item.quorum == 1 and not theirs.why_never(item):
                _give(unit, item, to.pk, Handover.Why.ASSIGNED)
        assignment, _created = CaseAssignment.objects.update_or_create(
            case=case, role=role, defaults={"user": to, "since": unit.today}
        )
    return assignment


def _givers(cases: Sequence[int]) -> dict[int, User]:
    """By key of each open item of these cases that was handed over: from whom it came."""
    handovers = Handover.objects.delegations_in_force().filter(item__process__in=cases)
    return {each.item_id: each.from_user for each in handovers.select_related("from_user")}


def _one_decides(item: WorkItem) -> None:
    """Raise NotYet for a decision of several people: in one pair of hands the others could not vote."""
    if item.quorum > 1:
        raise NotYet(_("Several people decide this together; nobody takes it for themselves."))


def _give(unit: Batch, item: WorkItem, user_id: int, why: Handover.Why) -> None:
    """Put the item into somebody's hands; from whose it goes is kept, and whose it is now is told."""
    if item.owner_id and item.owner_id != user_id:
        unit.add(Handover(item=item, from_user_id=item.owner_id, to_user_id=user_id, by=unit.by, at=unit.at, why=why))
    if item.owner_id != user_id:
        item.snoozed_until = None  # put off by somebody else
    item.owner_id, item.assigned, item.status = user_id, unit.at, STATUS.ASSIGNED
    notify(unit, [user_id], Notice.Event.ASSIGNED, item)


def _for_each(
    items: Iterable[WorkItem], by: User, at: datetime | None, do: Callable[[Batch, Standing, WorkItem], None]
) -> Results[WorkItem]:
    """Do it to each item under the locks of their cases; a refused one keeps the others."""
    wanted = list(items)
    results: Results[WorkItem] = Results()
    with batch({item.process_id for item in wanted}, by=by, at=at) as unit:
        standing = Standing.of(by, unit.today)
        for item in wanted:
            try:
                mine = unit.item(unit.cases[item.process_id], item.pk)
                if mine is None:
                    raise TooLate(_("This work is no longer open."))
                do(unit, standing, mine)
                results.done[item.pk] = mine
            except Refusal as refusal:
                results.refused[item.pk] = refusal
    return results
