"""Pages that belong to everybody: accessibility, help, about, the state of one's session, and the error page."""

import logging
import tomllib
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.contrib.auth.decorators import login_not_required, login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from roles.http import Request
from roles.services import choose_preferences
from roles.sessions import does_not_keep_awake
from roles.styleguide import samples

log = logging.getLogger(__name__)

VERSION = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement in the structure that Polish law sets (act of 4 April 2019, art. 10)."""
    return render(
        request, "accessibility.html", {"statement": settings.ACCESSIBILITY, "address": request.build_absolute_uri("/")}
    )


@login_not_required
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this is, its licence, and where its source can be had (AGPL, section 13)."""
    return render(request, "about.html", {"version": VERSION, "source_url": settings.SOURCE_URL})


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How to work with the keyboard, and the switch for the shortcuts."""
    return render(request, "help.html")


@login_required
@require_POST
def set_shortcuts(request: Request) -> HttpResponse:
    """Turn the single-key shortcuts on or off for oneself."""
    me = request.user
    choose_preferences(
        me, by=me, language=me.language, notify=me.notify, shortcuts=request.POST.get("shortcuts") == "on"
    )
    return redirect("help")


@does_not_keep_awake
@login_not_required
@never_cache
@require_safe
def session(request: HttpRequest) -> JsonResponse:
    """Whether one is still signed in, with a fresh token for forms that stood open meanwhile."""
    return JsonResponse({"signed_in": request.user.is_authenticated, "token": get_token(request)})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for those who build pages; its form answers, and keeps nothing."""
    if not (settings.DEBUG or request.user.is_staff):
        raise Http404
    return render(request, "styleguide/index.html", samples(localdate(), request.POST or None))


def server_error(request: HttpRequest) -> HttpResponse:
    """Say only a number, and write the same number to the log."""
    number = token_hex(4)
    log.error("error page %s shown", number, extra={"error_number": number, "path": request.path})
    return HttpResponseServerError(render_to_string("500.html", {"number": number}))


urlpatterns = [
    path("accessibility/", accessibility, name="accessibility"),
    path("about/", about, name="about"),
    path("help/", help_page, name="help"),
    path("help/shortcuts/", set_shortcuts, name="set_shortcuts"),
    path("session/", session, name="session"),
    path("styleguide/", styleguide, name="styleguide"),
]
