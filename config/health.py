"""Is it alive, and can it do its work: for a supervisor, a load balancer and whoever is called at night."""

from collections.abc import Callable
from datetime import timedelta
from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from workflows import jobs, queue

Check = Callable[[], dict[str, Any]]

HERE = {"127.0.0.1", "::1", ""}  # the last is a socket's

LATE = timedelta(minutes=5)  # for a job that is due
SILENT = timedelta(minutes=3)  # for a beat that shows itself each minute


@require_safe
@never_cache
@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every check is well, else 503; `?only=database,migrations` asks these alone.

    Which check is not well is told to this machine, and to whoever sends `HEALTH_TOKEN`; all others hear the answer alone.
    """
    asked = request.GET.get("only", ",".join(CHECKS)).split(",")
    results = {name: result_of(check) for name, check in CHECKS.items() if name in asked}
    ready = bool(results) and all(result["ok"] for result in results.values())
    told = {"ready": ready} | ({"checks": results} if may_know(request) else {})
    return JsonResponse(told, status=200 if ready else 503)


def may_know(request: HttpRequest) -> bool:
    """Whether the request comes from this very machine, through no proxy, or carries the token of whoever watches."""
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.HEALTH_TOKEN and compare_digest(sent.encode(), settings.HEALTH_TOKEN.encode()):
        return True
    return request.META.get("REMOTE_ADDR") in HERE and "X-Forwarded-For" not in request.headers


def result_of(check: Check) -> dict[str, Any]:
    """What the check found; a database that fails it is an answer, not an error."""
    try:
        return check()
    except DatabaseError:
        return {"ok": False}


def database() -> dict[str, Any]:
    """It answers a question."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def migrations() -> dict[str, Any]:
    """All that this code knows are applied; once they are, they stay so for the life of the process."""
    if not APPLIED:
        executor = MigrationExecutor(connection)
        if missing := len(executor.migration_plan(executor.loader.graph.leaf_nodes())):
            return {"ok": False, "missing": missing}
        APPLIED.append(True)
    return {"ok": True}


def broker() -> dict[str, Any]:
    """A message could be sent."""
    return {"ok": queue.broker_answers()}


def due_jobs() -> dict[str, Any]:
    """Nothing that is due waits long: a worker is there."""
    age = jobs.oldest_due_age(timezone.now())
    return {"ok": age <= LATE, "oldest_seconds": round(age.total_seconds())}


def beat() -> dict[str, Any]:
    """Beat has shown itself lately."""
    age = jobs.heartbeat_age("beat", timezone.now())
    if age is None:
        return {"ok": False}
    return {"ok": age <= SILENT, "seconds_ago": round(age.total_seconds())}


APPLIED: list[bool] = []
CHECKS: dict[str, Check] = {
    "database": database,
    "migrations": migrations,
    "broker": broker,
    "due_jobs": due_jobs,
    "beat": beat,
}
