"""Whose work it is: take it, put it back, put it off, hand it over, say how pressing it is, give more time."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from roles.http import Request
from workflows import services
from workflows.deciders import who_may
from workflows.errors import Refusal
from workflows.lifecycle import Text
from workflows.models import WorkItem
from workflows.services.more_time import ask_for_time, decision_on, extend, request_for
from workflows.verb_forms import DelegateForm, ExtensionForm, PriorityForm, SnoozeForm
from workflows.views.answers import posted, put_on, require_form, try_to, visible_item


@require_POST
def claim(request: Request, pk: int) -> HttpResponse:
    """Take the item: it is mine to do."""
    item = visible_item(request, pk)
    verb = lambda: services.claim([item], by=request.user, at=now())  # noqa: E731
    return try_to(request, verb, _("It is yours now."), _to(request, item))


@require_POST
def release(request: Request, pk: int) -> HttpResponse:
    """Put it back for others to take."""
    item = visible_item(request, pk)
    verb = lambda: services.release([item], by=request.user, at=now())  # noqa: E731
    return try_to(request, verb, _("It is back among what may be taken."), _to(request, item))


@require_POST
def hand_back(request: Request, pk: int) -> HttpResponse:
    """Give it back to the colleague who handed it over."""
    item = visible_item(request, pk)
    verb = lambda: services.hand_back([item], by=request.user, at=now())  # noqa: E731
    return try_to(request, verb, _("It is handed back."), _to(request, item))


@require_POST
def wake(request: Request, pk: int) -> HttpResponse:
    """Have it back on the list at once."""
    item = visible_item(request, pk)
    verb = lambda: services.snooze([item], by=request.user, until=None, at=now())  # noqa: E731
    return try_to(request, verb, _("It is on your list again."), _to(request, item))


@dataclass(frozen=True)
class Asked:
    """A verb that asks something: its words, its form, and what it does with the answer."""

    title: Text
    submit: Text
    done: Text
    verb: Callable[..., object]


SNOOZE = Asked(
    _("Put off"), _("Put off"), _("It is put off."), lambda item, **said: services.snooze([item], **said).only()
)
DELEGATE = Asked(
    _("Hand over"),
    _("Hand over"),
    _("It is handed over."),
    lambda item, **said: services.delegate([item], **said).only(),
)
PRIORITISE = Asked(
    _("Priority"),
    _("Set the priority"),
    _("The priority is set."),
    lambda item, **said: services.prioritise([item], **said).only(),
)
EXTEND = Asked(_("More time"), _("Give more time"), _("The deadline has moved."), extend)
ASK_FOR_TIME = Asked(
    _("Ask for more time"), _("Ask for more time"), _("More time is asked for; a supervisor decides."), ask_for_time
)


@never_cache
@require_form
def snooze(request: Request, pk: int) -> HttpResponse:
    """Put it off to a later day."""
    item = visible_item(request, pk)
    return _ask(request, item, SnoozeForm(posted(request)), SNOOZE)


@never_cache
@require_form
def delegate(request: Request, pk: int) -> HttpResponse:
    """Hand it over to a colleague who may do it."""
    item = visible_item(request, pk)
    people = [decider.user.pk for decider in who_may(item, localdate(), whoever_has_it=True)]
    form = DelegateForm(posted(request), people=[pk for pk in people if pk != item.owner_id])
    return _ask(request, item, form, DELEGATE)


@never_cache
@require_form
def prioritise(request: Request, pk: int) -> HttpResponse:
    """Say how pressing it is."""
    item = visible_item(request, pk)
    return _ask(request, item, PriorityForm(posted(request), initial={"priority": item.priority}), PRIORITISE)


@never_cache
@require_form
def give_time(request: Request, pk: int) -> HttpResponse:
    """Give it more working days."""
    item = visible_item(request, pk)
    asked = request_for(item) if decision_on(item) else None
    wanted = {"working": asked.working_days, "reason": asked.reason} if asked else {}
    return _ask(request, item, ExtensionForm(posted(request), initial=wanted), EXTEND)


@never_cache
@require_form
def ask_time(request: Request, pk: int) -> HttpResponse:
    """Ask for more working days than it has."""
    item = visible_item(request, pk)
    return _ask(request, item, ExtensionForm(posted(request)), ASK_FOR_TIME)


def _ask(request: Request, item: WorkItem, form: forms.Form, asked: Asked) -> HttpResponse:
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            asked.verb(item, by=request.user, at=now(), **form.cleaned_data)
            messages.success(request, str(asked.done))
            return redirect(_to(request, item))
        except Refusal as refusal:
            status = put_on(form, refusal)
    context = {"item": item, "case": item.case, "form": form, "asked": asked, "back": _to(request, item)}
    return render(request, "workflows/item_verb.html", context, status=status)


def _to(request: Request, item: WorkItem) -> str:
    """Back to the item, on the list that the person came from."""
    query = request.GET.urlencode()
    return f"{item.get_absolute_url()}?{query}" if query else item.get_absolute_url()
