"""After the check: confirm, have a takeover approved, take everything in, or cancel."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.participants.importing.region import region_on
from cases.participants.importing.taking import Intake, Taken, take
from cases.participants.models import ParticipantImport
from cases.workbook import ParsedRow, Reading, read
from roles.models import User
from roles.role import Role
from workflows.errors import NotYet, NotYou, TooLate
from workflows.jobs import enqueue, renew
from workflows.models import Job
from workflows.registry import job
from workflows.standing import Standing

State = ParticipantImport.State
LEASE = timedelta(minutes=5)


@transaction.atomic
def confirm(batch: ParticipantImport, *, by: User, at: datetime | None = None) -> ParticipantImport:
    """Take the good rows in; people already in support wait for the supervisor first. Raises TooLate, NotYou."""
    at = at or timezone.now()
    mine = _locked(batch, State.CHECKED)
    _as_role(mine, by, at, Role.ANIMATOR, Role.COORDINATOR)
    if mine.needs_approval:
        mine.state = State.WAITING
        mine.save(update_fields=["state"])
        return mine
    return _start(mine, at)


@transaction.atomic
def approve_takeover(batch: ParticipantImport, *, by: User, at: datetime | None = None) -> ParticipantImport:
    """Let people already in support come in at their true stage, for the whole batch. Raises NotYou for whoever uploaded it."""
    at = at or timezone.now()
    mine = _locked(batch, State.WAITING)
    _as_role(mine, by, at, Role.SUPERVISOR)
    if by.pk == mine.uploaded_by_id or mine.uploaded_by_id in Standing.of(by, timezone.localdate(at)).stands_for:
        raise NotYou(_("Not yours, because you asked for it."))
    mine.approved_by, mine.approved_at = by, at
    mine.save(update_fields=["approved_by", "approved_at"])
    return _start(mine, at)


@transaction.atomic
def cancel(batch: ParticipantImport, *, by: User, at: datetime | None = None) -> ParticipantImport:
    """Stop; what was taken in stays. Raises TooLate when it is over."""
    at = at or timezone.now()
    mine = _locked(batch, State.CHECKED, State.WAITING, State.RUNNING)
    _as_role(mine, by, at, Role.ANIMATOR, Role.COORDINATOR, Role.SUPERVISOR)
    mine.state, mine.finished_at = State.CANCELLED, at
    mine.save(update_fields=["state", "finished_at"])
    return mine


@job("participants.take_import", lease=LEASE, in_transaction=False)
def take_confirmed(job: Job, batch: int) -> None:
    """Take a confirmed workbook in; killed half-way and run again, it finds everybody who is there already."""
    mine = ParticipantImport.objects.select_related("organisation", "programme", "uploaded_by", "approved_by").get(
        pk=batch
    )
    if mine.state != State.RUNNING:
        return
    ParticipantImport.objects.filter(pk=batch).update(done_rows=F("bad_rows"), imported=0, already_there=0)
    with mine.file.open() as file:
        reading = read(file, region_on(timezone.localdate(mine.uploaded_at)), mapping=mine.mapping)
        for taken in take(good_rows(reading), _intake(mine)):
            renew(job, timezone.now())
            if not _count(batch, taken):
                return
    ParticipantImport.objects.filter(pk=batch, state=State.RUNNING).update(state=State.DONE, finished_at=timezone.now())


def good_rows(reading: Reading) -> Iterator[ParsedRow]:
    """The rows without problems."""
    return (row for row in reading.rows if isinstance(row, ParsedRow))


def _intake(batch: ParticipantImport) -> Intake:
    return Intake(
        lambda _powiat: batch.organisation, batch.programme, batch.uploaded_by, batch.stage, batch.approved_by
    )


def _count(batch: int, taken: Taken) -> bool:
    """Show how far it is; False when somebody has cancelled it."""
    running = ParticipantImport.objects.filter(pk=batch, state=State.RUNNING)
    return bool(
        running.update(
            done_rows=F("done_rows") + taken.rows,
            imported=F("imported") + taken.imported,
            already_there=F("already_there") + taken.already_there,
        )
    )


def _locked(batch: ParticipantImport, *states: str) -> ParticipantImport:
    mine = ParticipantImport.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if mine.state == State.UPLOADED:
        raise NotYet(_("The workbook is still being checked."))
    if mine.state not in states:
        raise TooLate(_("The import has moved on: %(state)s.") % {"state": mine.get_state_display()})
    return mine


def _as_role(batch: ParticipantImport, user: User, at: datetime, *roles: Role) -> None:
    reach = Standing.of(user, timezone.localdate(at)).reach
    if not any((str(role), batch.organisation_id) in reach for role in roles):
        raise NotYou(_("Your role does not do this here."))


def _start(batch: ParticipantImport, at: datetime) -> ParticipantImport:
    batch.state = State.RUNNING
    batch.save(update_fields=["state"])
    enqueue([Job(name="participants.take_import", key=f"take-import-{batch.pk}", args={"batch": batch.pk})], at)
    return batch
