"""How long a session lasts: until some idle time, and never longer than a working day."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

BEGAN, SEEN = "roles_began", "roles_seen"

#: Being there is written down at most so often.
EVERY = timedelta(minutes=1)

View = TypeVar("View", bound=Callable[..., HttpResponse])


def does_not_keep_awake(view: View) -> View:
    """Marks a view that the page calls by itself: it is no sign that somebody is there."""
    view.does_not_keep_awake = True  # type: ignore[attr-defined]
    return view


def has_run_out(request: HttpRequest) -> bool:
    """Whether the session was idle too long, or has lasted too long altogether."""
    at = now().timestamp()
    idle = at - request.session.get(SEEN, at)
    lasted = at - request.session.get(BEGAN, at)
    too_idle: bool = idle > settings.SESSION_IDLE_MINUTES * 60
    too_long: bool = lasted > settings.SESSION_HOURS * 3600
    return too_idle or too_long


def note_presence(request: HttpRequest) -> None:
    """Write down when the session began, and that somebody is there now."""
    at = int(now().timestamp())
    request.session.setdefault(BEGAN, at)
    if at - request.session.get(SEEN, 0) >= EVERY.total_seconds():
        request.session[SEEN] = at


def sign_out_for_time(request: HttpRequest) -> HttpResponse:
    """End the session and lead back to where the person was after they signed in again."""
    logout(request)
    messages.info(request, _("You were signed out because nothing happened for a while. Sign in to go on."))
    return send_to(request, redirect_to_login(way_back(request), resolve_url(settings.LOGIN_URL)).url)


def send_to(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect that also leaves the page when htmx asked for a part of it."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)


def way_back(request: HttpRequest) -> str:
    """The address to come back to; what was posted is not there to see, so its page is not it either."""
    return request.get_full_path() if request.method == "GET" and not request.headers.get("HX-Request") else "/"
