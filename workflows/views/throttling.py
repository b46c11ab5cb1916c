"""What one person may ask only so often: searching, taking lists out, opening what is masked."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import now

from roles.http import Request
from workflows.buckets import Rate, take_token

P = ParamSpec("P")
View = Callable[Concatenate[Request, P], HttpResponseBase]

SEARCHES, EXPORTS, REVEALS = "SEARCHES_AN_HOUR", "EXPORTS_AN_HOUR", "REVEALS_AN_HOUR"


def throttled(limit: str) -> Callable[[View[P]], View[P]]:
    """Let a person post there so often an hour as the setting of that name says; after that 429, with when to come back."""

    def around(view: View[P]) -> View[P]:
        @wraps(view)
        def asked(request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method != "POST":
                return view(request, *args, **kwargs)
            rate = Rate.hourly(getattr(settings, limit))
            wait = take_token(limit, str(request.user.pk), rate, at=now())
            return _too_often(request, wait) if wait else view(request, *args, **kwargs)

        return cast("View[P]", asked)

    return around


def _too_often(request: Request, seconds: int) -> HttpResponseBase:
    minutes = -(-seconds // 60)
    answer = render(request, "429.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer
