"""What the engine's views share: finding what is visible, refusals on forms, parts for htmx, going on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.timezone import is_aware, localdate, now
from django.views.decorators.http import require_http_methods

from roles.http import Request
from workflows.errors import Refusal
from workflows.models import Case, WorkItem
from workflows.results import Results
from workflows.standing import Standing

require_form = require_http_methods(["GET", "HEAD", "POST"])


def visible_item(request: Request, pk: int) -> WorkItem:
    """The work item of a case that the person may read, with its case as its own kind; 404 for everybody else."""
    items = WorkItem.objects.visible_to(request.user, now())
    item = get_object_or_404(items.select_related("process", "territory", "owner", "asked_by"), pk=pk)
    item.process = _room(item.process)
    return item


def visible_case(request: Request, pk: int) -> Case:
    """The case as its own kind, for who may read it; 404 for everybody else."""
    return _room(get_object_or_404(Case.objects.visible_to(request.user, now()), pk=pk))


def _room(case: Case) -> Case:
    rows = case.flow_class.process_class._base_manager
    return rows.select_related("territory", "organisation", "programme").get(pk=case.pk)


def standing_of(request: Request) -> Standing:
    """Where the reader stands today."""
    return Standing.of(request.user, localdate())


def posted(request: Request) -> QueryDict | None:
    """What a form is bound to: what was sent, and nothing on a first look."""
    return request.POST if request.method == "POST" else None


def looked_at(request: Request) -> datetime:
    """The moment that the page says it was made at: what happened later has not been seen; without it, now."""
    try:
        said = datetime.fromisoformat(request.POST.get("looked_at", ""))
    except ValueError:
        return now()
    return min(said, now()) if is_aware(said) else now()


def put_on(form: forms.BaseForm, refusal: Refusal) -> int:
    """Put a refusal on the form, a line a sentence; the status that the answer has."""
    for sentence in getattr(refusal, "unmet", None) or [refusal.sentence]:
        form.add_error(None, sentence)
    return refusal.status


def answer(request: Request, page: str, part: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The whole page; for htmx the part of it that changes."""
    is_part = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    response = render(request, part if is_part else page, context | {"is_part": is_part}, status=status)
    response["Vary"] = "HX-Request, Cookie"
    return response


def try_to(request: Request, verb: Callable[[], object], done: str | Promise, go: str) -> HttpResponse:
    """Do what a button asks and go on, with the outcome in words."""
    try:
        outcome = verb()
        if isinstance(outcome, Results):
            outcome.only()
        messages.success(request, str(done))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect(go)
