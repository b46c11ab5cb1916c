"""Taking back the last move, and reopening a closed case. What it takes back is listed first; nothing is erased.

History stays as it is: the case gets one more record, which leads back to the stage before. What followed from the move is cancelled, and
what the move had ended is open again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from viewflow.workflow.status import PROCESS, STATUS

from roles.models import User
from roles.role import Role
from workflows.batch import CALENDAR, Batch, batch
from workflows.deadlines import Term
from workflows.errors import NotYet, NotYou, TooLate
from workflows.lifecycle import moves_of
from workflows.marks import empty, leave_on_case, tell_how_it_ended
from workflows.models import Case, Job, Notice, StageChange, StageChangeDetail, WorkItem
from workflows.models.history import REOPEN, REVERT
from workflows.models.items import HUMAN
from workflows.nodes import ByTheClock
from workflows.nodes.activation import cancel
from workflows.nodes.gateways import reconsider_joins
from workflows.notifications import notify
from workflows.services.holds import recompute
from workflows.standing import Standing

#: Working days for the task with which a case is reopened.
TO_FINISH_AGAIN = 10


@dataclass(frozen=True)
class Effects:
    """What taking back the last move of a case comes to."""

    change: StageChange
    #: The item by which the move was made.
    maker: WorkItem
    #: The stage that the case goes back to.
    stage: str
    #: Open work that followed from the move: it is cancelled.
    cancelled: list[WorkItem]
    #: What the move had ended: it is open again, the decision itself first.
    opened_again: list[WorkItem]
    #: Work that was done since; it stays on record, and is done again where the flow comes that way.
    done_since: list[WorkItem]
    #: What was to happen outside and has not yet: it is called off.
    called_off: list[Job]
    #: What has happened outside: mails cannot be taken back.
    happened: list[Job]


def what_revert_takes_back(case: Case) -> Effects | None:
    """What taking back the last move would do; None when there is no move that could be. Six queries."""
    change = last_move_of(case)
    maker = _maker(case, change) if change else None
    if change is None or maker is None:
        return None
    later = _followers(maker)
    items = list(
        WorkItem.objects.filter(process=case).filter(Q(pk__in=later) | Q(finished=change.recorded_at)).order_by("pk")
    )
    followers = [item for item in items if item.pk in later]
    outside = list(case.jobs.filter(_of_the_move(change, followers)).order_by("pk"))
    return Effects(
        change=change,
        maker=maker,
        stage=change.source,
        cancelled=[item for item in followers if item.finished is None],
        opened_again=_ended_by(maker, items),
        done_since=[item for item in followers if item.status == STATUS.DONE and item.flow_task_type == HUMAN],
        called_off=[job for job in outside if job.state in (Job.State.WAITING, Job.State.DEAD)],
        happened=[job for job in outside if job.state in (Job.State.DONE, Job.State.RUNNING)],
    )


def revert_last_move(
    case: Case, *, by: User, reason: str, seq: int | None = None, at: datetime | None = None
) -> StageChange:
    """Take the last move of an open case back. A supervisor of the scope does, and not the one who asked for the move.

    `seq` is the place in the chain of the move that was shown. Raises NotYou, TooLate on a closed case or when another move has come
    since, or NotYet when there is nothing to take back.
    """
    with batch([case.pk], by=by, at=at) as unit:
        locked = unit.cases[case.pk]
        if locked.finished is not None:
            raise TooLate(_("The case is closed; it has to be reopened."))
        effects = what_revert_takes_back(locked)
        if effects is None:
            raise NotYet(_("There is no move that could be taken back."))
        _may_take_back(unit, locked, effects.change, reason)
        _as_shown(effects, seq)
        return _take_back(unit, locked, effects, REVERT, reason)


def reopen(case: Case, *, by: User, reason: str, seq: int | None = None, at: datetime | None = None) -> StageChange:
    """Open a closed case again, in the stage before the move that closed it. A supervisor of the scope does.

    A decision that closed it is open again; where time did, a task says that it is to be finished anew. `seq` is as for
    `revert_last_move`. Raises NotYou, TooLate or NotYet.
    """
    with batch([case.pk], by=by, at=at) as unit:
        locked = unit.cases[case.pk]
        if locked.finished is None:
            raise TooLate(_("The case is open."))
        effects = what_revert_takes_back(locked)
        _may_take_back(unit, locked, effects.change if effects else None, reason)
        _as_shown(effects, seq)
        locked.status, locked.finished, locked.closed_on = PROCESS.NEW, None, None
        if effects is None:
            _to_finish_again(unit, locked)
            return unit.put_back(locked, str(locked.stage), move=REOPEN, note=reason)
        return _take_back(unit, locked, effects, REOPEN, reason)


def last_move_of(case: Case) -> StageChange | None:
    """The latest move that counts: not the opening, nor one that was taken back already."""
    standing = list(StageChange.objects.filter(case=case).that_count().in_order())
    return standing[-1] if len(standing) > 1 else None


def _maker(case: Case, change: StageChange) -> WorkItem | None:
    """The item by which the move was made: an approval, or a node of the clock."""
    by_time = [node.name for node in case.flow_class.nodes_by_name().values() if _makes(node, change.move)]
    made = WorkItem.objects.filter(process=case, finished=change.recorded_at, status=STATUS.DONE)
    return made.filter(Q(move=change.move) | Q(node__in=by_time)).order_by("pk").last()


def _makes(node: object, move: str) -> bool:
    return isinstance(node, ByTheClock) and node.move_name == move


def _followers(maker: WorkItem) -> set[int]:
    """Keys of all items that the links lead to from that one."""
    links = connection.ops.quote_name(WorkItem.previous.through._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE later(id) AS (SELECT %s::bigint UNION "  # noqa: S608  the name comes from the model
            f"SELECT link.from_workitem_id FROM {links} AS link JOIN later ON link.to_workitem_id = later.id) SELECT id FROM later",
            [maker.pk],
        )
        return {key for (key,) in cursor.fetchall()} - {maker.pk}


def _of_the_move(change: StageChange, followers: Iterable[WorkItem]) -> Q:
    """Jobs that the move left behind, and those of nodes that followed."""
    return Q(created_at=change.recorded_at) | Q(key__in=[f"item-{item.pk}" for item in followers])


def _ended_by(maker: WorkItem, items: Sequence[WorkItem]) -> list[WorkItem]:
    """The decision, and whatever it cancelled when it was made; a move of the clock reopens nothing, or time would make it again."""
    if maker.flow_task_type != HUMAN:
        return []
    return [maker, *(item for item in items if item.status == STATUS.CANCELED and item.finished == maker.finished)]


def _as_shown(effects: Effects | None, seq: int | None) -> None:
    """Raise TooLate when another move is the last that counts than the one that was shown."""
    if seq is not None and effects is not None and effects.change.seq != seq:
        raise TooLate(_("Another move has come since; look again at what would be taken back."))


def _may_take_back(unit: Batch, case: Case, change: StageChange | None, reason: str) -> None:
    standing = Standing.of(unit.by, unit.today)
    if not standing.acts_as(Role.SUPERVISOR, case):
        raise NotYou(_("A supervisor of the scope takes moves back."))
    detail = StageChangeDetail.objects.filter(change=change).first() if change else None
    if detail is not None and detail.asked_by_id in standing.selves:
        raise NotYou(_("Not yours, because you asked for it."))
    if not reason.strip():
        raise NotYet(_("Say why."))


def _take_back(unit: Batch, case: Case, effects: Effects, name: str, reason: str) -> StageChange:
    change = effects.change
    record = unit.put_back(case, change.source, move=name, note=reason, takes_back=change.seq)
    _as_the_moves_before_left_it(case, change)
    mine = [item for item in (unit.item(case, each.pk) for each in effects.cancelled) if item is not None]
    cancel(mine)
    if effects.opened_again:
        _reissue(unit, case, effects.opened_again)
    else:
        unit.link(_to_finish_again(unit, case, then=effects.maker.node), [effects.maker])
    recompute(unit, case)  # holds may have come and gone while it was not open
    reconsider_joins(case)
    Job.objects.filter(
        pk__in=[job.pk for job in effects.called_off], state__in=[Job.State.WAITING, Job.State.DEAD]
    ).update(state=Job.State.DROPPED, finished_at=unit.at)
    _tell(unit, case, effects, mine)
    return record


def _as_the_moves_before_left_it(case: Case, taken_back: StageChange) -> None:
    """The days of stage and last move, and the fields that the move had filled or emptied, as the moves before it left them."""
    chain = StageChange.objects.filter(case=case, seq__lt=taken_back.seq).select_related("detail")
    before = list(chain.that_count().in_order())
    case.last_move_on = before[-1].effective_on
    case.stage_since = next(each.effective_on for each in reversed(before) if each.source != each.target)
    wrong = case.move(taken_back.move).terms
    touched = {name for name in (wrong.day, wrong.why, *wrong.clears) if name}
    for name in touched:
        empty(case, name)
    if tell_how_it_ended(case, touched):
        case.outcome = ""
    known = moves_of(type(case))  # type: ignore[arg-type]
    for each in before:
        earlier = known.get(each.move)
        if earlier and touched & {earlier.terms.day, earlier.terms.why, *earlier.terms.clears}:
            detail = getattr(each, "detail", None)
            leave_on_case(case, earlier, each.effective_on, detail.reason if detail else "")


def _reissue(unit: Batch, case: Case, ended: Sequence[WorkItem]) -> None:
    """Put a new item in place of each that was ended; what hung on one hangs on its successor."""
    successors: dict[int, WorkItem] = {}
    for old in sorted(ended, key=lambda item: item.pk):
        new = WorkItem(process=case, **{name: getattr(old, name) for name in CARRIED})
        if old.host_id in successors:
            new.host_id = successors[old.host_id].pk
        elif old.host_id:
            new.host_id = old.host_id
        _as_it_waited(unit, new, old)
        new.save()
        unit.link(new, [old])
        successors[old.pk] = new
        if new.flow_task_type == "JOB":
            unit.job(new.flow_task.job, case=case, key=f"item-{new.pk}", item=new.pk)


#: What an item that is open again has in common with the one it stands for.
CARRIED = (
    "flow_task",
    "flow_task_type",
    "node",
    "token",
    "title_text",
    "organisation_id",
    "territory_id",
    "role",
    "priority",
    "due",
    "anchor",
    "term",
    "scheduled",
    "round",
    "move",
    "asked_by_id",
    "barred",
    "effective_on",
    "reason",
    "quorum",
    "then",
)


def _as_it_waited(unit: Batch, new: WorkItem, old: WorkItem) -> None:
    """The state that fits its kind; a decision is nobody's again, and its term starts today."""
    if old.scheduled is not None:
        new.status = STATUS.SCHEDULED
    elif old.flow_task_type != HUMAN:
        new.status, new.started = STATUS.STARTED, unit.at
    elif old.status == STATUS.CANCELED and old.owner_id:
        new.status, new.owner_id, new.assigned = STATUS.ASSIGNED, old.owner_id, unit.at
    elif old.status == STATUS.DONE:
        new.anchor = unit.today
        new.due = unit.due(new.case, unit.today, Term.parse(old.term)) if old.term else old.due


def _to_finish_again(unit: Batch, case: Case, *, then: str = "") -> WorkItem:
    """A task for whoever did the last piece of work; done, the case goes on where time had moved it."""
    last = WorkItem.objects.human().filter(process=case, status=STATUS.DONE, move="").order_by("finished", "pk").last()
    return case.flow_class.ad_hoc_node().begin(
        case,
        title=_("Opened again: see to what is missing, then finish"),
        role=Role(last.role) if last else Role.SUPERVISOR,
        due=CALENDAR.add(unit.today, TO_FINISH_AGAIN),
        made_by=unit.by.pk,
        then=then,
    )


def _tell(unit: Batch, case: Case, effects: Effects, cancelled: Sequence[WorkItem]) -> None:
    """Those whose work is gone, and who had asked."""
    detail = StageChangeDetail.objects.filter(change=effects.change).first()
    people = {item.owner_id for item in cancelled} | ({detail.asked_by_id, detail.approved_by_id} if detail else set())
    notify(unit, people - {None, unit.by.pk}, Notice.Event.TAKEN_BACK, case=case)
