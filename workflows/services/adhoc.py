"""Work made by hand: something to do on a case that its flow did not foresee."""

from datetime import date, datetime

from django.utils.translation import gettext as _
from viewflow.workflow.status import STATUS

from roles.models import User
from roles.role import Role
from workflows.batch import batch
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import Case, Notice, WorkItem
from workflows.nodes.activation import cancel
from workflows.nodes.adhoc import stands_aside
from workflows.nodes.gateways import finish_when_nothing_waits, reconsider_joins
from workflows.notifications import notify
from workflows.standing import Standing

#: Who may cancel what somebody else made.
OVERSEE = (Role.COORDINATOR, Role.SUPERVISOR)


def add_item(
    case: Case,
    *,
    by: User,
    title: str,
    role: Role,
    due: date,
    to: User | None = None,
    note: str = "",
    at: datetime | None = None,
) -> WorkItem:
    """Put a task with a title on a case, for a role or for one person of it. Anybody who works on such cases may.

    Raises NotYou, TooLate on a closed case, or NotYet for a day gone by or a person without the role here.
    """
    with batch([case.pk], by=by, at=at) as unit:
        locked = unit.cases[case.pk]
        if not Standing.of(by, unit.today).works_on(locked):
            raise NotYou(_("You do not work on cases here."))
        if locked.finished is not None:
            raise TooLate(_("The case is closed; it has to be reopened first."))
        if due < unit.today:
            raise NotYet(_("The day has passed."))
        item = locked.flow_class.ad_hoc_node().begin(locked, title=title, role=role, due=due, made_by=by.pk)
        item.note = note
        if to is not None:
            if not Standing.of(to, unit.today).acts_as(role, locked):
                raise NotYet(_("%(person)s has no mandate for this role here.") % {"person": to})
            item.owner_id, item.assigned, item.status = to.pk, unit.at, STATUS.ASSIGNED
            notify(unit, [to.pk], Notice.Event.ASSIGNED, item)
    return item


def cancel_item(item: WorkItem, *, by: User, reason: str, at: datetime | None = None) -> WorkItem:
    """Cancel a task made by hand: whoever made it may, and coordinators and supervisors of the scope. Raises NotYou, TooLate or NotYet."""
    with batch([item.process_id], by=by, at=at) as unit:
        mine = unit.item(unit.cases[item.process_id], item.pk)
        if mine is None:
            raise TooLate(_("This work is no longer open."))
        if not stands_aside(mine):
            raise NotYet(_("This work belongs to the flow; only tasks made by hand can be cancelled."))
        standing = Standing.of(by, unit.today)
        if mine.asked_by_id != by.pk and not any(standing.acts_as(role, mine.case) for role in OVERSEE):
            raise NotYou(_("Whoever made it may cancel it, or a coordinator or supervisor."))
        if not reason.strip():
            raise NotYet(_("Say why."))
        mine.note = f"{mine.note}\n{reason}".strip()
        cancel([mine])
        reconsider_joins(mine.case)
        finish_when_nothing_waits(mine.case, last=mine)
    return mine
