"""Who has read and exported what."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.reading_logs import EXPORTS, READINGS, Log
from roles.http import Request
from roles.models import roles_today
from roles.role import READS_LOGS
from roles.views.paging import a_page_of


@never_cache
@require_safe
def reading_log(request: Request) -> HttpResponse:
    """Readings of what is masked, and exports, in the scopes that I check."""
    if READS_LOGS.isdisjoint(roles_today(request.user)):
        raise PermissionDenied
    log = Log(request.user, localdate(), request.GET)
    context = a_page_of(log.entries(), request) | {
        "log": log,
        "is_of_readings": log.name == READINGS,
        "is_of_exports": log.name == EXPORTS,
    }
    return render(request, "cases/reading_log.html", context)
