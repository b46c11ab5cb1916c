"""Firing timers: our own dispatcher. Cases are locked as everywhere else, never an item first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import structlog
from django.db import InterfaceError
from django.utils.translation import gettext as _
from viewflow.workflow.status import STATUS

from roles.models import User, clock_of
from workflows.batch import Batch, batch
from workflows.deadlines import ONE_DAY, start_of_local_day
from workflows.errors import NotYet, NotYou, TooLate
from workflows.failures import describe
from workflows.models import Case, Job, WorkItem
from workflows.models.items import WorkItemQuerySet
from workflows.models.jobs import administers
from workflows.services.holds import keep_still

log = structlog.get_logger(__name__)

CHUNK = 100


@dataclass
class Fired:
    """What a round of the dispatcher came to."""

    fired: int = 0
    failed: int = 0

    def __add__(self, other: "Fired") -> "Fired":
        return Fired(self.fired + other.fired, self.failed + other.failed)


class _Failed(Exception):  # noqa: N818
    """The path of this timer raised; the cause is the error itself."""

    def __init__(self, item: int) -> None:
        super().__init__(item)
        self.item = item


def fire_due(at: datetime) -> Fired:
    """Fire every timer whose moment has come, in the clock's name.

    A case that somebody holds just now waits for the next round. Where a path fails, that case alone is rolled back and the timer put
    off, longer each time; after the last attempt it stands as an error until somebody has it tried again. A path that a condition holds
    up is not an error: it is tried again on the next day.
    """
    clock, total = clock_of(), Fired()
    for chunk in _chunks(_due_cases(at)):
        try:
            total += _fire(chunk, clock, at)
        except InterfaceError:  # the database is gone, not a path wrong
            raise
        except Exception:
            for case in chunk:
                total += _fire_alone(case, clock, at)
    return total


def failed_timers() -> WorkItemQuerySet:
    """Timers that were given up, the latest first."""
    return WorkItem.objects.filter(status=STATUS.ERROR, finished__isnull=True).order_by("-pk")


def retry_timer(item: WorkItem, *, by: User, at: datetime) -> WorkItem:
    """Have a timer that was given up tried again. Raises NotYou or TooLate."""
    if not administers(by):
        raise NotYou(_("Only who administers the system may do this."))
    with batch([item.process_id], by=by, at=at) as unit:
        mine = unit.item(unit.cases[item.process_id], item.pk)
        if mine is None or mine.status != STATUS.ERROR:
            raise TooLate(_("This timer is at work again or done."))
        mine.status, mine.attempts, mine.scheduled = STATUS.SCHEDULED, 0, at
    return mine


def _due_cases(at: datetime) -> Iterator[int]:
    """The cases with a due timer, each once, the longest due first."""
    due = WorkItem.objects.filter(status=STATUS.SCHEDULED, scheduled__lte=at).order_by("scheduled", "pk")
    yield from dict.fromkeys(due.values_list("process_id", flat=True))


def _chunks(cases: Iterable[int]) -> Iterator[Sequence[int]]:
    rest = iter(cases)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _fire(cases: Sequence[int], clock: User, at: datetime) -> Fired:
    total = Fired()
    with batch(cases, by=clock, at=at, skip_locked=True) as unit:
        for case in unit.cases.values():
            keep_still(unit, case)  # a hold that still runs moves what was to fire today
            for item in _due(unit, case):
                _fire_one(unit, item)
                total.fired += 1
    return total


def _due(unit: Batch, case: Case) -> Iterator[WorkItem]:
    """The case's timers that are due, the longest due first; one that another has disarmed meanwhile is left out."""
    due = [item for item in unit.open_items(case) if _is_due(item, unit.at)]
    for item in sorted(due, key=lambda item: (item.scheduled, item.pk)):
        if _is_due(item, unit.at):
            yield item


def _is_due(item: WorkItem, at: datetime) -> bool:
    return item.status == STATUS.SCHEDULED and item.scheduled is not None and item.scheduled <= at


def _fire_one(unit: Batch, item: WorkItem) -> None:
    try:
        item.flow_task.activation_class(item).execute()
    except Exception as error:
        raise _Failed(item.pk) from error
    item.attempts, item.error = 0, ""


def _fire_alone(case: int, clock: User, at: datetime) -> Fired:
    try:
        return _fire([case], clock, at)
    except InterfaceError:
        raise
    except Exception as failure:
        _note(case, failure, clock, at)
        return Fired(failed=1)


def _note(case: int, failure: Exception, clock: User, at: datetime) -> None:
    """Put the failure down on its timer; where not even that can be done, in the log, and the other cases go on."""
    error = failure.__cause__ if isinstance(failure, _Failed) and failure.__cause__ else failure
    try:
        with batch([case], by=clock, at=at, skip_locked=True) as unit:
            for held in unit.cases.values():
                due = [item for item in _due(unit, held) if item.pk == getattr(failure, "item", item.pk)]
                for item in due[:1]:
                    _put_off(unit, item, error)
    except InterfaceError:
        raise
    except Exception as worse:
        log.error("timer of a case that cannot be opened", case=case, error=describe(worse))


def _put_off(unit: Batch, item: WorkItem, error: BaseException) -> None:
    """Until tomorrow when a condition holds it up; else longer each time, and given up after the last."""
    item.error = describe(error)
    if isinstance(error, NotYet):
        item.scheduled = start_of_local_day(unit.today + ONE_DAY)
        return
    item.attempts += 1
    item.scheduled = unit.at + Job.backoff(item.attempts)
    if item.attempts >= Job.MAX_ATTEMPTS:
        item.status = STATUS.ERROR
    log.warning("timer failed", item=item.pk, node=item.node, attempts=item.attempts, error=item.error)
