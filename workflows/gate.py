"""The gate: where work is completed, moves are asked for and decided. Deciding one is deciding many with one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from viewflow.workflow.status import STATUS

from roles.models import User
from workflows.batch import Batch, batch
from workflows.errors import NotYet, NotYou, Refusal, TooLate
from workflows.lifecycle import Move
from workflows.models import Case, Notice, Outcome, Vote, WorkItem
from workflows.nodes import Approval, If
from workflows.nodes.approvals import let_go_of_asides, let_go_of_outdated
from workflows.notifications import notify
from workflows.results import Results
from workflows.standing import Standing

CHUNK = 100


@dataclass(frozen=True)
class Decision:
    """What is decided, and why."""

    outcome: Outcome
    reason: str = ""
    note: str = ""
    effective_on: date | None = None


@dataclass(frozen=True)
class Completion:
    """How a piece of work ends: the outcome chooses the way on, `write` puts the form's facts down."""

    outcome: str = "done"
    write: Callable[[Batch, Case], object] | None = None
    note: str = ""
    effective_on: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Act:
    """Somebody does something with an item."""

    item: WorkItem
    by: User
    what: Decision | Completion


def decide_many(
    items: Iterable[WorkItem],
    *,
    by: User,
    outcome: Outcome,
    reason: str = "",
    note: str = "",
    effective_on: date | None = None,
    at: datetime | None = None,
) -> Results[WorkItem]:
    """Approve, return or refuse these approvals; each gets its own result, and every table is written once a chunk.

    `effective_on` is the day that the moves take effect, by default the day asked for, else today. Nothing is raised for a refused
    row: its Refusal (TooLate, NotYou, NotYet) stands in the results.
    """
    decision = Decision(outcome, reason, note, effective_on)
    return perform([Act(item, by, decision) for item in items], at=at)


