"""Reading a workbook of participants such as institutions keep: rows to take, and what is wrong with the others.

Nothing here touches the database, and nothing in the file is trusted.
"""

from cases.workbook.headings import COLUMNS, Column, Layout
from cases.workbook.reader import BadRow, Reading, read
from cases.workbook.reasons import Problem, Reason, WorkbookRefused
from cases.workbook.rows import ParsedRow, Region

__all__ = [
    "COLUMNS",
    "BadRow",
    "Column",
    "Layout",
    "ParsedRow",
    "Problem",
    "Reading",
    "Reason",
    "Region",
    "WorkbookRefused",
    "read",
]
