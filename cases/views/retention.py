"""Cases whose time has run out: proposed by the data-protection officer, decided by a supervisor."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.models import Erasure
from cases.retention.pages import ErasurePage, OrganisationForm, RetentionPage
from cases.retention.services import decide_erasure, propose_erasure
from roles.http import Request
from roles.models import Organisation
from workflows.errors import Refusal


@never_cache
@require_safe
def retention(request: Request) -> HttpResponse:
    """What is due, what waits for a decision, and what was decided, in the organisations that I answer for."""
    page = RetentionPage(request.user, now())
    if not page.is_open:
        raise PermissionDenied
    return render(request, "cases/retention.html", {"page": page})


@never_cache
@require_safe
def erasure(request: Request, pk: int) -> HttpResponse:
    """One erasure with its cases."""
    found = get_object_or_404(Erasure.objects.visible_to(request.user, localdate()), pk=pk)
    return render(request, "cases/erasure.html", {"page": ErasurePage(found, request.user, now())})


@require_POST
def propose(request: Request) -> HttpResponse:
    """Propose to forget what is due in one organisation."""
    mine = RetentionPage(request.user, now()).where_i_propose
    if not mine:
        raise PermissionDenied
    form = OrganisationForm(request.POST, organisations=Organisation.objects.filter(pk__in=mine))
    if not form.is_valid():
        messages.error(request, _("This choice does not exist."))
        return redirect("cases:retention")
    try:
        found = propose_erasure(form.cleaned_data["organisation"], by=request.user, at=now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("cases:retention")
    messages.success(request, _("Proposed; a supervisor decides."))
    return redirect("cases:erasure", found.pk)


@require_POST
def decide(request: Request, pk: int) -> HttpResponse:
    """Approve or decline an erasure."""
    found = get_object_or_404(Erasure.objects.visible_to(request.user, localdate()), pk=pk)
    approve = request.POST.get("decision") == "approve"
    try:
        decide_erasure(found, by=request.user, approve=approve, at=now(), note=request.POST.get("note", "")[:300])
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        page = ErasurePage(found, request.user, now())
        return render(request, "cases/erasure.html", {"page": page}, status=refusal.status)
    messages.success(
        request, _("Approved; the cases are being forgotten.") if approve else _("Declined; nothing was erased.")
    )
    return redirect("cases:erasure", pk)
