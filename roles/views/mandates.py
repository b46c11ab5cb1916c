"""Mandates that wait: for whoever is to hold them, or for a second person."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from roles import services
from roles.http import Request
from roles.invitations import send_offer
from roles.models import Mandate
from roles.models.mandates import MandateQuerySet
from roles.views.answers import people_crumb, try_and_go


@require_safe
def waiting_mandates(request: Request) -> HttpResponse:
    """What waits for my confirmation, and what I or my peers have offered."""
    on, mandates = localdate(), _mandates()
    to_confirm = mandates.to_confirm_by(request.user, on).newest_first()
    offered = mandates.waiting(on).within_reach_of(request.user, on).exclude(pk__in=to_confirm.values("pk"))
    context = {"to_confirm": to_confirm, "offered": offered.newest_first(), "trail": [people_crumb()]}
    return render(request, "roles/waiting_mandates.html", context)


@require_POST
def confirm_mandate(request: Request, pk: int) -> HttpResponse:
    """Agree that somebody else rightly gave a mandate; its owner is asked next where they have a say."""
    mandate = get_object_or_404(_mandates().to_confirm_by(request.user, localdate()), pk=pk)
    answer = try_and_go(
        request, partial(services.confirm_mandate, mandate, by=request.user), _("Confirmed."), "roles:waiting_mandates"
    )
    mandate.refresh_from_db()
    if mandate.waits_for == Mandate.WaitsFor.OWNER:
        send_offer(mandate, request)
    return answer


@require_POST
def accept_mandate(request: Request, pk: int) -> HttpResponse:
    """Take on a mandate that was offered to me."""
    mandate = get_object_or_404(_mandates().to_accept_by(request.user, localdate()), pk=pk)
    verb = partial(services.accept_mandate, mandate, by=request.user)
    return try_and_go(request, verb, _("The mandate is yours."), "roles:account")


@require_POST
def decline_mandate(request: Request, pk: int) -> HttpResponse:
    """Turn down a mandate that waits for me, as its owner or as the second person."""
    on = localdate()
    mine = _mandates().to_accept_by(request.user, on) | _mandates().to_confirm_by(request.user, on)
    mandate = get_object_or_404(mine, pk=pk)
    back = "roles:account" if mandate.user_id == request.user.pk else "roles:waiting_mandates"
    verb = partial(services.decline_mandate, mandate, by=request.user)
    return try_and_go(request, verb, _("The mandate was declined; it was never in force."), back)


@require_POST
def withdraw_mandate(request: Request, pk: int) -> HttpResponse:
    """Take back a mandate that still waits for somebody."""
    on = localdate()
    mandate = get_object_or_404(_mandates().waiting(on).within_reach_of(request.user, on), pk=pk)
    verb = partial(services.end_mandate, mandate, by=request.user, on=on)
    return try_and_go(request, verb, _("The mandate was withdrawn; it was never in force."), "roles:waiting_mandates")


def offer_made(request: Request, mandate: Mandate) -> HttpResponse:
    """What the giver is told of a mandate that waits; nothing of an account that is not theirs to manage."""
    if mandate.waits_for == Mandate.WaitsFor.OWNER:
        send_offer(mandate, request)
        words = _("%(email)s was asked to accept the mandate. Until then it opens nothing.")
    else:
        words = _("The mandate for %(email)s waits for a second person to confirm it. Until then it opens nothing.")
    messages.success(request, words % {"email": mandate.user.email})
    return redirect("roles:waiting_mandates")


def _mandates() -> MandateQuerySet:
    return Mandate.objects.select_related("organisation", "territory", "user", "given_by")
