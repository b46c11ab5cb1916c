"""What lists and boards are as rows of a file: headings first, then exactly what the page's filters show."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from workflows.boards import STUCK, Board, Powiats
from workflows.case_list import CaseList
from workflows.exporting import MOST, Cell
from workflows.kinds import word_for
from workflows.models import Case, WorkItem
from workflows.role_names import role_name
from workflows.small_cells import Figure
from workflows.worklists import WorkList

Rows = Iterator[list[Cell]]


def rows_of_cases(cases: CaseList) -> Rows:
    """Every case of the list, in its order, whatever columns are shown."""
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
    for case in cases.cases.prefetch_related("assignments__user").iterator(chunk_size=1000):
        yield _of_case(case)


def rows_of_work(worklist: WorkList) -> Rows:
    """Every item of the tab, in its order."""
    yield [
        _("Number"),
        _("Name"),
        _("Task"),
        _("For"),
        _("Stage"),
        _("Powiat"),
        _("Organisation"),
        _("Programme"),
        _("With"),
        _("Asked by"),
        _("Priority"),
        _("Due"),
        _("Done on"),
    ]
    items = worklist.everything(MOST + 1)
    prefetch_related_objects(items, "process__programme__parameter_values", "organisation", "asked_by")
    for item in items:
        yield _of_item(item)


def rows_of_loads(board: Board) -> Rows:
    """Who carries how much."""
    yield [_("Person"), _("Cases"), _("Open tasks"), _("Overdue"), _("Oldest deadline")]
    for load in board.loads:
        yield [str(load.user or _("nobody yet")), load.cases, load.open, load.late, load.oldest]


def rows_of_ages(board: Board) -> Rows:
    """How long cases stay in a stage."""
    yield [_("Stage"), _("Cases"), _("Median, days"), _("Longest, days")]
    for age in board.ages:
        yield [age.label, age.count, age.median, age.longest]


def rows_of_late(board: Board) -> Rows:
    """Everything that is overdue, the longest first."""
    yield [_("Number"), _("Name"), _("Task"), _("With"), _("Due")]
    for item in board.all_late.iterator(chunk_size=1000):
        yield [item.process.number, item.process.title, item.label, str(item.owner or _("nobody yet")), item.due]


#: The tables of the board, as their address calls them.
OF_THE_BOARD: dict[str, Callable[[Board], Rows]] = {
    "loads": rows_of_loads,
    "ages": rows_of_ages,
    "late": rows_of_late,
}


def rows_of_powiats(page: Powiats) -> Rows:
    """The figures as they are shown: what is hidden on the page is hidden in the file."""
    more = [_("Stuck for %(stuck_days)s days") % {"stuck_days": STUCK}, _("Due within a week")] if page.is_exact else []
    yield [_("Powiat"), *page.table.columns, _("Together"), *more]
    for powiat, figures, total, stuck, due in page.lines:
        yield [
            str(powiat),
            *(_figure(figure) for _stage, figure in figures),
            _figure(total),
            *[stuck, due][: len(more)],
        ]
    together = [page.stuck_together, page.due_together][: len(more)]
    totals, everything = page.table.totals
    yield [_("Together"), *map(_figure, totals), _figure(everything), *together]


def _figure(figure: Figure) -> Cell:
    return str(figure) if figure.is_hidden else figure.value


def _of_case(case: Case) -> list[Cell]:
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


def _of_item(item: WorkItem) -> list[Cell]:
    case: Any = item.process
    done: date | None = localdate(item.finished) if item.finished else None
    return [
        case.number,
        case.title,
        item.label,
        role_name(item.role, case.programme, kind=case.kind_name),
        case.stage_label,
        str(item.territory),
        str(item.organisation),
        str(case.programme),
        str(item.owner or ""),
        str(item.asked_by or ""),
        str(item.get_priority_display()),
        item.due,
        done,
    ]
