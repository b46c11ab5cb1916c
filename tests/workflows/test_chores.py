"""Chores: each once a day, whatever the clock does, and tried again like any job."""

from datetime import timedelta

import pytest

from tests.workflows.conftest import at
from workflows import chores, jobs, registry
from workflows.clockwork import Clockwork
from workflows.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch) -> list:
    """The only chore there is; notes when it was done."""
    times: list = []
    for module in (registry, jobs):
        monkeypatch.setattr(module, "REGISTERED", dict(registry.REGISTERED))
    monkeypatch.setattr(jobs, "REGISTERED", registry.REGISTERED)
    monkeypatch.setattr(chores, "CHORES", {})

    @chores.chore("tidy")
    def tidy(when) -> int:
        times.append(when)
        return 1

    return times


def test_a_chore_is_done_once_a_day_however_often_the_clock_comes_round(done):
    for hour in (8, 9, 23):
        Clockwork().turn(at(hour=hour - 1))
    assert len(done) == 1
    Clockwork().turn(at(days=1))
    assert done == [at(hour=7), at(days=1)]


def test_a_day_begins_at_polish_midnight(done):
    for hours in (22, 23):  # 23:00 and 0:00 in Poland
        chores.hand_out(at(hour=0) + timedelta(hours=hours))
    assert Job.objects.filter(name="chore-tidy").count() == 2


def test_a_chore_that_fails_is_tried_again_and_keeps_none_from_theirs(done):
    @chores.chore("break")
    def break_down(when) -> int:
        raise ValueError

    chores.hand_out(at())
    jobs.run_due(at())
    assert len(done) == 1
    assert Job.objects.get(name="chore-break").state == Job.State.WAITING


def test_two_chores_may_not_share_a_name(done):
    def other(when) -> int:
        return 0

    other.__module__ = "somewhere.else"
    with pytest.raises(ValueError, match="twice"):
        chores.chore("tidy")(other)
