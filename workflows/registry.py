"""The jobs that there are: functions registered under the names that rows of `Job` carry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from workflows.queue import JOBS

Run = Callable[..., None]
LEASE = timedelta(minutes=2)


@dataclass(frozen=True)
class Registered:
    """A function that does a job, and how it is run."""

    name: str
    run: Run
    #: For how long a worker is taken to be at it without a sign of life.
    lease: timedelta = LEASE
    #: Its effect and the mark "done" are one transaction; otherwise it keeps its own, and is safe to be run again.
    in_transaction: bool = True
    queue: str = JOBS


#: Every registered job by its name.
REGISTERED: dict[str, Registered] = {}


def job(name: str, *, lease: timedelta = LEASE, in_transaction: bool = True, queue: str = JOBS) -> Callable[[Run], Run]:
    """Register `(job: Job, **args) -> None` under a name.

    Without `in_transaction` the function runs in autocommit: for effects outside the database (mail), which ask "was it sent?" by the
    job's key, and for long work in pieces, which takes a `lease` to match and renews it. Raises ValueError when the name is taken.
    """

    def register(run: Run) -> Run:
        if name in REGISTERED and REGISTERED[name].run.__module__ != run.__module__:
            raise ValueError(f"job {name} is registered twice")
        REGISTERED[name] = Registered(name, run, lease, in_transaction, queue)
        return run

    return register


def queue_of(name: str) -> str:
    """The queue that a job of that name waits in; one that is not registered here is somebody else's to refuse."""
    return REGISTERED[name].queue if name in REGISTERED else JOBS
