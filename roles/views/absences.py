"""Absences: one's own, and those of people one manages."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from roles import services
from roles.errors import NotAllowed
from roles.forms import AbsenceForm
from roles.http import Request
from roles.models import Absence, User, people_managed_by
from roles.views.answers import posted, refusals_on, status_of, trail_to

require_form = require_http_methods(["GET", "HEAD", "POST"])


@require_form
def my_absence(request: Request) -> HttpResponse:
    """Say when I am away and who stands in."""
    return _record(request, request.user)


@require_form
def absence_of(request: Request, pk: int) -> HttpResponse:
    """Say when somebody I manage is away and who stands in."""
    return _record(request, get_object_or_404(people_managed_by(request.user, localdate()), pk=pk))


@require_POST
def finish_absence(request: Request, pk: int) -> HttpResponse:
    """The person is back today, or an absence that has not begun is called off."""
    absence = get_object_or_404(Absence.objects.visible_to(request.user, localdate()), pk=pk)
    try:
        services.end_absence(absence, by=request.user, on=localdate())
        messages.success(request, _("The absence has ended; due work comes back."))
    except NotAllowed as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect(_back(request, absence.user_id))


def _record(request: Request, user: User) -> HttpResponse:
    form = AbsenceForm(posted(request), user=user)
    if form.is_valid():
        with refusals_on(form):
            absence = services.record_absence(user, by=request.user, **form.cleaned_data)
            messages.success(request, _("The absence is in the calendar."))
            _warn_of_gaps(request, absence)
            return redirect(_back(request, user.pk))
    context = {"form": form, "person": user, "back": _back(request, user.pk), "trail": _trail(request, user)}
    return render(request, "roles/absence_of.html", context, status=status_of(form))


def _warn_of_gaps(request: Request, absence: Absence) -> None:
    gaps = services.not_covered(absence) if absence.deputy_id else []
    if gaps:
        scopes = "; ".join(f"{each.get_role_display()}, {each.organisation}, {each.territory}" for each in gaps)
        words = _("Nobody stands in for: %(scopes)s. Record the same days again with another deputy for these.")
        messages.warning(request, words % {"scopes": scopes})


def _back(request: Request, user_id: int) -> str:
    return reverse("roles:account") if user_id == request.user.pk else reverse("roles:person", kwargs={"pk": user_id})


def _trail(request: Request, user: User) -> list[tuple[str, str]]:
    return [(_("My account and absences"), reverse("roles:account"))] if user == request.user else trail_to(user)
