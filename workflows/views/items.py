"""A work item: its form, its draft, and who else has it open. An approval is shown by `workflows.views.approvals`."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from roles.http import Request
from workflows.drafts import discard_draft, draft_of, restore, save_draft
from workflows.errors import NotYou, Refusal, TooLate
from workflows.models import WorkItem
from workflows.presence import note_look, note_presence, note_recent, others_at
from workflows.services import complete
from workflows.views.answers import looked_at, put_on, require_form, standing_of, visible_item
from workflows.views.approvals import approval
from workflows.views.item_page import go_on, over, surroundings, too_late


@never_cache
@require_form
def item(request: Request, pk: int) -> HttpResponse:
    """One thing to do: the form that finishes it, or the decision that it asks for."""
    found = visible_item(request, pk)
    if found.finished and request.method != "POST":
        return render(request, "workflows/item_over.html", over(request, found))
    if found.move:
        return approval(request, found)
    form = _bound(request, found) if request.method == "POST" else _opened(request, found)
    if request.method != "POST":
        return _page(request, found, form)
    if "draft" in request.POST:
        return _keep(request, found)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    return _send_on(request, found, form)


@never_cache
@require_POST
def draft(request: Request, pk: int) -> HttpResponse:
    """Keep what is written so far; the page calls it by itself."""
    found = visible_item(request, pk)
    if found.finished:
        return HttpResponse(status=TooLate.status)
    if standing_of(request).why_not(found):
        return HttpResponse(status=NotYou.status)
    save_draft(found, by=request.user, data=request.POST, at=now())
    return HttpResponse(status=204)


@require_POST
def begin_anew(request: Request, pk: int) -> HttpResponse:
    """Throw one's draft away."""
    found = visible_item(request, pk)
    discard_draft(found, by=request.user)
    messages.success(request, _("The draft is gone; the form begins anew."))
    return redirect(found)


@never_cache
@require_POST
def presence(request: Request, pk: int) -> HttpResponse:
    """The page is open; say who else has it open."""
    found = visible_item(request, pk)
    if not found.finished:
        note_presence(found, by=request.user, at=now())
    note_recent(found.case, by=request.user, at=now())
    note_look(found.case, by=request.user, at=looked_at(request))
    return render(request, "workflows/_presence.html", {"item": found, "others": others_at(found, request.user, now())})


presence.does_not_keep_awake = True  # type: ignore[attr-defined]


def _bound(request: Request, item: WorkItem) -> forms.Form:
    form: forms.Form = item.flow_task.form(request.POST, request.FILES, case=item.case, by=request.user, item=item)
    return form


def _opened(request: Request, item: WorkItem) -> forms.Form:
    """The form as it opens: what is known already, and over it one's own draft."""
    form: forms.Form = item.flow_task.form(case=item.case, by=request.user, item=item)
    kept = draft_of(item, request.user)
    if kept is not None:
        restore(form, kept)
        form.draft = kept  # type: ignore[attr-defined]
    return form


def _keep(request: Request, item: WorkItem) -> HttpResponse:
    if why_not := standing_of(request).why_not(item):
        messages.error(request, why_not)
    else:
        kept = save_draft(item, by=request.user, data=request.POST, at=now())
        time = localtime(kept.saved_at).strftime("%H:%M")
        messages.success(request, _("The draft of %(time)s is kept.") % {"time": time})
    return redirect(request.get_full_path())


def _send_on(request: Request, item: WorkItem, form: Any) -> HttpResponse:
    try:
        complete(item, by=request.user, outcome=form.way, write=form.write, **form.terms)
    except TooLate as refusal:
        return too_late(request, item, refusal, form)
    except Refusal as refusal:
        return _page(request, item, form, status=put_on(form, refusal))
    note_look(item.case, by=request.user, at=now())
    return go_on(request, item, _("Done: %(task)s, %(case)s.") % {"task": item.label, "case": item.case.number})


def _page(request: Request, item: WorkItem, form: forms.Form, status: int = 200) -> HttpResponse:
    context = surroundings(request, item) | {"form": form, "draft": getattr(form, "draft", None)}
    return render(request, "workflows/item.html", context, status=status)
