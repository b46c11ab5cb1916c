"""Upload and dry run: every problem by row, column, value and reason; nothing is taken in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import IO

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.participants.importing.likely import warnings_of
from cases.participants.importing.region import region_of
from cases.participants.importing.returning import have_given_back
from cases.participants.importing.taking import Intake
from cases.participants.importing.whose import locked, only_for
from cases.participants.models import ImportedTakeover, ImportProblem, ParticipantImport
from cases.participants.models.imports import UPLOADERS, powiats_of
from cases.participants.stages import Stage
from cases.workbook import BadRow, ParsedRow, Problem, WorkbookRefused, read
from roles.models import Organisation, User
from roles.role import OF_SERVICES
from workflows.errors import NotYet, NotYou, TooLate
from workflows.jobs import enqueue
from workflows.models import Job, Programme
from workflows.notifications import tell_of_the_end
from workflows.registry import job

State = ParticipantImport.State
Oddity = ImportedTakeover.Oddity
AT_ONCE = 500
#: What stands in a report for a value of a special category.
LEFT_OUT = "…"


@transaction.atomic
def upload(
    file: File,  # type: ignore[type-arg]
    *,
    by: User,
    organisation: Organisation,
    programme: Programme,
    stage: str = "",
    at: datetime | None = None,
) -> ParticipantImport:
    """Keep the workbook, sealed, and have it checked.

    Raises NotYou for an organisation one does not register people for, NotYet for one outside the programme.
    """
    at = at or timezone.now()
    if organisation.pk not in powiats_of(by, UPLOADERS, at):
        raise NotYou(_("You register people for your own organisation."))
    if not programme.organisations.filter(pk=organisation.pk).exists():
        raise NotYet(_("This organisation does not take part in the programme."))
    batch = ParticipantImport(
        organisation=organisation,
        programme=programme,
        stage=_plain(stage),
        name=str(file.name)[-200:],
        uploaded_by=by,
        uploaded_at=at,
    )
    batch.file.save(batch.name, file, save=False)
    batch.save()
    _have_checked(batch, at)
    return batch


@transaction.atomic
def read_anew(
    batch: ParticipantImport, *, by: User, mapping: Mapping[str, str], stage: str = "", at: datetime | None = None
) -> ParticipantImport:
    """Say what unknown columns are, and at which stage people are, and have it checked once more. Raises TooLate, NotYet, NotYou.

    `mapping` goes from headings to names of columns, or to "" for none.
    """
    at = at or timezone.now()
    only_for(batch, by, at, UPLOADERS)
    mine = locked(batch, State.CHECKED, State.UNREADABLE)
    if not mine.file:
        raise TooLate(_("The workbook is not kept any more."))
    mine.mapping, mine.stage, mine.finished_at = dict(mapping), _plain(stage), None
    mine.state, mine.checks = State.UPLOADED, mine.checks + 1
    mine.save()
    _have_checked(mine, at)
    return mine


def check(batch: ParticipantImport) -> None:
    """Read the whole workbook and keep what is wrong with it, and whom it would take over."""
    _forget(batch)
    try:
        with transaction.atomic(), batch.file.open() as file:
            _read_through(batch, file)
        batch.state, batch.refusal, batch.refusal_filled_in = State.CHECKED, "", {}
    except WorkbookRefused as refused:
        _forget(batch)
        if refused.layout:
            batch.unknown_columns, batch.known_columns = refused.layout.unknown, refused.layout.known
        batch.state = State.UNREADABLE
        batch.refusal, batch.refusal_filled_in = refused.reason.msgid, dict(refused.reason.filled_in)
        batch.finished_at = timezone.now()
    batch.save()


@job("participants.check_import", in_transaction=False)
def check_uploaded(job: Job, batch: int) -> None:
    """The check of an upload, out of the page's way; run again it finds it checked."""
    with transaction.atomic():
        mine = ParticipantImport.objects.select_for_update(of=("self",)).filter(pk=batch, state=State.UPLOADED).first()
        if mine is not None:
            check(mine)
            have_given_back(mine, job.run_at)
            tell_of_the_end([mine.uploaded_by_id], mine.get_absolute_url(), at=timezone.now())


def _have_checked(batch: ParticipantImport, at: datetime) -> None:
    enqueue(
        [
            Job(
                name="participants.check_import",
                key=batch.check_key,
                args={"batch": batch.pk},
                created_at=at,
                run_after=at,
            )
        ],
        at,
    )


def _plain(stage: str) -> str:
    """Recruitment is where everybody begins: no stage is said then."""
    return "" if stage == Stage.RECRUITMENT else stage


def _forget(batch: ParticipantImport) -> None:
    batch.problems.all().delete()
    batch.takeovers.all().delete()
    batch.to_correct.delete(save=False)
    batch.to_correct = ""
    batch.rows = batch.bad_rows = batch.taken_over = 0
    batch.powiats, batch.unknown_columns, batch.known_columns = [], [], []


def _read_through(batch: ParticipantImport, file: IO[bytes]) -> None:
    served = powiats_of(batch.uploaded_by, UPLOADERS | OF_SERVICES).get(batch.organisation_id, [])
    reading = read(file, region_of(batch, served), mapping=batch.mapping)
    batch.unknown_columns, batch.known_columns = reading.layout.unknown, reading.layout.known
    powiats: set[str] = set()
    while some := list(islice(reading.rows, AT_ONCE)):
        good = [row for row in some if isinstance(row, ParsedRow)]
        _note(batch, good, [row for row in some if isinstance(row, BadRow)])
        _warn(batch, good, reading.layout.heading("last_name"))
        powiats.update(row.powiat for row in good)
    batch.powiats = sorted(powiats)


def _note(batch: ParticipantImport, good: Sequence[ParsedRow], bad: Sequence[BadRow]) -> None:
    intake = Intake.of(batch)
    known = [known_of(batch, row, stage) for row in good if (stage := intake.stage_of(row))]
    batch.rows += len(good) + len(bad)
    batch.bad_rows += len(bad)
    batch.taken_over += len(known)
    ImportedTakeover.objects.bulk_create(known)
    ImportProblem.objects.bulk_create(_kept(batch, problem) for row in bad for problem in row.problems)


def _warn(batch: ParticipantImport, good: Sequence[ParsedRow], heading: str) -> None:
    warnings = warnings_of(good, Intake.of(batch), heading, reader=batch.uploaded_by)
    ImportProblem.objects.bulk_create(_kept(batch, each, is_warning=True) for each in warnings)


def known_of(batch: ParticipantImport, row: ParsedRow, stage: str) -> ImportedTakeover:
    """What the supervisor sees of somebody in support already; not saved."""
    since = row.stage_since or row.starts_on
    return ImportedTakeover(
        batch=batch,
        row=row.row,
        who=f"{row.last_name} {row.first_name}",
        stage=stage,
        since=since,
        starts_on=row.starts_on,
        oddity=Oddity.BEFORE_PROGRAMME if row.starts_on < batch.programme.starts_on else "",
    )


def _kept(batch: ParticipantImport, problem: Problem, *, is_warning: bool = False) -> ImportProblem:
    return ImportProblem(
        batch=batch,
        row=problem.row,
        column=problem.column[:200],
        value=LEFT_OUT if problem.is_special and problem.value else problem.value,
        reason=problem.reason.msgid,
        filled_in=dict(problem.reason.filled_in),
        is_warning=is_warning,
    )
