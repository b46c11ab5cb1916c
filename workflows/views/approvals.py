"""Approvals: one with everything an approver needs on a page, and many at once."""

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from roles.http import Request
from workflows.about_cases import doers_in_this_stage
from workflows.approval_page import ApprovalPage
from workflows.deciders import barred_by_now
from workflows.errors import Refusal, TooLate
from workflows.facts import Facts
from workflows.forms import DecisionForm
from workflows.models import BulkRun, Outcome, WorkItem
from workflows.presence import note_look
from workflows.services import decide_many
from workflows.services.bulk import MOST, begin_bulk
from workflows.together import Together
from workflows.views.answers import put_on, require_form, standing_of, visible_item
from workflows.views.bulk import terms_of
from workflows.views.item_page import go_on, surroundings, too_late


@never_cache
@require_POST
def decide(request: Request, pk: int) -> HttpResponse:
    """Approve, return or refuse."""
    item = visible_item(request, pk)
    if not item.move:
        raise Http404
    form = DecisionForm(request.POST, outcomes=item.flow_task.ways)
    if not form.is_valid():
        return approval(request, item, form, status=422)
    try:
        decided = decide_many([item], by=request.user, **form.cleaned_data).only()
    except TooLate as refusal:
        return too_late(request, item, refusal, form)
    except Refusal as refusal:
        return approval(request, item, form, status=put_on(form, refusal))
    note_look(item.case, by=request.user, at=now())
    return go_on(request, item, _said(decided), otherwise=f"tab=queue&node={item.node}")


def approval(request: Request, item: WorkItem, form: forms.Form | None = None, status: int = 200) -> HttpResponse:
    """The page of one approval."""
    Facts.load([item.case], item.case.move(item.move).needs)
    item.barred = barred_by_now(item, doers_in_this_stage([item.process_id])[item.process_id])
    context = surroundings(request, item)
    page = ApprovalPage(item, context["standing"], now())
    proposed = {"effective_on": item.effective_on or page.standing.on}
    context |= {"page": page, "form": form or DecisionForm(initial=proposed, outcomes=item.flow_task.ways)}
    return render(request, "workflows/approval.html", context, status=status)


@never_cache
@require_form
def together(request: Request) -> HttpResponse:
    """Many approvals of one move at once: those without a warning; the others are listed with theirs."""
    page = Together(standing_of(request), request.GET, now())
    if page.move is None:
        return render(request, "workflows/together_moves.html", {"page": page})
    form = DecisionForm(request.POST or None, outcomes=page.outcomes)
    status = 422 if form.errors else 200
    if form.is_valid():
        everything = "everything" in request.POST
        picked = page.everything(MOST + 1) if everything else page.picked(request.POST.getlist("item"))
        terms = terms_of(form) | {"cohort": request.GET.get("move", "")}
        try:
            return redirect(begin_bulk(BulkRun.Verb.DECIDE, picked, by=request.user, at=now(), terms=terms))
        except Refusal as refusal:
            status = put_on(form, refusal)
    return render(request, "workflows/together.html", {"page": page, "form": form}, status=status)


def _said(item: WorkItem) -> str:
    words = {"task": item.label, "case": item.case.number}
    if item.finished is None:
        return _("Your vote on %(task)s, %(case)s, is recorded; another person must approve too.") % words
    return {
        Outcome.APPROVED: _("Approved: %(task)s, %(case)s."),
        Outcome.RETURNED: _("Returned: %(task)s, %(case)s."),
        Outcome.REFUSED: _("Refused: %(task)s, %(case)s."),
    }[Outcome(item.outcome)] % words
