"""The calendar feed, and the secret address it has."""

from hashlib import sha256

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.calendar_feed import calendar_of, make_key, owner_of, revoke_key
from roles.http import Request


@login_not_required
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponseBase:
    """The calendar that the secret in the address opens; whoever has it needs no sign-in, and leaves no session."""
    owner = owner_of(token)
    if owner is None:
        raise Http404
    content = calendar_of(owner, now())
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = f'"{sha256(content).hexdigest()}"'
    response["Cache-Control"] = "private"
    response["Content-Disposition"] = 'inline; filename="spoiwo.ics"'
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


@never_cache
@require_POST
def make_calendar(request: Request) -> HttpResponse:
    """Make an address for my calendar, in place of the one before, and show it this once."""
    secret = make_key(by=request.user, at=now())
    address = settings.PUBLIC_URL + reverse("cases:calendar", args=[secret])
    return render(request, "cases/calendar.html", {"address": address})


@require_POST
def close_calendar(request: Request) -> HttpResponse:
    """Close the address of my calendar."""
    revoke_key(by=request.user)
    messages.success(request, _("The address of your calendar opens nothing any more."))
    return redirect("roles:account")
