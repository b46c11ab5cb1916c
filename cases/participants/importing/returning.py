"""Bad rows go back to whoever sent them: as they stand, with the reasons in an added column, as text and never as a formula."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import groupby
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import structlog
import xlsxwriter
from django.utils.translation import gettext as _

from cases.participants.models import ImportProblem, ParticipantImport
from cases.workbook import WHY_NOT, read_raw
from roles.models import User
from workflows.errors import NotYou, TooLate
from workflows.exporting import IN_MEMORY, safe
from workflows.models import ExportLog

log = structlog.get_logger(__name__)

WIDE = 50


def give_back(batch: ParticipantImport, *, by: User, at: datetime) -> IO[bytes]:
    """The rows that were not taken, as a workbook for whoever uploaded them; noted under their name. Raises NotYou, TooLate."""
    if by.pk != batch.uploaded_by_id:
        raise NotYou(_("Only who uploaded a workbook gets its rows back."))
    if not batch.file or not batch.bad_rows:
        raise TooLate(_("The workbook is not kept any more."))
    sink: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the answer closes it
    try:
        with batch.file.open() as file:
            raw = read_raw(file, mapping=batch.mapping)
            count = _write(sink, raw.headings, _bad(raw.rows, _reasons(batch)))
    except BaseException:
        sink.close()
        raise
    ExportLog.objects.create(
        user=by, what=ExportLog.What.IMPORT, query=f"import={batch.pk}", shape="xlsx", rows=count, at=at
    )
    log.info("list exported", user=by.pk, list="import", rows=count, shape="xlsx")
    sink.seek(0)
    return sink


def _reasons(batch: ParticipantImport) -> Iterator[tuple[int, str]]:
    """Row by row in the order of the sheet, everything that is wrong with it."""
    problems = batch.problems.defer("value").order_by("row", "pk").iterator(chunk_size=1000)
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
