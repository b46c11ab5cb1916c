"""A process killed between any two statements of what it does: the act was done or it was not, and doing it again does it once."""

import os
import signal
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.utils import timezone

from tests.errands.jobs import TELL
from tests.errands.models import Permit
from tests.workflows.conftest import item_of
from workflows import jobs
from workflows.batch import batch
from workflows.errors import TooLate
from workflows.integrity import verify_integrity
from workflows.models import Case, Job, StageChange, Vote, WorkItem
from workflows.services import complete, decide_many
from workflows.verification import verify_history

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Death:
    """Comes before that many statements and commits have been made, and once more after a commit."""

    after: int

    def come_closer(self) -> None:
        if self.after == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.after -= 1

    def __call__(self, execute, sql, params, many, context):
        self.come_closer()
        return execute(sql, params, many, context)

    def commit(self, commit: Callable[[], None]) -> None:
        self.come_closer()
        commit()
        self.come_closer()


def is_killed(act: Callable[[], object], death: Death) -> bool:
    """Do it in a process of its own, and say whether it died of it."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of forking beside a library's threads
        child = os.fork()
    if child == 0:
        try:
            connection.connection, _inherited = None, connection.connection  # which stays the parent's
            usual = connection._commit
            connection._commit = lambda: death.commit(usual)
            with connection.execute_wrapper(death):
                act()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def at_every_point(make: Callable[[], Callable[[], object]], state: Callable[[], object]) -> int:
    """Kill a fresh act at each of its points in turn; each leaves the state before or after, and again leads to after. How many points."""
    before = after = None
    for points in count():
        act = make()
        before, died = state(), is_killed(act, Death(points))
        between = state()
        try:
            act()
        except TooLate:
            assert between != before
        after = state()
        assert between in (before, after), f"half done after {points} statements: {between}"
        if not died:
            assert between == after
            return points
    raise AssertionError


@pytest.fixture
def case_state():
    """What a move changes, of the last case."""

    def state():
        case = Case.objects.latest("pk")
        items = WorkItem.objects.filter(process=case)
        return {
            "stage": (case.stage, case.history_length, StageChange.objects.filter(case=case).count()),
            "votes": Vote.objects.filter(item__process=case).count(),
            "items": sorted(items.values_list("node", "status", "outcome")),
            "links": WorkItem.previous.through.objects.filter(from_workitem__process=case).count(),
            "jobs": sorted(Job.objects.filter(case=case).values_list("key", "state")),
        }

    return state


def test_a_decision_is_before_or_after_and_never_between(open_errand, team, case_state):
    def make():
        case = open_errand()
        complete(item_of(case, "prepare"), by=team.coordinator, outcome="ready")
        item = item_of(case, "approve_begin")
        return lambda: decide_many([item], by=team.supervisor, outcome="approved").only()

    assert at_every_point(make, case_state) > 10
    assert (verify_integrity().problems, verify_history().problems) == ([], [])


def test_work_with_its_facts_and_its_job_is_before_or_after(open_errand, team, case_state):
    def make():
        item = item_of(open_errand(), "prepare")

        def write(unit, case):
            case.remark = "written"
            unit.job(TELL, key=f"tell-{item.pk}", case=case)

        return lambda: complete(item, by=team.coordinator, outcome="ready", write=write)

    assert at_every_point(make, case_state) > 10
    assert verify_integrity().problems == []


def test_a_jobs_effect_and_its_mark_are_one_wherever_the_worker_dies(open_errand, team):
    later = timedelta(minutes=5)
    for points in count():
        case = open_errand()
        with batch([case.pk], by=team.coordinator) as unit:
            unit.job(TELL, key=f"tell-{case.pk}", case=case)
        job, at = Job.objects.get(key=f"tell-{case.pk}"), timezone.now()
        died = is_killed(lambda job=job, at=at: jobs.run(job.pk, at), Death(points))
        done = Job.objects.get(pk=job.pk).state == Job.State.DONE
        assert Permit.objects.filter(case=case).count() == 1 + done
        assert jobs.run(job.pk, at + later) is not done
        assert (Permit.objects.filter(case=case).count(), Job.objects.get(pk=job.pk).state) == (2, "done")
        if not died:
            break
    assert points > 5
