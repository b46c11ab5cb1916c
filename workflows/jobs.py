"""Running jobs: claimed, done once with everything they write, tried again later, given up.

A job is claimed in a transaction of its own, so that a worker that dies counts as an attempt, and one that kills every worker is given up
like any other. Then its effect and the mark "done" are one transaction under the row's lock. See `docs/adr/jobs.md`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Min
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from roles.models import User, clock_of
from workflows import queue
from workflows.batch import batch
from workflows.errors import NotYou, TooLate
from workflows.failures import Hopeless, describe
from workflows.models import Heartbeat, Job, WorkItem
from workflows.models.jobs import JobQuerySet
from workflows.registry import REGISTERED, Registered, job, queue_of
from workflows.sole import only_one

__all__ = ["Hopeless", "job", "run", "run_due", "sweep"]

log = structlog.get_logger(__name__)

#: How long after a message the sweep waits before it sends another.
PATIENCE = timedelta(minutes=5)
A_SWEEP = 5_000
A_PASS = 100

State = Job.State


def run(job_id: int, at: datetime) -> bool:
    """Do a job that is due, and say whether it was done; one that is done, not yet due, or in other hands is left alone."""
    claimed = _claim(job_id, at)
    if claimed is None:
        return False
    try:
        return _perform(claimed, REGISTERED[claimed.name], at)
    except Exception as error:
        _failed(claimed, error, at)
        return False


def run_due(at: datetime) -> int:
    """Do, in this process, all that is due at that moment, what these jobs leave behind included; how many were done."""
    done = 0
    while True:
        keys = list(Job.objects.due(at).order_by("run_after", "pk").values_list("pk", flat=True)[:A_PASS])
        successes = sum(run(key, at) for key in keys)
        done += successes
        if not successes:
            return done


def enqueue(jobs: Sequence[Job], at: datetime) -> int:
    """Write jobs whose keys are new and tell the workers, in the transaction that runs; how many were new."""
    Job.objects.bulk_create(jobs, ignore_conflicts=True)
    new = Job.objects.filter(key__in=[job.key for job in jobs], state=State.WAITING, sent_at__isnull=True)
    found = list(new.order_by("pk").values_list("pk", "name", "run_after"))
    _announce([(key, name) for key, name, run_after in found if run_after <= at], at)
    return len(found)


def renew(job: Job, at: datetime) -> None:
    """Say that a long job is still at work. Raises Hopeless when another worker has taken it over: stop then."""
    until = at + REGISTERED[job.name].lease
    if not _mine(job).update(lease_until=until):
        raise Hopeless("another worker has taken over")


def sweep(at: datetime) -> int:
    """Send messages for jobs that fell due, were lost, or whose worker is gone; how many."""
    with transaction.atomic():
        if not only_one("jobs.sweep"):
            return 0
        due = Job.objects.due(at).unannounced(at, PATIENCE).select_for_update(skip_locked=True)
        found = list(due.order_by("pk").values_list("pk", "name")[:A_SWEEP])
        _announce(found, at)
    return len(found)


def retry(job: Job, *, by: User, at: datetime) -> Job:
    """Give a job that was given up another series of attempts. Raises NotYou or TooLate."""
    with transaction.atomic():
        row = Job.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=job.pk).first()
        if row is None:
            raise NotYou(_("Only who administers the system may do this."))
        if row.state != State.DEAD:
            raise TooLate(_("This job is at work again or done."))
        row.state, row.attempts, row.run_after = State.WAITING, 0, at
        row.retried_by, row.retried_at = by, at
        row.save(update_fields=["state", "attempts", "run_after", "retried_by", "retried_at"])
        _announce([(row.pk, row.name)], at)
    return row


def beat(name: str, at: datetime) -> None:
    """Note that a periodic process is alive."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=at)], update_conflicts=True, unique_fields=["name"], update_fields=["at"]
    )


def heartbeat_age(name: str, at: datetime) -> timedelta | None:
    """How long ago that process last showed itself; None when it never did."""
    last = Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()
    return None if last is None else at - last


def oldest_due_age(at: datetime) -> timedelta:
    """For how long the oldest job that is due has been waiting; nothing when none is."""
    found = Job.objects.due(at).aggregate(since=Min(Greatest(F("run_after"), F("lease_until"))))
    return at - found["since"] if found["since"] else timedelta()


def job_done(item: WorkItem, *, by: User, at: datetime) -> None:
    """Move the case on from a node that waited for its job; nothing when it has moved on already."""
    with batch([item.process_id], by=by, at=at) as unit:
        mine = unit.item(unit.cases[item.process_id], item.pk)
        if mine is not None:
            mine.flow_task.activation_class(mine).execute()


def _claim(job_id: int, at: datetime) -> Job | None:
    """Count an attempt and take the job; None when there is nothing to do."""
    with transaction.atomic():
        row = Job.objects.due(at).select_for_update(of=("self",), skip_locked=True).filter(pk=job_id).first()
        if row is None:
            return None
        if row.name not in REGISTERED:
            _give_up(row, f"no job is registered under the name {row.name}")
            return None
        if row.attempts >= Job.MAX_ATTEMPTS:
            _give_up(row, "the worker was lost at every attempt")
            return None
        row.state, row.attempts = State.RUNNING, row.attempts + 1
        row.lease_until = at + REGISTERED[row.name].lease
        row.save(update_fields=["state", "attempts", "lease_until"])
    row.run_at = at
    return row


def _perform(job: Job, registered: Registered, at: datetime) -> bool:
    if not registered.in_transaction:
        registered.run(job, **job.args)
    with transaction.atomic():
        if not _mine(job).select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True):
            return False
        if registered.in_transaction:
            registered.run(job, **job.args)
        _leave_the_node(job, at)
        Job.objects.filter(pk=job.pk).update(state=State.DONE, finished_at=at, lease_until=None, last_error="")
    return True


def _mine(job: Job) -> JobQuerySet:
    """The row, as long as nobody has claimed the job since."""
    return Job.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts)


def _leave_the_node(job: Job, at: datetime) -> None:
    """Move on from the node of a workflow that waits for this very job."""
    key = job.args.get("item")
    if key is not None and job.key == f"item-{key}":
        job_done(WorkItem.objects.get(pk=key), by=clock_of(), at=at)


def _failed(job: Job, error: Exception, at: datetime) -> None:
    """Put it off, or give it up."""
    words = describe(error)
    log.warning("job failed", job=job.pk, name=job.name, attempts=job.attempts, error=words)
    with transaction.atomic():
        row = _mine(job).select_for_update(of=("self",), skip_locked=True).first()
        if row is None:
            return
        if isinstance(error, Hopeless) or row.attempts >= Job.MAX_ATTEMPTS:
            _give_up(row, words)
            return
        row.state, row.lease_until, row.last_error = State.WAITING, None, words
        row.run_after = at + Job.backoff(row.attempts)
        row.save(update_fields=["state", "lease_until", "last_error", "run_after"])


def _give_up(job: Job, words: str) -> None:
    log.error("job given up", job=job.pk, name=job.name, error=words)
    job.state, job.lease_until, job.last_error = State.DEAD, None, words
    job.save(update_fields=["state", "lease_until", "last_error"])


def _announce(found: Sequence[tuple[int, str]], at: datetime) -> None:
    """Tell the workers, and note it where the message is part of this transaction; another broker's sender notes it itself."""
    if queue.in_database():
        Job.objects.filter(pk__in=[key for key, _name in found]).update(sent_at=at)
    for waiting in sorted({queue_of(name) for _key, name in found}):
        queue.publish([key for key, name in found if queue_of(name) == waiting], queue=waiting)
