"""All cases: the list, the search, the export."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from roles.http import Request
from workflows.case_list import CaseList
from workflows.errors import Refusal
from workflows.exporting import TYPES, export_cases
from workflows.models import SavedView
from workflows.presence import recent_cases_of
from workflows.saved_views import first_of, kept_query, views_for
from workflows.search import by_identifier, by_number, is_identifier
from workflows.views.answers import answer
from workflows.views.throttling import EXPORTS, SEARCHES, throttled


@never_cache
@require_safe
def cases(request: Request) -> HttpResponse:
    """Every case that I may see, filtered and in order."""
    if any(map(is_identifier, request.GET.getlist("q"))):
        messages.info(
            request, _("Look for a number of a person in the field at the top: it must not stand in an address.")
        )
        return redirect("workflows:cases")
    if "save" in request.GET:
        query = kept_query(SavedView.List.CASES, request.GET)
        return redirect(f"{reverse('workflows:new_view')}?list=cases&{query}")
    views = views_for(request.user, SavedView.List.CASES)
    if not request.GET and (first := first_of(views, request.user)):
        return redirect(first)
    listed = CaseList(request.user, now(), request.GET)
    page = listed.page()
    context = {
        "listed": listed,
        "page": page,
        "previous": listed.address_of(page.before, "before"),
        "next": listed.address_of(page.after, "after"),
        "views": views,
        "current_view": request.GET.get("view", ""),
        "recent": recent_cases_of(request.user, now()),
        "on": localdate(),
    }
    return answer(request, "workflows/cases.html", "workflows/_cases.html", context)


@never_cache
@require_POST
@throttled(SEARCHES)
def search(request: Request) -> HttpResponse:
    """Lead to a case by its number, to the list by a name, or show what an identifier finds."""
    text = request.POST.get("q", "").strip()[:100]
    if is_identifier(text):
        found = by_identifier(text, request.user, now())
        if len(found) == 1:
            return redirect(found[0])
        return render(request, "workflows/found.html", {"found": found})
    case = by_number(text, request.user, now())
    if case is not None:
        return redirect(case)
    return redirect(f"{reverse('workflows:cases')}?{urlencode({'q': text})}" if text else "workflows:cases")


@never_cache
@require_POST
@throttled(EXPORTS)
def export(request: Request) -> HttpResponseBase:
    """The filtered list as a file."""
    shape = request.POST.get("shape", "")
    if shape not in TYPES:
        raise Http404
    listed = CaseList(request.user, now(), request.GET)
    try:
        file = export_cases(listed, by=request.user, shape=shape, at=now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(f"{reverse('workflows:cases')}?{listed.form.query}")
    name = f"spoiwo-{localdate().isoformat()}.{shape}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[shape])