def complete(
    item: WorkItem,
    *,
    by: User,
    outcome: str = "done",
    write: Callable[[Batch, Case], None] | None = None,
    note: str = "",
    effective_on: date | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> WorkItem:
    """Finish one piece of work. Raises TooLate, NotYou, or NotYet when the way on is an approval whose conditions do not hold."""
    return perform([Act(item, by, Completion(outcome, write, note, effective_on, reason))], at=at).only()


def perform(acts: Iterable[Act], *, at: datetime | None = None) -> Results[WorkItem]:
    """Do all of these, each with its own result; a chunk that the database refuses is tried row by row.

    An act that writes facts stands alone in its transaction when it is refused, so that nothing of it stays.
    """
    moment = at or timezone.now()
    results: Results[WorkItem] = Results()
    rest = iter(sorted(acts, key=lambda act: (act.item.process_id, act.item.pk)))
    while chunk := list(islice(rest, CHUNK)):
        results.take(_together(chunk, moment))
    return results


def ask(
    case: Case,
    move: str,
    *,
    by: User,
    write: Callable[[Batch, Case], None] | None = None,
    effective_on: date | None = None,
    reason: str = "",
    note: str = "",
    at: datetime | None = None,
) -> WorkItem:
    """Ask for a move that may come at any time; opens its approval. Raises NotYou, NotYet or TooLate."""
    with batch([case.pk], by=by, at=at, kind=case.flow_class.process_class) as unit:
        locked = unit.cases[case.pk]
        node = locked.flow_class.whenever(move)
        _may_ask(unit, Standing.of(by, unit.today), locked, node.move)
        if write is not None:
            write(unit, locked)
            locked.facts.forget(locked)
        _check(unit, locked, node.move, reason)
        item = node.begin(locked, asked_by=by.pk, on_behalf_of=None)
        item.reason, item.note, item.effective_on = reason, note, effective_on
        return item


def _may_ask(unit: Batch, standing: Standing, case: Case, move: Move) -> None:
    if not any(standing.acts_as(role, case) for role in move.terms.asked_by):
        raise NotYou(_("You may not ask for this move."))
    if any(item.move == move.name for item in unit.open_items(case)):
        raise TooLate(_("This move has been asked for already."))
    if case.stage not in move.sources:
        raise TooLate(_("The case has moved on: it is in the stage “%(stage)s”.") % {"stage": case.stage_label})


class WroteBeforeRefusal(Exception):  # noqa: N818  never leaves this module
    """A refused act had written facts: the chunk is done again row by row."""


def _together(acts: Sequence[Act], at: datetime) -> Results[WorkItem]:
    try:
        return _one_unit(acts, at)
    except Refusal as refusal:
        return Results(refused={act.item.pk: refusal for act in acts})
    except (DatabaseError, WroteBeforeRefusal):
        if len(acts) == 1:
            raise
    results: Results[WorkItem] = Results()
    for act in acts:
        results.take(_alone(act, at))
    return results


def _alone(act: Act, at: datetime) -> Results[WorkItem]:
    try:
        return _one_unit([act], at)
    except Refusal as refusal:
        return Results(refused={act.item.pk: refusal})
    except DatabaseError:
        return Results(refused={act.item.pk: NotYet(_("The database refused this row; nothing of it was changed."))})


def _one_unit(acts: Sequence[Act], at: datetime) -> Results[WorkItem]:
    """Do the acts in one transaction. Raises the refusal of a single act, WroteBeforeRefusal when one of many left facts."""
    results: Results[WorkItem] = Results()
    kinds = {act.item.flow_task.flow_class.process_class for act in acts}
    kind = kinds.pop() if len(kinds) == 1 else None
    with batch({act.item.process_id for act in acts}, by=acts[0].by, at=at, kind=kind) as unit:
        standings = Standing.of_each({act.by for act in acts}, unit.today, unit.away)
        for act in acts:
            try:
                results.done[act.item.pk] = _do(unit, standings[act.by], act)
            except Refusal as refusal:
                if len(acts) == 1:
                    raise
                if isinstance(act.what, Completion) and act.what.write is not None:
                    raise WroteBeforeRefusal from refusal
                results.refused[act.item.pk] = refusal
    return results


def _do(unit: Batch, standing: Standing, act: Act) -> WorkItem:
    item = _still_open(unit, act.item)
    return (
        _decide(unit, standing, item, act.what)
        if isinstance(act.what, Decision)
        else _complete(unit, standing, item, act.what)
    )


def _complete(unit: Batch, standing: Standing, item: WorkItem, how: Completion) -> WorkItem:
    if why_not := standing.why_not(item):
        raise NotYou(why_not)
    if how.write is not None:
        how.write(unit, item.case)
        item.case.facts.forget(item.case)
    item.note, item.effective_on, item.reason = how.note, how.effective_on, how.reason
    following = item.flow_task.ways.get(how.outcome)
    while isinstance(following, If):
        following = following.way_of(item.case)
    if isinstance(following, Approval):
        _check(unit, item.case, following.move, how.reason)
    return _finish(unit, standing, item, how.outcome)


def _still_open(unit: Batch, item: WorkItem) -> WorkItem:
    """The unit's own copy of the item. Raises TooLate, saying who was first."""
    mine = unit.item(unit.cases[item.process_id], item.pk)
    if mine is not None:
        return mine
    done = unit.known(item) or WorkItem.objects.select_related("owner").get(pk=item.pk)
    if not done.outcome:
        raise TooLate(_("Too late: this is not needed any more; the case has moved on."))
    raise TooLate(
        _("Too late: %(person)s has dealt with it already (%(outcome)s).")
        % {"person": done.owner, "outcome": done.flow_task.told(done.outcome)}
    )


def _decide(unit: Batch, standing: Standing, item: WorkItem, decision: Decision) -> WorkItem:
    node = item.flow_task
    if decision.outcome not in node.ways:
        raise NotYet(_("This approval cannot end that way."))
    if any(vote.user_id == standing.user.pk for vote in item.ledger):
        raise TooLate(_("You have voted already."))
    if why_not := standing.why_not(item):
        raise NotYou(why_not)
    if not decision.reason and decision.outcome != Outcome.APPROVED:
        raise NotYet(_("A reason is needed."))
    authors = _bar_authors(unit, standing, item)
    decided = decision.outcome != Outcome.APPROVED or _approving(item, authors) + 1 >= item.quorum
    if decided and decision.outcome == Outcome.APPROVED:
        _make_the_move(unit, standing, item, decision)
    _cast(unit, standing, item, decision)
    if not decided:
        return item
    if decision.outcome != Outcome.APPROVED:
        item.reason, item.note = decision.reason, decision.note
    returned = decision.outcome == Outcome.RETURNED
    notify(unit, [item.asked_by_id], Notice.Event.RETURNED if returned else Notice.Event.DECIDED, item)
    _finish(unit, standing, item, decision.outcome)
    let_go_of_outdated(item.case, last=item)
    return item


def _make_the_move(unit: Batch, standing: Standing, item: WorkItem, decision: Decision) -> None:
    change = unit.make_move(
        item.case,
        item.move,
        asked_by=item.asked_by_id,
        approved_by=standing.user.pk,
        on_behalf_of=standing.on_behalf_of(item),
        effective_on=decision.effective_on or item.effective_on,
        reason=item.reason,
        note=decision.note,
    )
    if change.source != change.target:
        let_go_of_asides(item.case, but=item)


def _bar_authors(unit: Batch, standing: Standing, item: WorkItem) -> set[int]:
    """Whose work the decision rests on by now: who wrote evidence since it was asked for is barred too. Raises NotYou."""
    authors = unit.evidence_authors(item.case, item.flow_task.move)
    late = authors - {vote.user_id for vote in item.ledger} - set(item.barred)
    if late:
        item.barred = sorted({*item.barred, *late})
    if standing.selves & authors:
        raise NotYou(_("Not yours, because it rests on your work."))
    return authors


def _approving(item: WorkItem, authors: set[int]) -> int:
    """How many have approved so far; the vote of somebody who has written evidence since does not count."""
    return sum(vote.outcome == Outcome.APPROVED and vote.user_id not in authors for vote in item.ledger)


def _cast(unit: Batch, standing: Standing, item: WorkItem, decision: Decision) -> None:
    """Add the vote to the ledger."""
    vote = Vote(
        item=item,
        user=standing.user,
        on_behalf_of_id=standing.on_behalf_of(item),
        outcome=decision.outcome,
        reason=decision.reason,
        note=decision.note,
        cast_at=unit.at,
    )
    item.ledger.append(unit.add(vote))


def _finish(unit: Batch, standing: Standing, item: WorkItem, outcome: str) -> WorkItem:
    """Close the item in the person's name and go the way that the outcome opens."""
    if outcome not in item.flow_task.ways:
        raise NotYet(_("This work cannot end that way."))
    item.on_behalf_of_id = standing.on_behalf_of(item)
    item.owner, item.outcome = standing.user, outcome
    item.assigned = item.assigned or unit.at
    if item.status == STATUS.NEW:
        item.status = STATUS.ASSIGNED
    activation = item.flow_task.activation_class(item)
    activation.begin()
    activation.execute()
    return item


def _check(unit: Batch, case: Case, move: Move, reason: str) -> None:
    """What is asked for must be possible: the guards hold, and a coded reason is given where there are any."""
    unit.load_facts(case, move.needs)
    unmet = [str(guard.unmet) for guard in move.unmet(case)]
    if move.terms.reasons is not None and reason not in move.terms.reasons.values:
        unmet.append(_("A reason is needed."))
    if unmet:
        raise NotYet.because(unmet)
