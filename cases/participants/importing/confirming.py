"""After the check: confirm, have a takeover approved or returned, take everything in, or cancel."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.participants.importing.region import region_of
from cases.participants.importing.taking import Intake, Taken, take
from cases.participants.importing.whose import locked, only_for
from cases.participants.models import ParticipantCase, ParticipantImport
from cases.participants.models.imports import APPROVERS, IMPORTERS, UPLOADERS
from cases.workbook import ParsedRow, Reading, read
from roles.models import User
from workflows.errors import NotYet, NotYou
from workflows.jobs import enqueue, renew
from workflows.models import Job
from workflows.notifications import tell_of_the_end
from workflows.registry import job
from workflows.standing import Standing

State = ParticipantImport.State
LEASE = timedelta(minutes=5)
NO_LONGER_THEIRS = gettext_noop("Whoever uploaded the workbook may not open such cases any more.")


@transaction.atomic
def confirm(batch: ParticipantImport, *, by: User, at: datetime | None = None) -> ParticipantImport:
    """Take the good rows in; people already in support wait for the supervisor first. Raises TooLate, NotYet, NotYou."""
    at = at or timezone.now()
    only_for(batch, by, at, UPLOADERS)
    mine = locked(batch, State.CHECKED)
    if not mine.good_rows:
        raise NotYet(_("There is no row that could be taken in."))
    mine.confirmed_by, mine.confirmed_at = by, at
    if mine.needs_approval:
        mine.state = State.WAITING
        mine.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        return mine
    return _start(mine, at)


@transaction.atomic
def approve_takeover(batch: ParticipantImport, *, by: User, at: datetime | None = None) -> ParticipantImport:
    """Let people already in support come in at their true stage, for the whole batch. Raises NotYou for whoever asked for it."""
    at = at or timezone.now()
    mine = _to_decide(batch, by, at)
    mine.approved_by, mine.approved_at = by, at
    return _start(mine, at)


@transaction.atomic
def return_takeover(
    batch: ParticipantImport, *, by: User, reason: str, at: datetime | None = None
) -> ParticipantImport:
    """Send the batch back to whoever uploaded it, who reads why. Raises NotYet without a reason, TooLate, NotYou."""
    at = at or timezone.now()
    if not reason.strip():
        raise NotYet(_("Say why."))
    mine = _to_decide(batch, by, at)
    mine.state, mine.returned_because = State.CHECKED, reason.strip()[:300]
    mine.returned_by, mine.returned_at = by, at
    mine.save(update_fields=["state", "returned_because", "returned_by", "returned_at"])
    return mine


@transaction.atomic
def cancel(batch: ParticipantImport, *, by: User, at: datetime | None = None) -> ParticipantImport:
    """Stop; what was taken in stays. Raises TooLate when it is over."""
    at = at or timezone.now()
    only_for(batch, by, at, IMPORTERS)
    mine = locked(batch, State.CHECKED, State.WAITING, State.RUNNING)
    mine.state, mine.finished_at = State.CANCELLED, at
    mine.save(update_fields=["state", "finished_at"])
    return mine


@job("participants.take_import", lease=LEASE, in_transaction=False)
def take_confirmed(job: Job, batch: int) -> None:
    """Take a confirmed workbook in; killed half-way and run again, it finds everybody who is there already."""
    running = ParticipantImport.objects.filter(pk=batch, state=State.RUNNING)
    mine = running.select_related("organisation", "programme", "uploaded_by", "approved_by").first()
    if mine is None:
        return
    there = ParticipantCase.objects.filter(came_with=mine).count()  # taken before it was interrupted
    running.update(done_rows=F("bad_rows"), imported=there, already_there=0)
    try:
        _take_in(job, mine)
        outcome = {"state": str(State.DONE)}
    except NotYou:
        outcome = {"state": State.CANCELLED, "refusal": NO_LONGER_THEIRS}
    with transaction.atomic():  # nobody is told of an end that was not noted, nor twice
        if running.update(finished_at=timezone.now(), **outcome):
            people = {mine.uploaded_by_id, mine.confirmed_by_id or mine.uploaded_by_id}
            tell_of_the_end(people, mine.get_absolute_url(), at=timezone.now())


def good_rows(reading: Reading) -> Iterator[ParsedRow]:
    """The rows without problems."""
    return (row for row in reading.rows if isinstance(row, ParsedRow))


def why_not_decide(batch: ParticipantImport, user: User, at: datetime) -> str:
    """The sentence that says why the person may not decide about the takeover; empty when they may."""
    if not ParticipantImport.objects.open_to(user, APPROVERS, at).filter(pk=batch.pk).exists():
        return _("This is for a supervisor whose mandate covers everybody in the file.")
    if {batch.uploaded_by_id, batch.confirmed_by_id} & Standing.of(user, timezone.localdate(at)).selves:
        return _("Not yours, because you asked for it.")
    return ""


def _to_decide(batch: ParticipantImport, by: User, at: datetime) -> ParticipantImport:
    mine = locked(batch, State.WAITING)
    if sentence := why_not_decide(mine, by, at):
        raise NotYou(sentence)
    return mine


def _take_in(job: Job, batch: ParticipantImport) -> None:
    with batch.file.open() as file:
        reading = read(file, region_of(batch, batch.powiats), mapping=batch.mapping)
        for taken in take(good_rows(reading), Intake.of(batch)):
            renew(job, timezone.now())
            if not _count(batch.pk, taken):
                return


def _count(batch: int, taken: Taken) -> bool:
    """Show how far it is; False when somebody has cancelled it."""
    mine = ParticipantImport.objects.filter(pk=batch)
    mine.update(
        done_rows=F("done_rows") + taken.rows,
        imported=F("imported") + taken.imported,
        already_there=F("already_there") + taken.already_there,
    )
    return mine.filter(state=State.RUNNING).exists()


def _start(batch: ParticipantImport, at: datetime) -> ParticipantImport:
    batch.state = State.RUNNING
    batch.save(update_fields=["state", "confirmed_by", "confirmed_at", "approved_by", "approved_at"])
    enqueue(
        [
            Job(
                name="participants.take_import",
                key=batch.take_key,
                args={"batch": batch.pk},
                created_at=at,
                run_after=at,
            )
        ],
        at,
    )
    return batch
