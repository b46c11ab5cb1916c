"""What stands around a work item, whatever it asks for: whose it is, what happened last, where one goes on."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from roles.http import Request
from roles.role import Role
from workflows.deciders import who_may
from workflows.drafts import written_in
from workflows.errors import TooLate
from workflows.forms import NoReason
from workflows.models import Outcome, Vote, WorkItem
from workflows.nodes.adhoc import AD_HOC, stands_aside
from workflows.presence import others_at
from workflows.services.more_time import decision_on, request_for
from workflows.services.taking import giver_of
from workflows.standing import Standing
from workflows.timeline import timeline
from workflows.views.answers import standing_of, visible_item
from workflows.worklists import WorkList

RECENTLY = 6


def surroundings(request: Request, item: WorkItem) -> dict[str, Any]:
    """Whose the item is, what may be done with it beside finishing it, what happened last."""
    standing = standing_of(request)
    why_not = standing.why_not(item)
    return {
        "item": item,
        "case": item.case,
        "standing": standing,
        "why_not": why_not,
        "deciders": who_may(item, standing.on) if why_not else [],
        "others": others_at(item, request.user, now()),
        "events": timeline(item.case, request.user, at=now(), size=RECENTLY).events,
        "returned": returned_by(item),
        "more_time": request_for(item.host) if item.node == AD_HOC and item.host else None,
    } | verbs_on(item, standing, why_not)


def returned_by(item: WorkItem) -> Vote | None:
    """The decision that sent the work back to be done again."""
    votes = Vote.objects.filter(item__in=item.previous.all(), outcome=Outcome.RETURNED)
    vote = votes.select_related("user").order_by("-cast_at").first()
    if vote is not None:
        vote.reason_label = dict(NoReason.choices).get(vote.reason, vote.reason)  # type: ignore[attr-defined]
    return vote


def verbs_on(item: WorkItem, standing: Standing, why_not: str) -> dict[str, Any]:
    """What the reader may do with the item beside finishing it."""
    is_mine = item.owner_id in standing.selves
    supervises = standing.acts_as(Role.SUPERVISOR, item.case)
    oversees = supervises or standing.acts_as(Role.COORDINATOR, item.case)
    return {
        "in_place_of": item.owner if item.owner_id in standing.stands_for else None,
        "may_claim": not item.owner_id and not why_not and item.quorum == 1,
        "is_mine": is_mine,
        "handed_by": giver_of(item) if is_mine else None,
        "may_hand_over": (is_mine or oversees) and item.quorum == 1,
        "may_prioritise": is_mine or standing.acts_as(Role.COORDINATOR, item.case),
        "may_extend": supervises and not is_mine and not item.is_statutory,
        "may_ask_for_time": is_mine and not item.is_statutory and decision_on(item) is None,
        "may_cancel": stands_aside(item) and (oversees or item.data.get("made_by") == standing.user.pk),
        "is_late": item.due is not None and item.due < standing.on,
    }


def over(request: Request, item: WorkItem) -> dict[str, Any]:
    """A finished item: who did it, and what has happened on the case last."""
    recently = timeline(item.case, request.user, at=now(), size=RECENTLY)
    return {"item": item, "case": item.case, "events": recently.events}


def too_late(request: Request, item: WorkItem, refusal: TooLate, form: forms.BaseForm) -> HttpResponse:
    """What happened meanwhile, and what the person had written: nothing of it is lost."""
    context = over(request, visible_item(request, item.pk)) | {"refusal": refusal, "written": written_in(form)}
    return render(request, "workflows/too_late.html", context, status=refusal.status)


def go_on(request: Request, item: WorkItem, said: str, otherwise: str = "") -> HttpResponse:
    """Say what was done, and lead to what comes first on the list that the person came from."""
    worklist = WorkList.of_query(request.user, localdate(), request.GET.urlencode() or otherwise)
    following = worklist.next_after(item)
    if following is None:
        messages.success(request, f"{said} {_('There is nothing more on this list.')}")
        return redirect(f"{reverse('workflows:inbox')}?{worklist.query}")
    messages.success(request, f"{said} {_('This is the next one.')}")
    return redirect(f"{following.get_absolute_url()}?{worklist.query}")
