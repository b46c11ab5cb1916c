"""What the views of this room share: finding the case, and doing a verb of a form with its refusal put on the form."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.timezone import now

from cases.models.base import may_write
from cases.participants.models import ParticipantCase
from roles.http import Request
from workflows.errors import Refusal
from workflows.lost_edits import Edited, Outdated, unless_changed
from workflows.models import Case
from workflows.views.answers import put_on
from workflows.views.forms_kept import PageForm


def participant(request: Request, pk: int) -> ParticipantCase:
    """The case of a participant that the person may read; 404 for everybody else."""
    cases = ParticipantCase.objects.visible_to(request.user, now())
    found: ParticipantCase = get_object_or_404(
        cases.select_related("person", "territory", "organisation", "programme"), pk=pk
    )
    return found


def writes_here(request: Request, case: ParticipantCase) -> bool:
    """Whether the reader records facts of this case, rather than only reads it."""
    return may_write(request.user, now()).filter(pk=case.pk).exists()


def form_page(
    request: Request, template: str, form: forms.BaseForm, context: dict[str, Any], status: int | None = None
) -> HttpResponse:
    """The page of a form: 422 when it was not accepted."""
    return render(request, template, context | {"form": form}, status=status or (422 if form.errors else 200))


@dataclass(frozen=True)
class FactPage:
    """A page on which facts of a case are recorded and corrected: its template, what is edited there, what is said when it is saved."""

    request: Request
    case: ParticipantCase
    name: str
    edited: Edited
    done: str | Promise

    @cached_property
    def kept(self) -> PageForm:
        """Its draft and its version."""
        return PageForm(self.request, f"participants:{self.name}", self.case, self.edited)

    def respond(self, form: forms.BaseForm, verb: Callable[[], Any], context: dict[str, Any]) -> HttpResponse:
        """Open the form, keep its draft, or do the verb and go on; a refusal is put on the form, a lost race shows both."""
        request, kept = self.request, self.kept
        template = f"participants/{self.name}.html"
        context = {"case": self.case, "writes": writes_here(request, self.case)} | context
        if (answered := kept.answer()) is not None:
            return answered
        if request.method != "POST":
            kept.open(form)
        context |= kept.context
        if not form.is_valid():
            return form_page(request, template, form, context)
        try:
            with unless_changed(self.edited, kept.version):
                verb()
                kept.discard()
        except Outdated as refusal:
            return kept.conflict(form, refusal, request.get_full_path())
        except Refusal as refusal:
            return form_page(request, template, form, context, status=put_on(form, refusal))
        messages.success(request, str(self.done))
        return redirect(self.case)


def save(
    request: Request,
    template: str,
    form: forms.BaseForm,
    verb: Callable[[], Any],
    context: dict[str, Any],
    *,
    done: str | Promise,
    go: str | ParticipantCase,
) -> HttpResponse:
    """Do the verb of a form that was sent, and go on; a refusal is put on the form."""
    if not form.is_valid():
        return form_page(request, template, form, context)
    try:
        verb()
    except Refusal as refusal:
        return form_page(request, template, form, context, status=put_on(form, refusal))
    messages.success(request, str(done))
    return redirect(go)


def recorded(kind: type[models.Model], case: Case) -> list[Any]:
    """When the rows of this kind about the case were written last."""
    return list(kind._default_manager.filter(case=case).order_by("pk").values_list("pk", "recorded_at"))


def anew(case: ParticipantCase) -> ParticipantCase:
    """The case as it is stored now, with nothing read before."""
    found: ParticipantCase = ParticipantCase._base_manager.select_related("person", "programme", "territory").get(
        pk=case.pk
    )
    return found
