"""More time for one piece of work: asked for by whose work it is, given by a supervisor, within the programme's cap."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from viewflow.workflow.status import STATUS

from roles.models import User
from roles.role import Role
from workflows.batch import CALENDAR, Batch, batch
from workflows.deadlines import Term, extended, working_days
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import Extension, WorkItem
from workflows.nodes.adhoc import AD_HOC
from workflows.parameters import parameter
from workflows.services.holds import recompute_one
from workflows.standing import Standing

EXTENSION_DAYS_CAP = parameter(
    "extension_days_cap", 20, gettext_lazy("How much longer one task may take"), unit=gettext_lazy("working days")
)
#: Working days to decide on a request.
TO_DECIDE = 3


def extend(item: WorkItem, *, by: User, working: int, reason: str, at: datetime | None = None) -> Extension:
    """Give an item so many working days more. A supervisor of the scope does, never whose work it is, nor who asked for it.

    A request that waits is answered by it. Raises NotYou, TooLate, or NotYet when the term is statutory or the programme's cap is
    reached.
    """
    with batch([item.process_id], by=by, at=at) as unit:
        mine = _open_item(unit, item, reason)
        decision = _decision_on(unit, mine)
        request = request_for(mine) if decision else None
        standing = Standing.of(by, unit.today)
        _may_extend(standing, mine, request)
        term = _term_of(mine)
        _within_the_cap(unit, mine, term, working)
        mine.term = str(extended(term, working_days(working)))
        recompute_one(unit, mine)
        if decision is None or request is None:
            return unit.add(Extension(item=mine, working_days=working, reason=reason, given_by=by, given_at=unit.at))
        _answered(decision, standing)
        request.working_days, request.reason, request.given_by, request.given_at = working, reason, by, unit.at
        request.save(update_fields=["working_days", "reason", "given_by", "given_at"])
        return request


def ask_for_time(item: WorkItem, *, by: User, working: int, reason: str, at: datetime | None = None) -> WorkItem:
    """Ask for so many working days more; whose work it is does. Supervisors of the scope get a task to decide on it.

    The task ends with the work that it is about. Raises NotYou, TooLate, or NotYet when the term is statutory or the programme's cap
    is reached.
    """
    with batch([item.process_id], by=by, at=at) as unit:
        mine = _open_item(unit, item, reason)
        if mine.owner_id not in Standing.of(by, unit.today).selves:
            raise NotYou(_("This is not in your hands."))
        if _decision_on(unit, mine) is not None:
            raise TooLate(_("More time has been asked for already."))
        _within_the_cap(unit, mine, Term.parse(mine.term) if mine.term else working_days(0), working)
        unit.add(Extension(item=mine, working_days=working, reason=reason, asked_by=by, asked_at=unit.at))
        return _to_decide(unit, mine, reason)


def request_for(item: WorkItem) -> Extension | None:
    """The latest request for more time that nobody has granted."""
    asked = Extension.objects.filter(item__in=_stood_for(item), given_at=None).select_related("asked_by")
    return asked.order_by("pk").last()


def decision_on(item: WorkItem) -> WorkItem | None:
    """The open task to decide on more time for the item."""
    return item.timers.filter(node=AD_HOC, finished=None).first()


def _open_item(unit: Batch, item: WorkItem, reason: str) -> WorkItem:
    mine = unit.item(unit.cases[item.process_id], item.pk)
    if mine is None:
        raise TooLate(_("This work is no longer open."))
    if not reason.strip():
        raise NotYet(_("Say why."))
    return mine


def _decision_on(unit: Batch, item: WorkItem) -> WorkItem | None:
    waiting = unit.open_items(item.case)
    return next((each for each in waiting if each.host_id == item.pk and each.node == AD_HOC), None)


def _to_decide(unit: Batch, item: WorkItem, reason: str) -> WorkItem:
    """The supervisors' task; it hangs on the item, and is barred to whose work it is."""
    due = CALENDAR.add(unit.today, TO_DECIDE)
    decision = item.case.flow_class.ad_hoc_node().begin(
        item.case, title=_("Decide on more time"), role=Role.SUPERVISOR, due=due, made_by=unit.by.pk
    )
    decision.host_id, decision.note = item.pk, reason
    decision.barred = sorted({unit.by.pk, item.owner_id} - {None})
    return decision


def _answered(decision: WorkItem, standing: Standing) -> None:
    """The task to decide is done; whoever asked is told by its node."""
    decision.on_behalf_of_id = standing.on_behalf_of(decision)
    decision.owner, decision.outcome = standing.user, "done"
    activation = decision.flow_task.activation_class(decision)
    activation.begin()
    activation.execute()


def _may_extend(standing: Standing, item: WorkItem, request: Extension | None) -> None:
    if not standing.acts_as(Role.SUPERVISOR, item.case):
        raise NotYou(_("A supervisor of the scope gives more time."))
    if item.owner_id in standing.selves:
        raise NotYou(_("Nobody gives more time to themselves."))
    if request is not None and request.asked_by_id in standing.selves:
        raise NotYou(_("Not yours, because you asked for it."))


def _term_of(item: WorkItem) -> Term:
    """The item's term; one with a day of its own counts from that day."""
    if item.term:
        return Term.parse(item.term)
    item.anchor = item.due
    return working_days(0)


def _within_the_cap(unit: Batch, item: WorkItem, term: Term, working: int) -> None:
    if term.is_statutory:
        raise NotYet(_("This deadline is set by law or by the grant; nothing moves it."))
    cap = item.case.programme.value(EXTENSION_DAYS_CAP, unit.today)
    extensions = Extension.objects.filter(item__in=_stood_for(item), given_at__isnull=False)
    given = sum(extensions.values_list("working_days", flat=True))
    if working < 1 or given + working > cap:
        raise NotYet(
            _("The programme allows %(cap)s working days more, of which %(given)s are used.")
            % {"cap": cap, "given": given}
        )


def _stood_for(item: WorkItem) -> set[int]:
    """Keys of the item and of those in whose place it stands since moves were taken back: it is the same work, under one cap."""
    found, ahead = {item.pk}, {item.pk}
    while ahead:
        before = WorkItem.previous.through.objects.filter(from_workitem__in=ahead, to_workitem__node=item.node)
        ended = before.filter(Q(to_workitem__status=STATUS.CANCELED) | ~Q(to_workitem__move=""))
        ahead = set(ended.values_list("to_workitem_id", flat=True)) - found
        found |= ahead
    return found
