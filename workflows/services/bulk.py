"""One verb on many items, a chunk at a time: begun, gone on with, stopped, and for a while undone."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from viewflow.workflow.status import STATUS

from roles.models import User
from workflows.batch import batch
from workflows.errors import NotYet, TooLate
from workflows.gate import CHUNK, decide_many
from workflows.models import BulkRow, BulkRun, Outcome, WorkItem
from workflows.results import Results
from workflows.services.taking import claim, delegate, prioritise, release, snooze
from workflows.standing import Standing

#: How many items one run may hold.
MOST = 1000

Verb = Callable[[Sequence[WorkItem], User, datetime, dict[str, Any]], Results[WorkItem]]


def begin_bulk(
    verb: BulkRun.Verb, items: Iterable[WorkItem], *, by: User, at: datetime, terms: dict[str, Any] | None = None
) -> BulkRun:
    """Note what is to be done to these items; nothing is done yet. Raises NotYet when there is nothing, or too much."""
    wanted = list(items)
    if not wanted:
        raise NotYet(_("Nothing was picked."))
    if len(wanted) > MOST:
        raise NotYet(_("That is more than %(most)d at once; narrow the list first.") % {"most": MOST})
    with transaction.atomic():
        run = BulkRun.objects.create(user=by, verb=verb, terms=terms or {}, started_at=at)
        BulkRow.objects.bulk_create(
            BulkRow(run=run, item=item, owner_before_id=item.owner_id, snoozed_before=item.snoozed_until)
            for item in wanted
        )
    return run


def go_on(run: BulkRun, *, at: datetime) -> BulkRun:
    """Do the next chunk, in one transaction with its results; a second click waits for the first."""
    with transaction.atomic():
        run = BulkRun.objects.select_for_update().select_related("user").get(pk=run.pk)
        if run.ended_at is None:
            waiting = run.rows.filter(state=BulkRow.State.WAITING).select_related("item__process", "item__owner")
            rows = list(waiting.order_by("pk")[:CHUNK])
            results = VERBS[BulkRun.Verb(run.verb)]([row.item for row in rows], run.user, at, run.terms)
            _note(rows, results)
            if len(rows) < CHUNK or not run.rows.filter(state=BulkRow.State.WAITING).exists():
                _end(run, at)
    return run


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
                if standing.works_on(case):
                    _give_back(unit.item(case, row.item_id), row, at)
                else:
                    row.sentence = _("Your mandates do not let you work on this case.")
        BulkRow.objects.bulk_update(rows, ["state", "sentence"])
        run.undone_at = at
        run.save(update_fields=["undone_at"])
    return run


def _give_back(item: WorkItem | None, row: BulkRow, at: datetime) -> None:
    if item is None or item.owner_id != row.owner_after_id:
        row.sentence = _("Somebody has dealt with it since; it stays as it is.")
        return
    item.owner_id, item.snoozed_until = row.owner_before_id, row.snoozed_before
    item.status = STATUS.ASSIGNED if row.owner_before_id else STATUS.NEW
    item.assigned = at if row.owner_before_id else None
    row.state = BulkRow.State.UNDONE


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
