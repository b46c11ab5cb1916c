"""Reading a workbook of participants such as institutions keep: rows to take, and what is wrong with the others.

Nothing here touches the database, and nothing in the file is trusted.
"""

from cases.workbook.headings import COLUMNS, WHY_NOT, Column, Layout
from cases.workbook.reader import BadRow, RawRows, Reading, read, read_raw
from cases.workbook.reasons import Problem, Reason, WorkbookRefused, because
from cases.workbook.rows import ParsedRow, Region

__all__ = [
    "COLUMNS",
    "WHY_NOT",
    "BadRow",
    "Column",
    "Layout",
    "ParsedRow",
    "Problem",
    "RawRows",
    "Reading",
    "Reason",
    "Region",
    "WorkbookRefused",
    "because",
    "read",
    "read_raw",
]
