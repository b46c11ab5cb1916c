"""A line in the log for every request, under an id that an error page can show."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger("spoiwo.request")
GIVEN_ID = re.compile(r"[0-9a-zA-Z-]{8,64}")
SILENT = {"/healthz", "/readyz"}  # asked every few seconds


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
            if request.path not in SILENT:
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
