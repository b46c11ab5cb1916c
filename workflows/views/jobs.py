"""What runs beside the pages, for who administers the system: what was given up, and trying it again."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from roles.http import Request
from roles.views.paging import a_page_of
from workflows import jobs as running
from workflows import timers
from workflows.models import Job
from workflows.models.jobs import administers
from workflows.views.answers import try_to

#: How many timers that were given up the page shows; each is a defect to be seen to.
MOST_TIMERS = 50


@never_cache
@require_safe
def jobs(request: Request) -> HttpResponse:
    """Jobs and timers that were given up, and whether work is being done at all."""
    _only_for_administrators(request)
    at = now()
    dead = Job.objects.visible_to(request.user).dead().select_related("case", "retried_by").order_by("-pk")
    context = {
        "timers": timers.failed_timers().select_related("process")[:MOST_TIMERS],
        "waited": int(running.oldest_due_age(at).total_seconds() // 60),
        "clock_stopped": (running.heartbeat_age("beat", at) or 2 * running.PATIENCE) > running.PATIENCE,
    }
    return render(request, "workflows/jobs.html", a_page_of(dead, request) | context)


@require_POST
def retry_job(request: Request, pk: int) -> HttpResponse:
    """Try a job again that was given up."""
    found = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    verb = lambda: running.retry(found, by=request.user, at=now())  # noqa: E731
    return try_to(request, verb, _("It is being tried again."), "workflows:jobs")


@require_POST
def retry_timer(request: Request, pk: int) -> HttpResponse:
    """Try a timer again that was given up."""
    _only_for_administrators(request)
    found = get_object_or_404(timers.failed_timers(), pk=pk)
    verb = lambda: timers.retry_timer(found, by=request.user, at=now())  # noqa: E731
    return try_to(request, verb, _("It is being tried again."), "workflows:jobs")


def _only_for_administrators(request: Request) -> None:
    if not administers(request.user):
        raise Http404


urlpatterns = [
    path("jobs/", jobs, name="jobs"),
    path("jobs/<int:pk>/retry/", retry_job, name="retry_job"),
    path("jobs/timers/<int:pk>/retry/", retry_timer, name="retry_timer"),
]
