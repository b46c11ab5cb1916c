"""Jobs: what must happen outside the transaction of a move. The row is the truth; a message only carries its key."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from roles.models import User, roles_today
from roles.role import Role
from workflows.models.cases import Case


def administers(user: User) -> bool:
    """Whether the person sees to it that the system runs; nothing of any case follows from it."""
    return user.is_active and (user.is_superuser or Role.SYSTEM_ADMINISTRATOR in roles_today(user))


class JobQuerySet(models.QuerySet["Job"]):
    """Sets of jobs."""

    def due(self, at: datetime) -> Self:
        """Waiting ones whose time has come, and those whose worker is gone."""
        return self.filter(
            Q(state=Job.State.WAITING, run_after__lte=at) | Q(state=Job.State.RUNNING, lease_until__lt=at)
        )

    def dead(self) -> Self:
        """Those given up after the last attempt."""
        return self.filter(state=Job.State.DEAD)

    def unannounced(self, at: datetime, patience: timedelta) -> Self:
        """Those of which no message was sent since they fell due, or none lately: it may have been lost."""
        fell_due = Greatest(F("run_after"), F("lease_until"))  # PostgreSQL passes over an empty lease
        return self.filter(Q(sent_at__isnull=True) | Q(sent_at__lt=fell_due) | Q(sent_at__lt=at - patience))

    def visible_to(self, user: User) -> Self:
        """All to who administers the system, none to others: a job tells nothing of a case but its number."""
        return self.all() if administers(user) else self.none()


class Job(models.Model):
    """Something to do once, whatever happens to brokers and workers; `key` makes it one."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        DEAD = "dead", _("given up")
        DROPPED = "dropped", _("called off")

    MAX_ATTEMPTS: ClassVar[int] = 8

    name = models.CharField(_("what"), max_length=60)
    key = models.CharField(_("key"), max_length=120, unique=True)
    args = models.JSONField(default=dict)
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="jobs")
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(default=timezone.now)
    run_after = models.DateTimeField(_("not before"), default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When a worker was last told of it.")
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    retried_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retried_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    #: The moment that whoever runs it goes by.
    run_at: datetime

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(fields=["run_after"], name="job_waiting", condition=Q(state="waiting")),
            models.Index(fields=["lease_until"], name="job_running", condition=Q(state="running")),
            models.Index(fields=["-id"], name="job_dead", condition=Q(state="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"

    @staticmethod
    def backoff(attempts: int) -> timedelta:
        """How long to wait after so many failed attempts: one minute, doubling, at most six hours."""
        return timedelta(minutes=min(2 ** max(attempts - 1, 0), 360))


class Heartbeat(models.Model):
    """When a periodic process last showed itself."""

    name = models.CharField(max_length=30, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.name} {self.at}"
