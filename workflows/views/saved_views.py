"""Saved views: keep the list as it is under a name, and forget it again."""

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from roles.http import Request
from workflows.columns import remember
from workflows.models import SavedView
from workflows.saved_views import kept_query, save_view
from workflows.verb_forms import SavedViewForm
from workflows.views.answers import posted, require_form


@require_form
def new_view(request: Request) -> HttpResponse:
    """Give the list, as its filters stand, a name."""
    of = request.GET.get("list", "")
    if of not in SavedView.List.values:
        raise Http404
    view = SavedView(owner=request.user, list=of, query=kept_query(SavedView.List(of), request.GET))
    form = SavedViewForm(posted(request), instance=view, by=request.user)
    if form.is_valid():
        save_view(form.save(commit=False), by=request.user)
        messages.success(request, _("The view is kept as a tab."))
        return redirect(view)
    return render(request, "workflows/new_view.html", {"form": form, "view": view}, status=422 if form.errors else 200)


@require_POST
def columns(request: Request) -> HttpResponse:
    """Let a list open for me with these columns, in this order; the filters of the address stay, its own columns and order go."""
    of = request.POST.get("list", "")
    if of not in SavedView.List.values:
        raise Http404
    remember(of, by=request.user, columns=request.POST.getlist("column"), sort=request.POST.get("sort", ""))
    messages.success(request, _("The list opens like this from now on."))
    query = QueryDict(kept_query(SavedView.List(of), QueryDict(request.POST.get("query", ""))), mutable=True)
    for name in ("columns", "sort"):
        query.pop(name, None)
    page = "workflows:inbox" if of == SavedView.List.WORK else "workflows:cases"
    return redirect(f"{reverse(page)}?{query.urlencode()}" if query else page)


@require_POST
def delete_view(request: Request, pk: int) -> HttpResponse:
    """Forget a view of one's own making."""
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    page = "workflows:inbox" if view.list == SavedView.List.WORK else "workflows:cases"
    view.delete()
    messages.success(request, _("The view is gone."))
    return redirect(page)
