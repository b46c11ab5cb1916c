"""The exceptions: a case shared with somebody, the glass broken in an emergency, and the officer who looks at that."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from roles.http import Request
from workflows.errors import Refusal
from workflows.models import Case, CaseGrant
from workflows.services.sharing import break_glass, end_share, review, share
from workflows.verb_forms import EmergencyForm, ShareForm
from workflows.views.answers import posted, put_on, require_form, try_to, visible_case


@never_cache
@require_form
def share_case(request: Request, pk: int) -> HttpResponse:
    """Let somebody read the case up to a day; below, with whom it is shared."""
    found = visible_case(request, pk)
    form = ShareForm(posted(request))
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            grant = share(found, by=request.user, at=now(), **form.cleaned_data)
            messages.success(request, _("Shared with %(person)s.") % {"person": grant.user})
            return redirect(found)
        except Refusal as refusal:
            status = put_on(form, refusal)
    grants = CaseGrant.objects.in_force(now()).filter(content_object=found).select_related("user", "given_by")
    return render(request, "workflows/share_case.html", {"case": found, "form": form, "grants": grants}, status=status)


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
            case = form.cleaned_data["case"]
            break_glass(case, by=request.user, reason=form.cleaned_data["reason"], at=now())
            messages.warning(
                request, _("The case is open to you for three hours. The data-protection officer was told.")
            )
            return redirect(case)
        except Refusal as refusal:
            status = put_on(form, refusal)
    return render(request, "workflows/emergency.html", {"form": form}, status=status)


@never_cache
@require_safe
def emergencies(request: Request) -> HttpResponse:
    """Emergency accesses that wait for my review, as data-protection officer."""
    waiting = CaseGrant.objects.to_review_by(request.user, localdate())
    context = {"grants": waiting.select_related("user", "content_object__organisation").order_by("-valid_from")[:100]}
    return render(request, "workflows/emergencies.html", context)


@require_POST
def review_emergency(request: Request, pk: int) -> HttpResponse:
    """Note that I have looked at it."""
    grant = get_object_or_404(CaseGrant.objects.to_review_by(request.user, localdate()), pk=pk)
    verb = lambda: review(grant, by=request.user, at=now())  # noqa: E731
    return try_to(request, verb, _("Reviewed."), "workflows:emergencies")
