"""The public application: no sign-in, plain words, few questions; whoever sends it is shown a receipt that says nothing of anybody."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.participants.applications import apply as take_in
from cases.participants.applications import new_receipt
from cases.participants.forms.registering import ApplicationForm
from roles.accounts import client_ip
from workflows.buckets import Rate, take_token
from workflows.errors import Refusal
from workflows.models import Programme
from workflows.views.answers import put_on, require_form

#: How often one address may apply.
APPLICATIONS = Rate(most=10, an_hour=10)
#: Where the receipt of what was just sent waits for its page.
RECEIPT = "participants.receipt"


@login_not_required
@never_cache
@require_form
def apply(request: HttpRequest, code: str) -> HttpResponse:
    """Apply to take part in a programme."""
    programme = _running(code)
    form = ApplicationForm(request.POST if request.method == "POST" else None, programme=programme)
    if request.method != "POST":
        return _page(request, programme, form)
    if take_token("apply", client_ip(request), APPLICATIONS, at=now()):
        form.add_error(None, _("Too many applications came from here. Please try again in an hour, or telephone us."))
        return _page(request, programme, form, status=429)
    if form.is_robot:
        return _thank(request, code, new_receipt())
    if not form.is_valid():
        return _page(request, programme, form, status=422)
    try:
        application = take_in(form.person, form.place, notice_on=localdate(), at=now())
    except Refusal as refusal:
        return _page(request, programme, form, status=put_on(form, refusal))
    return _thank(request, code, application.receipt)


@login_not_required
@never_cache
@require_safe
def applied(request: HttpRequest, code: str) -> HttpResponse:
    """The application has come: its receipt, and what happens next. The same page for everybody."""
    context = {"programme": _running(code), "receipt": request.session.get(RECEIPT, "")}
    return render(request, "participants/applied.html", context)


def _thank(request: HttpRequest, code: str, receipt: str) -> HttpResponse:
    request.session[RECEIPT] = f"{receipt[:4]} {receipt[4:8]} {receipt[8:]}"
    return redirect("participants:applied", code=code)


def _running(code: str) -> Programme:
    """The programme that takes people in today; 404 for any other."""
    if "\0" in code:  # which the database would not take for text
        raise Http404
    today = localdate()
    programme = get_object_or_404(Programme, code=code)
    if not programme.starts_on <= today <= programme.ends_on:
        raise Http404
    return programme


def _page(request: HttpRequest, programme: Programme, form: ApplicationForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"programme": programme, "form": form, "organisations": programme.organisations.all()}
    return render(request, "participants/apply.html", context, status=status)
