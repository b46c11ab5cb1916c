"""Around every request: a line in the log under an id that an error page can show, and no text that no database keeps."""

import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.logs import SILENT

log = structlog.get_logger("spoiwo.request")
GIVEN_ID = re.compile(r"[0-9a-zA-Z-]{8,64}")


class RequestLog:
    """Binds `request_id` to everything logged during the request; logs the route, never the address or what came."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            if request.path not in SILENT and not _is_a_file(request, response):
                self._log(request, response, time.perf_counter() - started)
        response["X-Request-ID"] = request_id
        return response

    def _log(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        match = request.resolver_match
        user = getattr(request, "user", None)
        log.info(
            "request",
            method=request.method,
            route=match.route if match else None,
            status=response.status_code,
            ms=round(seconds * 1000),
            user=user.pk if user and user.is_authenticated else None,
        )


def _is_a_file(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether it was a script, a style or a picture that is there."""
    return request.path.startswith(settings.STATIC_URL) and response.status_code < 400


class NoNulMiddleware:
    """Refuses whatever holds a NUL, in address, query, form or file name: no text has one, and no database keeps it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        if any("\0" in text for text in _texts(request)):
            return render(request, "400.html", status=400)
        return None


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path_info
    for sent in (request.GET, request.POST):
        for name, values in sent.lists():
            yield name
            yield from values
    for _name, files in request.FILES.lists():
        for file in files:
            yield file.name or ""
