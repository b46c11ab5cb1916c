"""What is done to a whole case: put on hold, take a move back, reopen, add a task by hand."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from roles.http import Request
from workflows.errors import Refusal
from workflows.lifecycle import Text
from workflows.models import Case, Hold
from workflows.services.adhoc import add_item, cancel_item
from workflows.services.holds import correct_hold, end_hold, put_on_hold, withdraw_hold
from workflows.services.reverting import reopen, revert_last_move, what_revert_takes_back
from workflows.verb_forms import AddItemForm, EndHoldForm, HoldForm, ReasonForm, TakeBackForm
from workflows.views.answers import posted, put_on, require_form, visible_case, visible_item


@never_cache
@require_form
def hold(request: Request, pk: int) -> HttpResponse:
    """Put the case on hold."""
    found = visible_case(request, pk)
    words = (_("Put on hold"), _("Put on hold"), _("The case is on hold; internal deadlines stand still."))
    return _do(request, found, HoldForm(posted(request)), words, lambda **said: put_on_hold(found, **said))


@never_cache
@require_form
def end_of_hold(request: Request, pk: int) -> HttpResponse:
    """Say which day is the last on hold."""
    found = visible_case(request, pk)
    words = (_("End the hold"), _("End the hold"), _("The hold has its last day; deadlines go on."))
    return _do(request, found, EndHoldForm(posted(request)), words, lambda **said: end_hold(found, **said))


@never_cache
@require_form
def correct(request: Request, pk: int, hold: int) -> HttpResponse:
    """Put the right days or reason in place of a hold."""
    found = visible_case(request, pk)
    wrong = _standing_hold(found, hold)
    known = {name: getattr(wrong, name) for name in ("reason", "starts_on", "ends_on", "note")}
    words = (_("Correct the hold"), _("Correct"), _("The hold is corrected; deadlines are computed anew."))
    form = HoldForm(posted(request), initial=known)
    return _do(request, found, form, words, lambda **said: correct_hold(wrong, **said))


@never_cache
@require_form
def withdraw(request: Request, pk: int, hold: int) -> HttpResponse:
    """Take back a hold that should never have been."""
    found = visible_case(request, pk)
    wrong = _standing_hold(found, hold)
    words = (_("Take the hold back"), _("Take it back"), _("The hold counts no more; deadlines are computed anew."))
    return _do(request, found, forms.Form(posted(request)), words, lambda **said: withdraw_hold(wrong, **said))


@never_cache
@require_form
def revert(request: Request, pk: int) -> HttpResponse:
    """Take the last move back, having seen what that takes back."""
    found = visible_case(request, pk)
    words = (_("Take the last move back"), _("Take it back"), _("The last move is taken back."))
    return _take_back(request, found, words, lambda **said: revert_last_move(found, **said))


@never_cache
@require_form
def open_again(request: Request, pk: int) -> HttpResponse:
    """Reopen a closed case, having seen what that takes back."""
    found = visible_case(request, pk)
    words = (_("Reopen the case"), _("Reopen"), _("The case is open again."))
    return _take_back(request, found, words, lambda **said: reopen(found, **said))


@never_cache
@require_form
def add_task(request: Request, pk: int) -> HttpResponse:
    """Put a task on the case that its flow did not foresee."""
    found = visible_case(request, pk)
    words = (_("Add a task"), _("Add the task"), _("The task is on the case."))
    form = AddItemForm(posted(request), case=found, on=localdate())
    return _do(request, found, form, words, lambda **said: add_item(found, **said))


@never_cache
@require_form
def cancel_task(request: Request, pk: int) -> HttpResponse:
    """Cancel a task made by hand."""
    item = visible_item(request, pk)
    words = (_("Cancel the task"), _("Cancel the task"), _("The task is cancelled."))
    form = ReasonForm(posted(request))
    return _do(request, item.case, form, words, lambda **said: cancel_item(item, **said), item=item)


def _take_back(
    request: Request, case: Case, words: tuple[Text, Text, Text], verb: Callable[..., object]
) -> HttpResponse:
    """The verb with what it would take back; confirmed, it takes back that and nothing else."""
    effects = what_revert_takes_back(case)
    form = TakeBackForm(posted(request), last=effects.change.seq if effects else None)
    return _do(request, case, form, words, verb, effects=effects)


def _do(
    request: Request,
    case: Case,
    form: forms.Form,
    words: tuple[Text, Text, Text],
    verb: Callable[..., object],
    **context: Any,
) -> HttpResponse:
    """Show the form of a verb; when it is sent and accepted, do it and go back to the case."""
    title, submit, done = words
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            verb(by=request.user, at=now(), **form.cleaned_data)
            messages.success(request, str(done))
            return redirect(case)
        except Refusal as refusal:
            status = put_on(form, refusal)
    context |= {"case": case, "form": form, "title": title, "submit": submit}
    return render(request, "workflows/case_verb.html", context, status=status)


def _standing_hold(case: Case, pk: int) -> Hold:
    return get_object_or_404(Hold.objects.standing().filter(case=case), pk=pk)
