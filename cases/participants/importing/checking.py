"""Upload and dry run: every problem by row, column, value and reason; nothing is taken in."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import IO

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.participants.importing.region import region_on
from cases.participants.models import ImportProblem, ParticipantImport
from cases.participants.stages import Stage
from cases.workbook import BadRow, ParsedRow, Problem, WorkbookRefused, read
from roles.models import Organisation, User
from workflows.errors import NotYou
from workflows.jobs import enqueue
from workflows.models import Job, Programme
from workflows.registry import job
from workflows.standing import Standing

State = ParticipantImport.State
AT_ONCE = 500


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
    """Keep the workbook, sealed, and have it checked. Raises NotYou for an organisation one does not register people for."""
    at = at or timezone.now()
    if not _works_for(by, organisation, at):
        raise NotYou(_("You register people for your own organisation."))
    batch = ParticipantImport(
        organisation=organisation,
        programme=programme,
        stage="" if stage == Stage.RECRUITMENT else stage,
        name=str(file.name)[-200:],
        uploaded_by=by,
        uploaded_at=at,
    )
    batch.file.save(batch.name, file, save=False)
    batch.save()
    enqueue([Job(name="participants.check_import", key=f"check-import-{batch.pk}", args={"batch": batch.pk})], at)
    return batch


def check(batch: ParticipantImport, *, mapping: Mapping[str, str] | None = None) -> None:
    """Read the whole workbook and keep what is wrong with it; a mapping of unknown headings starts the check anew."""
    if mapping is not None:
        batch.mapping = dict(mapping)
    batch.problems.all().delete()
    batch.rows = batch.bad_rows = batch.taken_over = 0
    try:
        with batch.file.open() as file:
            _read_through(batch, file)
        batch.state, batch.refusal = State.CHECKED, ""
    except WorkbookRefused as refused:
        batch.state, batch.refusal = State.UNREADABLE, refused.reason.english[:300]
        batch.finished_at = timezone.now()
    batch.save()


@job("participants.check_import", in_transaction=False)
def check_uploaded(_job: Job, batch: int) -> None:
    """The check of an upload, out of the page's way."""
    with transaction.atomic():
        check(ParticipantImport.objects.select_for_update().get(pk=batch, state=State.UPLOADED))


def _read_through(batch: ParticipantImport, file: IO[bytes]) -> None:
    reading = read(file, region_on(timezone.localdate(batch.uploaded_at)), mapping=batch.mapping)
    batch.unknown_columns = reading.layout.unknown
    problems = _problems(batch, reading.rows)
    while some := list(islice(problems, AT_ONCE)):
        ImportProblem.objects.bulk_create(some)


def _problems(batch: ParticipantImport, rows: Iterable[ParsedRow | BadRow]) -> Iterator[ImportProblem]:
    for row in rows:
        batch.rows += 1
        if isinstance(row, BadRow):
            batch.bad_rows += 1
            yield from (_kept(batch, problem) for problem in row.problems)
        elif (row.stage or batch.stage) not in ("", Stage.RECRUITMENT):
            batch.taken_over += 1


def _kept(batch: ParticipantImport, problem: Problem) -> ImportProblem:
    return ImportProblem(
        batch=batch,
        row=problem.row,
        column=problem.column[:200],
        value=problem.value,
        reason=problem.reason.msgid,
        filled_in=dict(problem.reason.filled_in),
    )


def _works_for(user: User, organisation: Organisation, at: datetime) -> bool:
    reach = Standing.of(user, timezone.localdate(at)).reach
    return any(key == organisation.pk and role in ("animator", "coordinator") for role, key in reach)
