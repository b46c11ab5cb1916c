"""One case: its page, its timeline, what may be asked for at any time, who is in it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from roles.http import Request
from roles.models import Mandate
from workflows import services
from workflows.case_page import CasePage
from workflows.drafts import written_in
from workflows.errors import Refusal, TooLate
from workflows.models import Case
from workflows.nodes import Whenever
from workflows.presence import note_look, note_recent
from workflows.standing import Standing
from workflows.timeline import GROUPS, timeline
from workflows.verb_forms import AssignForm
from workflows.views.answers import answer, looked_at, posted, put_on, require_form, standing_of, visible_case
from workflows.views.forms_kept import PageForm

FIRST = 10


@never_cache
@require_safe
def case(request: Request, pk: int) -> HttpResponse:
    """What a case is, where it stands, what comes next."""
    found = visible_case(request, pk)
    page = CasePage(found, standing_of(request))
    context = {
        "case": found,
        "page": page,
        "panels": found.panels(request.user),
        "history": timeline(found, request.user, at=now(), size=FIRST),
        "groups": GROUPS,
        "group": "",
    }
    return render(request, "workflows/case.html", context)


@never_cache
@require_safe
def case_timeline(request: Request, pk: int) -> HttpResponse:
    """All that happened on a case, of one group or of all, page by page."""
    found = visible_case(request, pk)
    group = request.GET.get("group", "")
    group = group if group in GROUPS else ""
    context = {
        "case": found,
        "history": timeline(found, request.user, group=group, before=request.GET.get("before", ""), at=now()),
        "groups": GROUPS,
        "group": group,
    }
    return answer(request, "workflows/case_timeline.html", "workflows/_timeline.html", context)


@require_POST
def seen(request: Request, pk: int) -> HttpResponse:
    """The page is open: the case is among my recent ones, and what it shows and what I was told of it is no longer new to me."""
    found = visible_case(request, pk)
    note_recent(found, by=request.user, at=now())
    note_look(found, by=request.user, at=looked_at(request))
    services.mark_case_read(found, by=request.user, at=now())
    return HttpResponse(status=204)


@never_cache
@require_form
def ask(request: Request, pk: int, move: str) -> HttpResponse:
    """Ask for a move that may come at any time."""
    found = visible_case(request, pk)
    node = _node_for(found, move)
    kept = PageForm(request, f"ask:{move}", found)
    if (answered := kept.answer()) is not None:
        return answered
    form = node.form(posted(request), request.FILES or None, case=found, by=request.user)
    kept.open(form)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            services.ask(found, move, by=request.user, write=form.write, at=now(), **form.terms)
            note_look(found, by=request.user, at=now())
            kept.discard()
            messages.success(
                request, _("Asked for: %(move)s. It waits for a decision.") % {"move": node.move.terms.label}
            )
            return redirect(found)
        except TooLate as refusal:
            context = {"case": found, "refusal": refusal, "written": written_in(form)}
            return render(request, "workflows/too_late.html", context, status=refusal.status)
        except Refusal as refusal:
            status = put_on(form, refusal)
    context = {"case": found, "move": node.move, "form": form, "target": found.stages(node.move.target).label}
    return render(request, "workflows/ask.html", context | kept.context, status=status)


@never_cache
@require_form
def assign(request: Request, pk: int) -> HttpResponse:
    """Name who holds a role on the case."""
    found = visible_case(request, pk)
    page = CasePage(found, standing_of(request))
    form = AssignForm(posted(request), roles=page.assignable, people=_colleagues(found, page.standing))
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            services.assign(found, by=request.user, at=now(), **form.cleaned_data)
            note_look(found, by=request.user, at=now())
            messages.success(request, _("Assigned: %(person)s.") % {"person": form.cleaned_data["to"]})
            return redirect(found)
        except Refusal as refusal:
            status = put_on(form, refusal)
    context = {"case": found, "form": form, "page": page}
    return render(request, "workflows/assign.html", context, status=status)


def _node_for(case: Case, move: str) -> Whenever:
    try:
        return case.flow_class.whenever(move)
    except KeyError:
        raise Http404 from None


def _colleagues(case: Case, standing: Standing) -> set[int]:
    """Who has a mandate that reaches the case; the service says who has which role."""
    held = Mandate.objects.in_force(standing.on).covering(case.organisation_id, case.territory)
    return set(held.filter(user__is_active=True).values_list("user_id", flat=True))
