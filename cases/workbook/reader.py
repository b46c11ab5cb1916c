"""From a file to rows: guarded, then streamed, never more than a handful of rows in memory."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from openpyxl import load_workbook

from cases.workbook.guard import MAX_ROWS, check
from cases.workbook.headings import FARTHEST, Layout, check_layout, find_layout
from cases.workbook.reasons import IS_DAMAGED, TOO_MANY_ROWS, Problem, WorkbookRefused
from cases.workbook.rows import ParsedRow, Region, RowReader

#: No list is wider; a cell further out is not looked at.
MAX_COLUMNS = 200
AT_ONCE = 500


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be taken, with everything that is wrong with it."""

    row: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Reading:
    """A workbook whose headings were understood; its rows are read when they are asked for, once."""

    layout: Layout
    rows: Iterator[ParsedRow | BadRow]


def read(file: IO[bytes], region: Region, *, mapping: Mapping[str, str] | None = None) -> Reading:
    """Understand the headings of the best sheet; WorkbookRefused for a file that is not such a list.

    `mapping` goes from headings as they are written to names of columns (`cases.workbook.COLUMNS`), or to "" for none.
    The file must stay open while the rows are read; they may raise WorkbookRefused too, for damage further down.
    """
    workbook, layout = _open(file, mapping)
    return Reading(layout, _rows(workbook, layout, region))


@dataclass(frozen=True)
class RawRows:
    """The same list unjudged: its headings by place, and each row's number with its values as they stand."""

    headings: dict[int, str]
    rows: Iterator[tuple[int, Sequence[Any]]]


def read_raw(file: IO[bytes], *, mapping: Mapping[str, str] | None = None) -> RawRows:
    """The rows as they stand, to give some back; WorkbookRefused as `read`. The file must stay open meanwhile."""
    workbook, layout = _open(file, mapping)
    return RawRows(layout.headings, _raw_rows(workbook, layout))


def _open(file: IO[bytes], mapping: Mapping[str, str] | None) -> tuple[Any, Layout]:
    check(file)
    workbook = _careful(lambda: load_workbook(file, read_only=True, keep_links=False))
    try:
        layouts = [_careful(lambda sheet=sheet: _layout(sheet, mapping)) for sheet in workbook.worksheets]
        layout = max(filter(None, layouts), key=lambda each: len(each.columns), default=None)
        return workbook, check_layout(layout)
    except WorkbookRefused:
        workbook.close()
        raise


def _layout(sheet: Any, mapping: Mapping[str, str] | None) -> Layout | None:
    sheet.reset_dimensions()
    top = sheet.iter_rows(max_row=FARTHEST, max_col=MAX_COLUMNS)
    with closing(top):
        return find_layout(sheet.title, ([cell.value for cell in row] for row in top), mapping)


def _raw_rows(workbook: Any, layout: Layout) -> Iterator[tuple[int, Sequence[Any]]]:
    first = layout.row + 1
    with closing(workbook):
        rows = workbook[layout.sheet].iter_rows(
            min_row=first, max_row=layout.row + MAX_ROWS, max_col=layout.width, values_only=True
        )
        yield from enumerate(rows, start=first)


def _rows(workbook: Any, layout: Layout, region: Region) -> Iterator[ParsedRow | BadRow]:
    reader = RowReader(layout, region)
    width = max(layout.columns) + 1
    last = layout.row + MAX_ROWS
    with closing(workbook):
        sheet = workbook[layout.sheet]
        cells = enumerate(sheet.iter_rows(max_row=last + 1, max_col=width), start=1)
        while chunk := _careful(lambda: list(islice(cells, AT_ONCE))):
            for number, row in chunk:
                if number <= layout.row or not _says_something(row):
                    continue
                if number > last:
                    raise WorkbookRefused(TOO_MANY_ROWS, rows=MAX_ROWS)
                parsed = reader.read(number, row)
                yield BadRow(number, tuple(parsed)) if isinstance(parsed, list) else parsed


def _says_something(row: Sequence[Any]) -> bool:
    return any(cell.value is not None and str(cell.value).strip() for cell in row)


def _careful(work: Any) -> Any:
    """Do what the library does, quietly; whatever a hostile file makes it raise means that the file is damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return work()
    except WorkbookRefused:
        raise
    except Exception as error:
        raise WorkbookRefused(IS_DAMAGED) from error
