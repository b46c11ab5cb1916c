"""Around every request of somebody signed in: their language, the limits of the session, the second factor."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from roles.second_factor import has_second_factor, needs_second_factor
from roles.sessions import has_run_out, note_presence, send_to, sign_out_for_time

GetResponse = Callable[[HttpRequest], HttpResponse]

#: What somebody without the second factor that they need may still open: signing in and out, and setting one up.
WITHOUT_SECOND_FACTOR = ("account_", "mfa_", "socialaccount_", "openid_connect_")
ALWAYS_OPEN = frozenset(
    {"set_language", "session", "accessibility", "about", "help", "healthz", "readyz", "set_shortcuts"}
)


class UserLanguageMiddleware:
    """Pages speak the language that the person chose."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


class SessionLimitsMiddleware:
    """Signs out whoever was idle too long or has been here too long."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_arguments: Any) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        if has_run_out(request):
            return sign_out_for_time(request)
        if not getattr(view, "does_not_keep_awake", False):
            note_presence(request)
        return None


class SecondFactorMiddleware:
    """Leads whoever must have a second factor to set one up, until it is there."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Callable[..., Any], *_arguments: Any) -> HttpResponse | None:
        user = request.user
        if not settings.SECOND_FACTOR_REQUIRED or not user.is_authenticated or _is_open(request):
            return None
        if has_second_factor(request) or not needs_second_factor(user):
            return None
        messages.warning(request, _("Your work opens case files, so a second factor is needed. Set one up to go on."))
        return send_to(request, reverse("mfa_index"))


def _is_open(request: HttpRequest) -> bool:
    match = request.resolver_match
    name = (match.url_name if match else "") or ""
    return name in ALWAYS_OPEN or name.startswith(WITHOUT_SECOND_FACTOR)
