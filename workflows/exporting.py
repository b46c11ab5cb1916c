"""Taking a list out of the system as a file: exactly the rows given, and a note of who took them."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Literal

import structlog
import xlsxwriter
from django.utils.translation import gettext as _

from roles.models import User
from workflows.errors import NotYet
from workflows.models import ExportLog

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

Cell = str | int | date | None
Rows = Iterable[list[Cell]]


def export(rows: Rows, what: ExportLog.What, *, by: User, shape: Shape, at: datetime, query: str = "") -> IO[bytes]:
    """The rows as a file, their headings first; noted under the person's name. Raises NotYet for too many rows."""
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the answer closes it
    try:
        write = _write_xlsx if shape == "xlsx" else _write_csv
        count = write(file, _not_too_many(rows))
    except BaseException:
        file.close()
        raise
    ExportLog.objects.create(user=by, what=what, query=query[:500], shape=shape, rows=count, at=at)
    log.info("list exported", user=by.pk, list=str(what), rows=count, shape=shape)
    file.seek(0)
    return file


def safe(value: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value


def _not_too_many(rows: Rows) -> Iterator[list[Cell]]:
    for position, row in enumerate(rows):
        if position > MOST:
            raise NotYet(_("That is more than %(most)d rows; narrow the list first.") % {"most": MOST})
        yield row


def _write_csv(file: IO[bytes], rows: Iterator[list[Cell]]) -> int:
    """With a byte-order mark and semicolons, as spreadsheets set to Polish expect."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";")
    count = -1
    for count, row in enumerate(rows):  # noqa: B007
        writer.writerow([_plain(value) for value in row])
    text.detach()
    return count


def _plain(value: Cell) -> str | int:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int) else safe(value or "")


def _write_xlsx(file: IO[bytes], rows: Iterator[list[Cell]]) -> int:
    options: dict[str, Any] = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet()
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 10, 18)
    count = -1
    for count, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(count, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
            elif isinstance(value, int):
                sheet.write_number(count, column, value)
            else:
                sheet.write_string(count, column, safe(value or ""), bold if count == 0 else None)
    book.close()
    return count
