"""Taking a list out of the system: exactly what its filters show, and a note of who took it."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Literal

import structlog
import xlsxwriter
from django.utils.translation import gettext as _

from roles.models import User
from workflows.case_list import CaseList
from workflows.errors import NotYet
from workflows.kinds import word_for
from workflows.models import Case, ExportLog

log = structlog.get_logger(__name__)

Shape = Literal["xlsx", "csv"]
TYPES: dict[Shape, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
#: What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST = 100_000
IN_MEMORY = 5_000_000

Cell = str | date | None


def export_cases(cases: CaseList, *, by: User, shape: Shape, at: datetime) -> IO[bytes]:
    """The list as a file, every row that its filters show; noted under the person's name. Raises NotYet for too many rows."""
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the answer closes it
    try:
        write = _write_xlsx if shape == "xlsx" else _write_csv
        count = write(file, _rows(cases))
    except BaseException:
        file.close()
        raise
    query = cases.form.query[:500]
    ExportLog.objects.create(user=by, what=ExportLog.What.CASES, query=query, shape=shape, rows=count, at=at)
    log.info("list exported", user=by.pk, list="cases", rows=count, shape=shape)
    file.seek(0)
    return file


def safe(value: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value


def _rows(cases: CaseList) -> Iterator[list[Cell]]:
    yield [
        _("Number"),
        _("Kind"),
        _("Name"),
        _("Stage"),
        _("In this stage since"),
        _("Powiat"),
        _("Organisation"),
        _("Programme"),
        _("Opened on"),
        _("Closed on"),
        _("Assigned to"),
    ]
    found = cases.cases.prefetch_related("assignments__user")
    for position, case in enumerate(found.iterator(chunk_size=1000)):
        if position >= MOST:
            raise NotYet(_("That is more than %(most)d rows; narrow the list first.") % {"most": MOST})
        yield _row(case)


def _row(case: Case) -> list[Cell]:
    return [
        case.number,
        str(word_for(case.flow_class.process_class)),
        case.title,
        case.stage_label,
        case.stage_since,
        str(case.territory),
        str(case.organisation),
        str(case.programme),
        case.opened_on,
        case.closed_on,
        ", ".join(str(each.user) for each in case.assignments.all()),
    ]


def _write_csv(file: IO[bytes], rows: Iterator[list[Cell]]) -> int:
    """With a byte-order mark and semicolons, as spreadsheets set to Polish expect."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";")
    count = -1
    for count, row in enumerate(rows):  # noqa: B007
        writer.writerow([value.isoformat() if isinstance(value, date) else safe(value or "") for value in row])
    text.detach()
    return count


def _write_xlsx(file: IO[bytes], rows: Iterator[list[Cell]]) -> int:
    options: dict[str, Any] = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet(_("Cases")[:31])
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 10, 18)
    count = -1
    for count, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(count, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
            else:
                sheet.write_string(count, column, safe(value or ""), bold if count == 0 else None)
    book.close()
    return count
