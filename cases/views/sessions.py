"""Sessions: mine, a new one, who was there, called off."""

from functools import partial

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.forms import AttendanceForm, ReasonForm, SessionForm
from cases.models import Attendance, Session
from cases.sessions import cancel_session, hold_session, log_session, may_change, plan_session
from roles.http import Request
from roles.views.paging import a_page_of
from workflows.errors import Refusal
from workflows.views.answers import posted, put_on, require_form, try_to


@never_cache
@require_safe
def sessions(request: Request) -> HttpResponse:
    """The sessions that I lead: to come and to be written up on the first page, then those that are over.

    With the people whom I may read today, and no others.
    """
    seen = Attendance.objects.visible_to(request.user, now())
    mine = Session.objects.led_by(request.user).filter(pk__in=seen.values("session"))
    mine = mine.prefetch_related(Prefetch("attendances", seen.select_related("case")))
    over = a_page_of(mine.exclude(status=Session.Status.PLANNED).order_by("-starts_at", "-pk"), request)
    planned = [] if over["previous"] else list(mine.planned().order_by("starts_at", "pk"))
    context = {
        "to_write_up": [each for each in planned if each.starts_at <= now()],
        "to_come": [each for each in planned if each.starts_at > now()],
    }
    return render(request, "cases/sessions.html", context | over)


@never_cache
@require_form
def new_session(request: Request) -> HttpResponse:
    """Plan a session, or write down one that took place."""
    named = [*request.GET.getlist("case"), *request.POST.getlist("cases")]
    wanted = [int(key) for key in named if key.isascii() and key.isdigit() and len(key) < 19]
    form = SessionForm(posted(request), instance=Session(leader=request.user), by=request.user, wanted=wanted)
    status = 422 if form.errors else 200
    if form.is_valid():
        verb = log_session if form.cleaned_data["took_place"] else plan_session
        try:
            session = verb(form.instance, list(form.cleaned_data["cases"]), by=request.user, at=now())
            messages.success(request, _("The session is written down."))
            return redirect("cases:session", pk=session.pk)
        except Refusal as refusal:
            status = put_on(form, refusal)
    return render(request, "cases/new_session.html", {"form": form}, status=status)


@never_cache
@require_form
def session(request: Request, pk: int) -> HttpResponse:
    """One session: who takes part, who was there, what the recipients say."""
    found = _session(request, pk)
    attendances = _attendances(request, found)
    form = AttendanceForm(posted(request), session=found, attendances=attendances)
    status = 422 if form.errors else 200
    if form.is_valid():
        given = form.cleaned_data
        try:
            hold_session(found, by=request.user, present=form.present, hours=given["hours"], at=now())
            messages.success(request, _("Attendance is written down."))
            return redirect("cases:session", pk=pk)
        except Refusal as refusal:
            status = put_on(form, refusal)
    answered = any(each.answered_at for each in attendances)
    writes = may_change(found, by=request.user, at=now())
    context = {
        "session": found,
        "attendances": attendances,
        "form": form,
        "fields": [(each, form[there], form[own]) for each, there, own in form.rows],
        "writes": writes,
        "may_write_up": writes
        and found.status != Session.Status.CANCELLED
        and not answered
        and found.starts_at <= now(),
        "may_cancel": writes and found.status == Session.Status.PLANNED,
        "cancel_form": ReasonForm(),
    }
    return render(request, "cases/session.html", context, status=status)


@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    """Call a session off."""
    found = _session(request, pk)
    verb = partial(cancel_session, found, by=request.user, reason=request.POST.get("reason", ""), at=now())
    return try_to(request, verb, _("The session is cancelled."), request.path.removesuffix("cancel/"))


def _session(request: Request, pk: int) -> Session:
    found: Session = get_object_or_404(
        Session.objects.visible_to(request.user, now()).select_related("leader", "organisation"), pk=pk
    )
    return found


def _attendances(request: Request, session: Session) -> list[Attendance]:
    """Those of the cases that the person may read, whoever leads the session."""
    seen = Attendance.objects.visible_to(request.user, now()).filter(session=session)
    return list(seen.select_related("case").order_by("case__sort_key", "pk"))
