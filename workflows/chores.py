"""What is tidied up once a day: rooms register chores with `@chore("name")` in a module `chores`.

A chore is a job: tried again when it fails, given up in sight of who administers the system. It must be safe to be done twice.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate

from workflows.jobs import enqueue
from workflows.models import Draft, Job
from workflows.registry import job

#: Given the moment, does the chore; says how much was done.
Chore = Callable[[datetime], int]

CHORES: dict[str, Chore] = {}
LEASE = timedelta(minutes=10)


def chore(name: str) -> Callable[[Chore], Chore]:
    """Register something to be done once a day, in autocommit. Raises ValueError when the name is taken."""

    def register(do: Chore) -> Chore:
        if name in CHORES and CHORES[name].__module__ != do.__module__:
            raise ValueError(f"chore {name} is registered twice")

        def run(job: Job) -> None:
            do(job.run_at)

        run.__module__ = do.__module__
        job(_job_of(name), lease=LEASE, in_transaction=False)(run)
        CHORES[name] = do
        return do

    return register


def hand_out(at: datetime) -> int:
    """Leave the day's jobs, one a chore, however often it is called; how many were new."""
    day = localdate(at).isoformat()
    jobs = [
        Job(name=_job_of(name), key=f"{_job_of(name)}-{day}", created_at=at, run_after=at) for name in sorted(CHORES)
    ]
    with transaction.atomic():
        return enqueue(jobs, at)


def _job_of(name: str) -> str:
    return f"chore-{name}"


@chore("forget_drafts")
def forget_drafts(at: datetime) -> int:
    """Drafts that were saved in the very moment in which their work was finished."""
    return Draft.objects.filter(item__finished__lte=at).delete()[0]
