"""Lists and boards as files: exactly what their filters show, noted under the person's name."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.timezone import localdate, now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from roles.http import Request
from workflows.case_list import CaseList
from workflows.errors import Refusal
from workflows.exported_rows import OF_THE_BOARD, rows_of_cases, rows_of_powiats, rows_of_work
from workflows.exporting import TYPES, Rows
from workflows.exporting import export as export_rows
from workflows.models import ExportLog
from workflows.views.boards import board_of, powiats_of
from workflows.views.throttling import EXPORTS, throttled
from workflows.worklists import WorkList

What = ExportLog.What


@never_cache
@require_POST
@throttled(EXPORTS)
def export(request: Request) -> HttpResponseBase:
    """All cases, filtered."""
    listed = CaseList(request.user, now(), request.GET)
    return _file(request, rows_of_cases(listed), What.CASES, listed.form.query, "workflows:cases")


@never_cache
@require_POST
@throttled(EXPORTS)
def export_work(request: Request) -> HttpResponseBase:
    """One tab of my work, filtered."""
    worklist = WorkList(request.user, localdate(), request.GET)
    return _file(request, rows_of_work(worklist), What.WORK, worklist.query, "workflows:inbox")


@never_cache
@require_POST
@throttled(EXPORTS)
def export_board(request: Request) -> HttpResponseBase:
    """One table of the board."""
    table = request.POST.get("table", "")
    board = board_of(request)
    if table not in OF_THE_BOARD:
        raise Http404
    return _file(request, OF_THE_BOARD[table](board), What.BOARD, f"table={table}", "workflows:board")


@never_cache
@require_POST
@throttled(EXPORTS)
def export_powiats(request: Request) -> HttpResponseBase:
    """The figures by powiat, hidden where the page hides them."""
    page = powiats_of(request)
    query = f"kind={page.kind.kind}{'&of=all' if page.of_all else ''}"
    return _file(request, rows_of_powiats(page), What.POWIATS, query, "workflows:powiats")


def _file(request: Request, rows: Rows, what: ExportLog.What, query: str, back: str) -> HttpResponseBase:
    shape = request.POST.get("shape", "")
    if shape not in TYPES:
        raise Http404
    try:
        file = export_rows(rows, what, by=request.user, shape=shape, at=now(), query=query)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(f"{reverse(back)}?{query}")
    name = f"spoiwo-{what}-{localdate().isoformat()}.{shape}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[shape])


urlpatterns: list[URLPattern] = [
    path("cases/export/", export, name="export"),
    path("work/export/", export_work, name="export_work"),
    path("board/export/", export_board, name="export_board"),
    path("powiats/export/", export_powiats, name="export_powiats"),
]
