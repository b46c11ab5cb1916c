"""Timers: each fires once, late or not; one that fails keeps the others going."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from viewflow.workflow.status import STATUS

from roles.role import Role
from tests.errands.models import Errand
from tests.workflows.conftest import at, item_of
from workflows import timers
from workflows.deadlines import start_of_local_day
from workflows.errors import NotYou
from workflows.lifecycle import Move, guard
from workflows.models import Case, StageChange, WorkItem
from workflows.services import ask


@pytest.fixture
def delivering(new_errand, team, walk, decide, show_permit):
    """Makes an errand whose delivery waits, with its monthly report and its timeout armed, on the fourth day."""

    def make() -> Errand:
        case = new_errand()
        show_permit(case)
        walk(case, "prepare", "ready", by=team.coordinator)
        decide(case, "approve_begin", by=team.supervisor, day=1).only()
        walk(case, "walk", by=team.tutor, day=2)
        walk(case, "count", by=team.animator, day=3)
        return case

    return make


@pytest.fixture
def cooling(new_errand, team, decide):
    """Makes an errand that was dropped and waits to be archived."""

    def make() -> Errand:
        case = new_errand()
        ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
        decide(case, "dropping", by=team.coordinator, day=2).only()
        return case

    return make


def waits(case) -> list[str]:
    return sorted(WorkItem.objects.open().filter(process=case).values_list("node", flat=True))


def test_a_wait_fires_when_its_day_has_come_and_not_before(cooling):
    case = cooling()
    ends = item_of(case, "cool").scheduled
    assert ends == start_of_local_day(date(2026, 9, 4))
    assert timers.fire_due(ends - timedelta(seconds=1)).fired == 0
    assert timers.fire_due(ends).fired == 1
    case = Case.objects.get(pk=case.pk)
    assert (case.stage, case.status) == ("archived", "DONE")
    change = StageChange.objects.in_order().last()
    assert change.detail.approved_by.username == "clock"


def test_a_clock_that_jumps_two_hours_fires_each_timer_once(cooling):
    case = cooling()
    ends = item_of(case, "cool").scheduled
    for jump in (2, 0, 2, 0):
        timers.fire_due(ends + timedelta(hours=jump))
    assert StageChange.objects.filter(case=case, move="archive").count() == 1


def test_what_comes_round_starts_its_path_beside_the_item_and_waits_for_the_next_month(delivering):
    case = delivering()
    first = item_of(case, "deliver__every")
    assert first.scheduled == start_of_local_day(date(2026, 4, 5))
    timers.fire_due(first.scheduled)
    assert waits(case) == ["deliver", "deliver__every", "deliver__timeout", "report"]
    assert item_of(case, "deliver__every").scheduled == start_of_local_day(date(2026, 5, 5))
    timers.fire_due(first.scheduled)
    assert waits(case).count("report") == 1


def test_rounds_that_were_missed_are_not_made_up_for(delivering):
    case = delivering()
    timers.fire_due(start_of_local_day(date(2026, 5, 20)))
    assert waits(case).count("report") == 1
    assert item_of(case, "deliver__every").scheduled == start_of_local_day(date(2026, 6, 5))


def test_a_timeout_cancels_its_item_disarms_its_timers_and_takes_the_other_path(delivering):
    case = delivering()
    item = item_of(case, "deliver")
    timers.fire_due(item_of(case, "deliver__timeout").scheduled)
    assert waits(case) == ["late", "report"]
    item.refresh_from_db()
    assert item.status == STATUS.CANCELED


def test_a_timer_of_finished_work_does_not_fire(delivering, walk, team):
    case = delivering()
    walk(case, "deliver", by=team.tutor, day=5)
    assert timers.fire_due(at(400)).fired == 0
    assert waits(case) == ["recount"]


class PathError(Exception):
    """The path of a timer fails."""


@pytest.fixture
def broken(monkeypatch):
    """Makes the archive of one errand fail, as a defect in a room would."""
    failing: set[int] = set()
    archive = Errand.archive

    def archive_or_fail(self):
        if self.pk in failing:
            raise PathError
        return archive(self)

    monkeypatch.setattr(Errand, "archive", archive_or_fail)
    return failing


def test_one_that_fails_is_put_off_and_the_others_go_on(cooling, broken):
    cases = [cooling() for _ in range(3)]
    broken.add(cases[1].pk)
    moment = item_of(cases[0], "cool").scheduled
    assert timers.fire_due(moment) == timers.Fired(fired=2, failed=1)
    stages = [Case.objects.get(pk=case.pk).stage for case in cases]
    assert stages == ["archived", "dropped", "archived"]
    item = item_of(cases[1], "cool")
    assert (item.attempts, item.status) == (1, STATUS.SCHEDULED)
    assert item.scheduled == moment + timedelta(minutes=1)
    assert item.error.startswith("PathError at ")


def test_one_that_keeps_failing_is_given_up_and_may_be_tried_again(cooling, broken, region, team):
    case = cooling()
    broken.add(case.pk)
    for attempt in range(12):
        timers.fire_due(at(300) + timedelta(days=attempt))
    item = timers.failed_timers().get()
    assert (item.process_id, item.attempts, item.status) == (case.pk, 8, STATUS.ERROR)
    broken.clear()
    with pytest.raises(NotYou):
        timers.retry_timer(item, by=team.supervisor, at=at(320))
    administrator = region.person("administrator", Role.SYSTEM_ADMINISTRATOR)
    timers.retry_timer(item, by=administrator, at=at(320))
    assert timers.fire_due(at(320)).fired == 1
    assert Case.objects.get(pk=case.pk).stage == "archived"
    assert not timers.failed_timers()


def test_a_condition_that_does_not_hold_yet_is_tried_again_tomorrow_and_is_no_error(cooling, monkeypatch):
    case = cooling()
    moment = item_of(case, "cool").scheduled
    closed = guard("The books are still open.")(lambda case: False)
    unmet = Move.unmet
    monkeypatch.setattr(Move, "unmet", lambda move, case: [closed] if move.name == "archive" else unmet(move, case))
    timers.fire_due(moment)
    item = item_of(case, "cool")
    assert (item.attempts, item.error) == (
        0,
        "NotYet The books are still open. at workflows.batch:" + item.error.rsplit(":", 1)[1],
    )
    assert item.scheduled == moment + timedelta(days=1)


def test_the_number_of_queries_does_not_grow_with_the_timers(cooling):
    cooling()
    with CaptureQueriesContext(connection) as one:
        timers.fire_due(at(400))
    for _ in range(6):
        cooling()
    with CaptureQueriesContext(connection) as six:
        assert timers.fire_due(at(400)).fired == 6
    assert len(six) == len(one)
