"""All cases: the list, and the search."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from roles.http import Request
from workflows.case_list import CaseList
from workflows.models import SavedView
from workflows.presence import recent_cases_of
from workflows.saved_views import first_of, kept_query, views_for
from workflows.search import by_identifier, by_number, is_identifier
from workflows.views.answers import answer
from workflows.views.throttling import SEARCHES, throttled


@never_cache
@require_safe
def cases(request: Request) -> HttpResponse:
    """Every case that I may see, filtered and in order."""
    if any(map(is_identifier, request.GET.getlist("q"))):
        messages.info(
            request, _("Look for a number of a person in the field at the top: it must not stand in an address.")
        )
        return redirect("workflows:cases")
    listed = CaseList(request.user, now(), request.GET)
    if "save" in request.GET:
        query = kept_query(SavedView.List.CASES, request.GET, listed.layout)
        return redirect(f"{reverse('workflows:new_view')}?list=cases&{query}")
    views = views_for(request.user, SavedView.List.CASES)
    if not request.GET and (first := first_of(views, request.user)):
        return redirect(first)
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
