"""Verbs on many items: a preview with what the verb asks, then how far the workers are, each row with its result."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from roles.http import Request
from roles.models import Mandate
from roles.views.paging import a_page_of
from workflows.errors import Refusal
from workflows.models import BulkRow, BulkRun, WorkItem
from workflows.services.bulk import MOST, begin_bulk, stop_bulk, undo_bulk
from workflows.verb_forms import BULK_FORMS, DelegateForm
from workflows.views.answers import put_on
from workflows.worklists import WorkList

SHOWN = 50


@never_cache
@require_POST
def bulk(request: Request) -> HttpResponse:
    """What is to be done to which items; begun when it is confirmed."""
    verb = request.POST.get("do", "")
    if verb not in BULK_FORMS:
        raise Http404
    items = _picked(request)
    form = _form(request, verb, items)
    status = 422 if form.errors else 200
    if "confirmed" in request.POST and form.is_valid():
        try:
            return redirect(begin_bulk(BulkRun.Verb(verb), items, by=request.user, at=now(), terms=terms_of(form)))
        except Refusal as refusal:
            status = put_on(form, refusal)
    elif not items:
        messages.info(request, _("Nothing was picked."))
        return redirect(f"{reverse('workflows:inbox')}?{request.POST.get('query', '')}")
    context = {
        "form": form,
        "verb": verb,
        "label": capfirst(BulkRun.Verb(verb).label),
        "items": items[:SHOWN],
        "count": len(items),
        "more": max(len(items) - SHOWN, 0),
        "query": request.POST.get("query", ""),
        "everything": "everything" in request.POST,
        "keys": [item.pk for item in items] if "everything" not in request.POST else [],
        "too_many": len(items) > MOST,
        "most": MOST,
    }
    return render(request, "workflows/bulk.html", context, status=status)


@never_cache
@require_safe
def bulk_runs(request: Request) -> HttpResponse:
    """What I have done to many items at once, the latest first, with what came of it."""
    mine = BulkRun.objects.filter(user=request.user).order_by("-pk")
    for_each = {state: Count("rows", filter=Q(rows__state=state)) for state in BulkRow.State.values}
    return render(
        request, "workflows/bulk_runs.html", a_page_of(mine.annotate(**for_each, total=Count("rows")), request)
    )


@never_cache
@require_safe
def bulk_run(request: Request, pk: int) -> HttpResponse:
    """How far it has come, and the result of each row that one may still read, those refused first."""
    run = _mine(request, pk)
    seen = WorkItem.objects.visible_to(request.user, now())
    rows = list(run.rows.filter(item__in=seen).select_related("item__process").order_by("pk"))
    rows.sort(key=lambda row: row.state != BulkRow.State.REFUSED)
    context = {"run": run, "rows": rows, "may_undo": run.may_be_undone(now()), "is_given_up": run.is_given_up}
    return render(request, "workflows/bulk_run.html", context | _counts(run))


@never_cache
@require_safe
def bulk_progress(request: Request, pk: int) -> HttpResponse:
    """How far it is, for the bar that asks again and again; once it is over the whole page comes anew."""
    run = _mine(request, pk)
    if not request.headers.get("HX-Request"):
        return redirect(run)
    response = render(request, "workflows/_bulk_progress.html", {"run": run} | _counts(run))
    if run.ended_at is not None:
        response["HX-Refresh"] = "true"
    return response


bulk_progress.does_not_keep_awake = True  # type: ignore[attr-defined]


@require_POST
def bulk_stop(request: Request, pk: int) -> HttpResponse:
    """Leave the rest undone."""
    return _and_back(request, lambda run: stop_bulk(run, at=now()), pk)


@require_POST
def bulk_undo(request: Request, pk: int) -> HttpResponse:
    """Give everything back to whom it belonged."""
    return _and_back(request, lambda run: undo_bulk(run, at=now()), pk)


def _and_back(request: Request, verb: Any, pk: int) -> HttpResponse:
    run = _mine(request, pk)
    try:
        verb(run)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect(run)


def _counts(run: BulkRun) -> dict[str, Any]:
    counts = dict.fromkeys(BulkRow.State.values, 0)
    counts |= dict(run.rows.values_list("state").annotate(Count("pk")).order_by())
    total = sum(counts.values())
    return {"counts": counts, "total": total, "past": total - counts[BulkRow.State.WAITING]}


def _mine(request: Request, pk: int) -> BulkRun:
    return get_object_or_404(BulkRun, pk=pk, user=request.user)


def _picked(request: Request) -> list[WorkItem]:
    """The items whose boxes were ticked, or everything that the list's filters match; never what one may not see."""
    if "everything" in request.POST:
        return WorkList.of_query(request.user, localdate(), request.POST.get("query", "")).everything(MOST + 1)
    named = request.POST.getlist("item")
    keys = [int(key) for key in named if key.isascii() and key.isdigit() and len(key) < 19][: MOST + 1]
    found = WorkItem.objects.visible_to(request.user, now()).open().filter(pk__in=keys)
    return list(found.select_related("process", "owner", "territory").oldest_first())


def _form(request: Request, verb: str, items: list[WorkItem]) -> forms.Form:
    data = request.POST if "confirmed" in request.POST else None
    if verb == BulkRun.Verb.DELEGATE:
        return DelegateForm(data, people=_who_may_do_any(items))
    return BULK_FORMS[verb](data)


def _who_may_do_any(items: list[WorkItem]) -> set[int]:
    """Those who hold the role of one of the items for its organisation; the service says who may not have which."""
    held = Mandate.objects.in_force(localdate()).filter(user__is_active=True)
    organisations = {item.organisation_id for item in items}
    held = held.filter(role__in={item.role for item in items}, organisation__in=organisations)
    return set(held.values_list("user_id", flat=True))


def terms_of(form: forms.Form) -> dict[str, Any]:
    """What the form says, as the run keeps it."""
    return {name: _plain(value) for name, value in form.cleaned_data.items()}


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return getattr(value, "pk", value)
