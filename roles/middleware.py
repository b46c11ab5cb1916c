"""Around every request of somebody signed in: their language, the limits of the session, the second factor."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from roles.models import User
from roles.models.mandates import remember_scopes
from roles.second_factor import has_passed_second_factor, has_second_factor, needs_second_factor
from roles.sessions import has_run_out, note_presence, send_to, sign_out_for_time, way_back

GetResponse = Callable[[HttpRequest], HttpResponse]

#: Open without a second factor, by the whole name of the view: what shows nobody's data, and the ways on and out.
ALWAYS_OPEN = frozenset(
    {
        *("set_language", "session", "accessibility", "about", "help", "healthz", "readyz", "set_shortcuts"),
        *("account_logout", "admin:logout", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    }
)
#: Besides, as long as the account has none: setting the first one up. Whoever has one could add another by password alone.
TO_SET_ONE_UP = frozenset({"account_reauthenticate", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn"})
#: Where a factor is shown: with an app (or a recovery code), or with keys alone.
SHOWN_AT = {True: "mfa_reauthenticate", False: "mfa_reauthenticate_webauthn"}


class UserLanguageMiddleware:
    """Pages speak the language that the person chose."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


class AskedOnceMiddleware:
    """While somebody reads a page, what their mandates open is asked for once; a form that is sent may change it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD") and request.user.is_authenticated:
            remember_scopes(request.user)
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
    """Leads whoever must have a second factor to show it, or to set one up, until this session has."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Callable[..., Any], *_arguments: Any) -> HttpResponse | None:
        user, name = request.user, _name_of(request)
        if not settings.SECOND_FACTOR_REQUIRED or not user.is_authenticated or name in ALWAYS_OPEN:
            return None
        if has_passed_second_factor(request):
            return None
        if has_second_factor(user):
            return _to_show_it(request, user)
        if name in TO_SET_ONE_UP or not needs_second_factor(user):
            return None
        messages.warning(request, _("Your work opens case files, so a second factor is needed. Set one up to go on."))
        return send_to(request, reverse("mfa_index"))


def _to_show_it(request: HttpRequest, user: User) -> HttpResponse:
    has_app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    query = QueryDict(mutable=True)
    query["next"] = way_back(request)
    return send_to(request, f"{reverse(SHOWN_AT[has_app])}?{query.urlencode()}")


def _name_of(request: HttpRequest) -> str:
    return (request.resolver_match.view_name if request.resolver_match else "") or ""
