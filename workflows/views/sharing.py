"""The exceptions: a case shared with somebody, the glass broken in an emergency, and the officer who looks at that."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from roles.http import Request
from roles.role import Role
from workflows.errors import NotYet, Refusal
from workflows.models import Case, CaseGrant
from workflows.services.sharing import (
    NOBODY_TO_SHARE_WITH,
    end_share,
    open_in_emergency,
    refuse_to_share,
    review,
    share,
    whoever_is_called,
)
from workflows.verb_forms import EmergencyForm, ReviewForm, ShareForm
from workflows.views.answers import posted, put_on, require_form, try_to, visible_case

#: How many emergencies a page shows, the latest first.
SHOWN = 100


@never_cache
@require_form
def share_case(request: Request, pk: int) -> HttpResponse:
    """Let somebody read the case up to a day; below, with whom it is shared."""
    found = visible_case(request, pk)
    form = ShareForm(posted(request))
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            grant = _share(request, found, **form.cleaned_data)
            messages.success(request, _("Shared with %(person)s.") % {"person": grant.user})
            return redirect(found)
        except Refusal as refusal:
            status = put_on(form, refusal)
    grants = CaseGrant.objects.in_force(now()).filter(content_object=found).select_related("user", "given_by")
    return render(request, "workflows/share_case.html", {"case": found, "form": form, "grants": grants}, status=status)


def _share(request: Request, case: Case, *, with_user: str, until: date, reason: str) -> CaseGrant:
    """Look nobody up for who may not share."""
    refuse_to_share(case, by=request.user, at=now())
    person = whoever_is_called(with_user)
    if person is None:
        raise NotYet(str(NOBODY_TO_SHARE_WITH))
    return share(case, by=request.user, with_user=person, until=until, reason=reason, at=now())


@require_POST
def end_sharing(request: Request, pk: int) -> HttpResponse:
    """End a share now."""
    mine = Case.objects.visible_to(request.user, now())
    grant = get_object_or_404(CaseGrant.objects.filter(content_object__in=mine).select_related("content_object"), pk=pk)
    verb = lambda: end_share(grant, by=request.user, at=now())  # noqa: E731
    return try_to(
        request, verb, _("The case is shared with this person no more."), grant.content_object.get_absolute_url()
    )


@never_cache
@require_form
def emergency(request: Request) -> HttpResponse:
    """Open one case to myself for three hours, by its number and a reason; the data-protection officer is told."""
    form = EmergencyForm(posted(request))
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            said = form.cleaned_data
            grant = open_in_emergency(said["case"], by=request.user, reason=said["reason"], at=now())
            messages.warning(
                request, _("The case is open to you for three hours. Those who watch over such access were told.")
            )
            return redirect(grant.content_object.get_absolute_url())
        except Refusal as refusal:
            status = put_on(form, refusal)
    return render(request, "workflows/emergency.html", {"form": form}, status=status)


@never_cache
@require_safe
def emergencies(request: Request) -> HttpResponse:
    """Emergency accesses: those that wait for my review as data-protection officer, and what was found of the others."""
    return _emergencies(request)


@require_POST
def review_emergency(request: Request, pk: int) -> HttpResponse:
    """Say whether it was right."""
    grant = get_object_or_404(CaseGrant.objects.to_review_by(request.user, localdate()), pk=pk)
    form = ReviewForm(request.POST, prefix=str(pk))
    if form.is_valid():
        try:
            review(grant, by=request.user, at=now(), **form.cleaned_data)
            messages.success(request, _("Reviewed."))
            return redirect("workflows:emergencies")
        except Refusal as refusal:
            return _emergencies(request, form, put_on(form, refusal))
    return _emergencies(request, form, 422)


def _emergencies(request: Request, answered: ReviewForm | None = None, status: int = 200) -> HttpResponse:
    on = localdate()
    known = CaseGrant.objects.select_related("user", "reviewed_by", "content_object__organisation")
    waiting = known.to_review_by(request.user, on).order_by("-valid_from")[:SHOWN]
    forms = {str(grant.pk): ReviewForm(prefix=str(grant.pk)) for grant in waiting}
    if answered is not None:
        forms[str(answered.prefix)] = answered
    told = known.told_to(request.user, on, Role.DATA_PROTECTION_OFFICER, Role.SUPERVISOR).order_by("-valid_from")
    context = {
        "waiting": [(grant, forms[str(grant.pk)]) for grant in waiting],
        "others": told.exclude(pk__in=[grant.pk for grant in waiting])[:SHOWN],
    }
    return render(request, "workflows/emergencies.html", context, status=status)
