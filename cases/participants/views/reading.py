"""What one reads of a participant: the way to open work, the plan, the hours, and what is masked until a reason is given."""

from datetime import date, timedelta

from django.contrib import messages
from django.db import models
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.models import Convictions, Criterion, ImportedRemark, PrivateBarriers, SensitiveAnswers
from cases.participants.models import ParticipantCase, Plan
from cases.participants.plans import APPROVES_THE_PLAN, plan_in_force
from cases.participants.views.answers import participant
from cases.people import read_restricted, reveal_identifier, reveal_pesel
from cases.sessions import monthly_hours
from roles.http import Request
from workflows.case_page import CasePage
from workflows.errors import Refusal
from workflows.models import WorkItem
from workflows.standing import Standing
from workflows.views.throttling import REVEALS, throttled

#: What stands behind the doors that a reason opens: a table of special-category data each.
RESTRICTED: dict[str, type[models.Model]] = {
    "criteria": Criterion,
    "answers": SensitiveAnswers,
    "convictions": Convictions,
    "barriers": PrivateBarriers,
    "remarks": ImportedRemark,
}
WAITS_FOR_APPROVAL = ("approve_plan", "change_of_plan", "change_of_plan_in_incubation")
ONE_DAY = timedelta(days=1)
#: Of which a statement can be asked for; beyond, a calendar has no month before or after.
YEARS = range(1990, 2100)


@require_safe
def eligibility(request: Request, pk: int) -> HttpResponse:
    """Where eligibility is checked: the open item, else the case."""
    return _to_open_item(participant(request, pk), "check_eligibility", "wait_for_place", "bring_supplement")


@require_safe
def recommendation(request: Request, pk: int) -> HttpResponse:
    """Where the recommendation is made or confirmed."""
    return _to_open_item(participant(request, pk), "confirm_recommendation", "give_opinion", "recommend")


@never_cache
@require_safe
def plan(request: Request, pk: int) -> HttpResponse:
    """The plan in force, fit for printing, and its earlier versions; where it is agreed, if that is open."""
    case = participant(request, pk)
    plans = list(
        Plan.objects.filter(case=case).prefetch_related("actions").select_related("recorded_by").order_by("-version")
    )
    wanted = request.GET.get("version", "")
    in_force = plan_in_force(plans, case.stage_changes.all())
    latest = plans[0] if plans else None
    askable = CasePage(case, Standing.of(request.user, localdate())).askable
    context = {
        "case": case,
        "plan": next((each for each in plans if str(each.version) == wanted), in_force or latest),
        "plans": plans,
        "in_force": in_force,
        "proposed": latest if _open_item(case, *WAITS_FOR_APPROVAL) else None,
        "item": _open_item(case, "agree_plan"),
        "change": next((move for move in askable if move.name in APPROVES_THE_PLAN), None),
    }
    return render(request, "participants/plan.html", context)


@never_cache
@require_safe
def progress(request: Request, pk: int) -> HttpResponse:
    """How it went, in the words of those who work with the person: reviews, recommendations, what was asked for, appeals."""
    case = participant(request, pk)
    recommendations = list(case.recommendations.select_related("opinion__recorded_by", "recorded_by").order_by("-pk"))
    context = {
        "case": case,
        "reviews": case.reviews.select_related("recorded_by").order_by("-until", "-pk"),
        "recommendations": [(each, getattr(each, "opinion", None)) for each in recommendations],
        "supplements": case.supplements.select_related("recorded_by").order_by("-asked_on", "-pk"),
        "appeals": case.appeals.select_related("recorded_by").order_by("-received_on", "-pk"),
    }
    return render(request, "participants/progress.html", context)


@never_cache
@require_safe
def hours(request: Request, pk: int) -> HttpResponse:
    """The statement of one month: every session, hours by kind."""
    case = participant(request, pk)
    first = _month(request.GET.get("month", ""))
    statement = monthly_hours(case, first.year, first.month)
    context = {
        "case": case,
        "month": first,
        "statement": statement,
        "before": (first - ONE_DAY).strftime("%Y-%m"),
        "after": (first + timedelta(days=32)).strftime("%Y-%m"),
    }
    return render(request, "participants/hours.html", context)


@never_cache
@require_POST
@throttled(REVEALS)
def reveal(request: Request, pk: int, what: str) -> HttpResponse:
    """Show the whole number, once, to somebody who says why; the reading is logged."""
    case = participant(request, pk)
    verb = {"pesel": reveal_pesel, "identifier": reveal_identifier}.get(what)
    if verb is None:
        raise Http404
    try:
        number = verb(case.person, by=request.user, reason=request.POST.get("reason", ""), at=now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(case)
    return render(request, "participants/revealed.html", {"case": case, "what": what, "number": number})


@never_cache
@require_POST
@throttled(REVEALS)
def restricted(request: Request, pk: int, what: str) -> HttpResponse:
    """Show special-category facts to a role that may read them and says why; the reading is logged."""
    case = participant(request, pk)
    if what not in RESTRICTED:
        raise Http404
    try:
        rows = read_restricted(RESTRICTED[what], case, by=request.user, reason=request.POST.get("reason", ""), at=now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(case)
    if what == "criteria":
        models.prefetch_related_objects(rows, "document")
    return render(request, "participants/restricted.html", {"case": case, "what": what, "rows": rows})


def _to_open_item(case: ParticipantCase, *nodes: str) -> HttpResponse:
    return redirect(_open_item(case, *nodes) or case)


def _open_item(case: ParticipantCase, *nodes: str) -> WorkItem | None:
    return WorkItem.objects.human().open().filter(process=case, node__in=nodes).order_by("pk").first()


def _month(text: str) -> date:
    """The first day of the month named as 2026-03; of this month when nothing sensible is named."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return localdate().replace(day=1)
    return first if first.year in YEARS else localdate().replace(day=1)
