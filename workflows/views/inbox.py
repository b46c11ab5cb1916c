"""My work: one list under five tabs, and verbs on many of its items."""

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from roles.http import Request
from workflows.beside_work import beside_work_of
from workflows.doors import doors_for
from workflows.models import SavedView
from workflows.saved_views import first_of, kept_query, views_for
from workflows.views.answers import answer
from workflows.worklists import WorkList


@never_cache
@require_safe
def inbox(request: Request) -> HttpResponse:
    """What I have to do, may take, wait for and have done."""
    worklist = WorkList(request.user, localdate(), request.GET)
    if "save" in request.GET:
        query = kept_query(SavedView.List.WORK, request.GET, worklist.layout)
        return redirect(f"{reverse('workflows:new_view')}?list=work&{query}")
    views = views_for(request.user, SavedView.List.WORK)
    if not request.GET and (first := first_of(views, request.user)):
        return redirect(first)
    page = worklist.page()
    worklist.name_who_can(page.items)
    prefetch_related_objects(page.items, "process__programme__parameter_values", *worklist.beside)
    context = {
        "worklist": worklist,
        "page": page,
        "previous": worklist.address_of(page.before, "before"),
        "next": worklist.address_of(page.after, "after"),
        "views": views,
        "current_view": request.GET.get("view", ""),
        "doors": doors_for(request.user, worklist.on),
        "on": worklist.on,
        "beside": [] if request.headers.get("HX-Request") else beside_work_of(request.user, now()),
    }
    return answer(request, "workflows/inbox.html", "workflows/_worklist.html", context)
