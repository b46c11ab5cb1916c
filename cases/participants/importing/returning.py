"""Bad rows go back to whoever sent them: as they stand, with the reasons in an added column, as text and never as a formula."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import structlog
import xlsxwriter
from django.core.files.base import File
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases.participants.models import ImportProblem, ParticipantImport
from cases.workbook import WHY_NOT, read_raw
from roles.models import User
from workflows.errors import NotYet, NotYou, TooLate
from workflows.exporting import IN_MEMORY, safe
from workflows.jobs import enqueue
from workflows.models import ExportLog, Job
from workflows.registry import job

log = structlog.get_logger(__name__)

WIDE = 50
GIVE_BACK = "participants.write_rows_to_correct"
LEASE = timedelta(minutes=10)


def have_given_back(batch: ParticipantImport, at: datetime) -> None:
    """Leave it to the workers to write the bad rows of a checked workbook; nothing without any."""
    if batch.bad_rows:
        job = Job(name=GIVE_BACK, key=batch.give_back_key, args={"batch": batch.pk}, created_at=at, run_after=at)
        enqueue([job], at)


@job(GIVE_BACK, lease=LEASE, in_transaction=False)
def write_rows_to_correct(job: Job, batch: int) -> None:
    """Keep the bad rows as a workbook, sealed like the upload; run again it finds them written, or the list checked anew."""
    mine = (
        ParticipantImport.objects.select_related("uploaded_by").filter(pk=batch, to_correct="").exclude(file="").first()
    )
    if mine is None or mine.give_back_key != job.key or not mine.bad_rows:
        return
    with override(mine.uploaded_by.language), SpooledTemporaryFile(max_size=IN_MEMORY) as sink:
        with mine.file.open() as file:
            raw = read_raw(file, mapping=mine.mapping)
            _write(sink, raw.headings, _bad(raw.rows, _reasons(mine)))
        sink.seek(0)
        mine.to_correct.save(mine.name, File(sink), save=False)
    still = ParticipantImport.objects.filter(pk=batch, checks=mine.checks, to_correct="").exclude(file="")
    if not still.update(to_correct=mine.to_correct.name):
        mine.to_correct.delete(save=False)


def give_back(batch: ParticipantImport, *, by: User, at: datetime) -> IO[bytes]:
    """The rows that were not taken, as a workbook for whoever uploaded them; noted under their name.

    Raises NotYou, TooLate when it is not kept any more, and NotYet while it is being written.
    """
    if by.pk != batch.uploaded_by_id:
        raise NotYou(_("Only who uploaded a workbook gets its rows back."))
    if not batch.file or not batch.bad_rows:
        raise TooLate(_("The workbook is not kept any more."))
    if not batch.to_correct:
        raise NotYet(_("The rows to correct are being prepared."))
    ExportLog.objects.create(
        user=by, what=ExportLog.What.IMPORT, query=f"import={batch.pk}", shape="xlsx", rows=batch.bad_rows, at=at
    )
    log.info("list exported", user=by.pk, list="import", rows=batch.bad_rows, shape="xlsx")
    written: IO[bytes] = batch.to_correct.open()
    return written


def _reasons(batch: ParticipantImport) -> Iterator[tuple[int, str]]:
    """Row by row in the order of the sheet, everything that is wrong with it."""
    problems = batch.problems.that_refuse().defer("value").order_by("row", "pk").iterator(chunk_size=1000)
    for row, some in groupby(problems, key=lambda problem: problem.row):
        yield row, "; ".join(_in_words(problem) for problem in some)


def _in_words(problem: ImportProblem) -> str:
    return f"{problem.column}: {problem.why}"


def _bad(
    rows: Iterator[tuple[int, Sequence[Any]]], reasons: Iterator[tuple[int, str]]
) -> Iterator[tuple[Sequence[Any], str]]:
    """The rows that have reasons; both come in the order of the sheet."""
    for wanted, why in reasons:
        yield next(cells for number, cells in rows if number == wanted), why


def _write(sink: IO[bytes], headings: Mapping[int, str], rows: Iterator[tuple[Sequence[Any], str]]) -> int:
    book = xlsxwriter.Workbook(sink, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(_("Rows to correct")[:31])
    bold = book.add_format({"bold": True})
    last = max(headings) + 1
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, last - 1, 16)
    sheet.set_column(last, last, WIDE)
    for column, heading in headings.items():
        sheet.write_string(0, column, safe(heading), bold)
    sheet.write_string(0, last, WHY_NOT.heading, bold)
    count = 0
    for count, (cells, why) in enumerate(rows, start=1):
        for column, value in enumerate(cells):
            _write_cell(sheet, count, column, value)
        sheet.write_string(count, last, safe(why))
    book.close()
    return count


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    """Dates, numbers and yes or no as such; everything else, formulas too, as the text that it shows."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime | date | time):
        sheet.write_datetime(row, column, value)
    else:
        sheet.write_string(row, column, safe(str(value)))
