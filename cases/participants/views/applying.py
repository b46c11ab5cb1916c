"""The public application: no sign-in, plain words, few questions; it leads to a case and shows its number alone."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.participants.forms.registering import ApplicationForm
from cases.participants.registration import apply as take_in
from roles.accounts import client_ip
from workflows.buckets import Rate, take_token
from workflows.errors import Refusal
from workflows.models import Programme
from workflows.views.answers import put_on, require_form

#: How often one address may apply.
APPLICATIONS = Rate(most=10, an_hour=10)
#: Where the number of a case just applied for waits for its page.
NUMBER = "participants.applied"


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
        return redirect("participants:applied", code=code)
    if not form.is_valid():
        return _page(request, programme, form, status=422)
    try:
        case = take_in(form.person, form.place, notice_on=localdate(), at=now())
    except Refusal as refusal:
        return _page(request, programme, form, status=put_on(form, refusal))
    request.session[NUMBER] = case.number
    return redirect("participants:applied", code=code)


@login_not_required
@never_cache
@require_safe
def applied(request: HttpRequest, code: str) -> HttpResponse:
    """The application has come: its number, and what happens next. Nothing personal stands here."""
    context = {"programme": _running(code), "number": request.session.get(NUMBER, "")}
    return render(request, "participants/applied.html", context)


def _running(code: str) -> Programme:
    """The programme that takes people in today; 404 for any other."""
    today = localdate()
    programme = get_object_or_404(Programme, code=code)
    if not programme.starts_on <= today <= programme.ends_on:
        raise Http404
    return programme


def _page(request: HttpRequest, programme: Programme, form: ApplicationForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"programme": programme, "form": form, "organisations": programme.organisations.all()}
    return render(request, "participants/apply.html", context, status=status)
