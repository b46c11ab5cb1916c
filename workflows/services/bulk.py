"""One verb on many items: the first chunk at once, the others by the workers; it can be left, stopped, and for a while undone.

A chunk is one transaction with its results and with the job that does the next one, so that a worker killed half-way does nothing twice.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import override
from viewflow.workflow.status import STATUS

from roles.models import User
from workflows.batch import Batch, batch
from workflows.errors import NotYet, Refusal, TooLate
from workflows.gate import CHUNK, decide_many
from workflows.jobs import enqueue
from workflows.models import BulkRow, BulkRun, Handover, Job, Outcome, WorkItem
from workflows.notifications import tell_of_the_end
from workflows.queue import BULK
from workflows.registry import job
from workflows.results import Results
from workflows.services.taking import claim, delegate, note_handover, prioritise, release, snooze
from workflows.standing import Standing
from workflows.together import judged, key_of

#: How many items one run may hold.
MOST = 1000

Verb = Callable[[Sequence[WorkItem], User, datetime, dict[str, Any]], Results[WorkItem]]


def begin_bulk(
    verb: BulkRun.Verb, items: Iterable[WorkItem], *, by: User, at: datetime, terms: dict[str, Any] | None = None
) -> BulkRun:
    """Note what is to be done to these items, do the first chunk, and leave the rest to the workers.

    Raises NotYet when there is nothing to do, or too much, and TooLate when a case is held by somebody else.
    """
    wanted = list(items)
    if not wanted:
        raise NotYet(_("Nothing was picked."))
    if len(wanted) > MOST:
        raise NotYet(_("That is more than %(most)d at once; narrow the list first.") % {"most": MOST})
    with transaction.atomic():
        run = BulkRun.objects.create(user=by, verb=verb, terms=terms or {}, started_at=at)
        BulkRow.objects.bulk_create(
            BulkRow(
                run=run,
                item=item,
                owner_before_id=item.owner_id,
                snoozed_before=item.snoozed_until,
                priority_before=item.priority,
            )
            for item in wanted
        )
        _do_chunk(run, at)
    return run


@job("bulk.go_on", queue=BULK)
def go_on(job: Job, run: int) -> None:
    """Do the next chunk, unless it was stopped; whoever began it is told when it was the last."""
    mine = BulkRun.objects.select_for_update(of=("self",)).select_related("user").get(pk=run)
    if mine.ended_at is None:
        with override(mine.user.language):  # the sentences of the rows are theirs to read
            _do_chunk(mine, job.run_at)
        if mine.ended_at is not None:
            tell_of_the_end([mine.user_id], mine.get_absolute_url(), at=job.run_at)


def stop_bulk(run: BulkRun, *, at: datetime) -> BulkRun:
    """Leave the rest undone."""
    with transaction.atomic():
        run = BulkRun.objects.select_for_update().get(pk=run.pk)
        if run.ended_at is None:
            run.stopped = True
            _end(run, at)
    return run


def undo_bulk(run: BulkRun, *, at: datetime) -> BulkRun:
    """Give the items back to whom they belonged; what somebody has touched since keeps its state. Raises TooLate."""
    with transaction.atomic():
        run = BulkRun.objects.select_for_update().select_related("user").get(pk=run.pk)
        if not run.may_be_undone(at):
            raise TooLate(_("This can no longer be undone."))
        rows = list(run.rows.filter(state=BulkRow.State.DONE).select_related("item"))
        with batch({row.item.process_id for row in rows}, by=run.user, at=at) as unit:
            standing = Standing.of(run.user, unit.today)
            for row in rows:
                case = unit.cases[row.item.process_id]
                item = unit.item(case, row.item_id)
                if not standing.works_on(case):
                    row.sentence = _("Your mandates do not let you work on this case.")
                elif item is None or not _is_as_left(item, row, run):
                    row.sentence = _("Somebody has dealt with it since; it stays as it is.")
                else:
                    _give_back(unit, item, row, run)
        BulkRow.objects.bulk_update(rows, ["state", "sentence"])
        run.undone_at = at
        run.save(update_fields=["undone_at"])
    return run


def _do_chunk(run: BulkRun, at: datetime) -> None:
    """Do some rows, note their results, and end it or leave a job for the next ones; the key counts what is left."""
    waiting = run.rows.filter(state=BulkRow.State.WAITING)
    rows = list(waiting.select_related("item__process", "item__owner").order_by("pk")[:CHUNK])
    _note(rows, VERBS[BulkRun.Verb(run.verb)]([row.item for row in rows], run.user, at, run.terms))
    left = waiting.count()
    if left:
        key = f"{run.job_prefix}{left}"
        enqueue([Job(name="bulk.go_on", key=key, args={"run": run.pk}, created_at=at, run_after=at)], at)
    else:
        _end(run, at)


def _is_as_left(item: WorkItem, row: BulkRow, run: BulkRun) -> bool:
    """Whether nobody has changed since what the run did."""
    if run.verb == BulkRun.Verb.PRIORITISE:
        return item.priority == run.terms["priority"]
    return item.owner_id == row.owner_after_id


def _give_back(unit: Batch, item: WorkItem, row: BulkRow, run: BulkRun) -> None:
    row.state = BulkRow.State.UNDONE
    if run.verb == BulkRun.Verb.PRIORITISE:
        item.priority = WorkItem.Priority(row.priority_before or 0)
        return
    note_handover(unit, item, row.owner_before_id, Handover.Why.UNDONE)
    item.owner_id, item.snoozed_until = row.owner_before_id, row.snoozed_before
    item.status = STATUS.ASSIGNED if row.owner_before_id else STATUS.NEW
    item.assigned = unit.at if row.owner_before_id else None


def _note(rows: list[BulkRow], results: Results[WorkItem]) -> None:
    for row in rows:
        refusal = results.refused.get(row.item_id)
        row.state = BulkRow.State.REFUSED if refusal else BulkRow.State.DONE
        row.sentence = refusal.sentence if refusal else ""
        if not refusal:
            row.owner_after_id = results.done[row.item_id].owner_id
    BulkRow.objects.bulk_update(rows, ["state", "sentence", "owner_after"])


def _end(run: BulkRun, at: datetime) -> None:
    run.ended_at = at
    run.save(update_fields=["ended_at", "stopped"])


def _decide(items: Sequence[WorkItem], by: User, at: datetime, terms: dict[str, Any]) -> Results[WorkItem]:
    """Decide them; of a cohort those alone that want no closer look now, the others are refused with why."""
    apart: dict[int, Refusal] = {}
    if key := key_of(terms.get("cohort", "")):
        rows = judged(items, key, Standing.of(by, localdate(at)))
        apart = {row.item.pk: NotYet(" ".join(map(str, row.exceptions))) for row in rows if row.exceptions}
    results = _decide_alike([item for item in items if item.pk not in apart], by, at, terms)
    results.refused |= apart
    return results


def _decide_alike(items: Sequence[WorkItem], by: User, at: datetime, terms: dict[str, Any]) -> Results[WorkItem]:
    effective_on = terms.get("effective_on")
    return decide_many(
        items,
        by=by,
        outcome=Outcome(terms["outcome"]),
        reason=terms.get("reason", ""),
        note=terms.get("note", ""),
        effective_on=date.fromisoformat(effective_on) if effective_on else None,
        at=at,
    )


VERBS: dict[BulkRun.Verb, Verb] = {
    BulkRun.Verb.CLAIM: lambda items, by, at, terms: claim(items, by=by, at=at),
    BulkRun.Verb.RELEASE: lambda items, by, at, terms: release(items, by=by, at=at),
    BulkRun.Verb.SNOOZE: lambda items, by, at, terms: snooze(
        items, by=by, until=date.fromisoformat(terms["until"]), at=at
    ),
    BulkRun.Verb.DELEGATE: lambda items, by, at, terms: delegate(
        items, by=by, to=User.objects.get(pk=terms["to"]), at=at
    ),
    BulkRun.Verb.PRIORITISE: lambda items, by, at, terms: prioritise(items, by=by, priority=terms["priority"], at=at),
    BulkRun.Verb.DECIDE: _decide,
}
