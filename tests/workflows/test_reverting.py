"""Taking back the last move and reopening: one more record, nothing erased, nothing left hanging."""

from datetime import date, timedelta

import pytest

from roles.role import Role
from tests.errands.models import Errand
from tests.workflows.conftest import START, at, item_of
from workflows import timers
from workflows.errors import NotYet, NotYou, TooLate
from workflows.integrity import verify_integrity
from workflows.models import Case, Job, Notice, StageChange, WorkItem
from workflows.models.history import those_that_count
from workflows.services import (
    add_item,
    ask,
    complete,
    decide_many,
    delegate,
    extend,
    put_on_hold,
    reopen,
    revert_last_move,
    what_revert_takes_back,
)
from workflows.verification import verify_history

WHY = "The permit was somebody else's"


@pytest.fixture
def begun(new_errand, team, walk, decide, show_permit):
    """An errand that began yesterday; its two branches wait."""

    def make():
        case = new_errand()
        show_permit(case)
        walk(case, "prepare", "ready", by=team.coordinator)
        decide(case, "approve_begin", by=team.supervisor, day=1).only()
        return case

    return make


@pytest.fixture
def archived(new_errand, team, decide):
    """An errand that was dropped, and half a year later archived by the clock."""

    def make():
        case = new_errand()
        ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
        decide(case, "dropping", by=team.coordinator, day=2).only()
        timers.fire_due(at(300))
        return case

    return make


def waits(case) -> list[str]:
    return sorted(WorkItem.objects.open().filter(process=case).values_list("node", flat=True))


def now(case) -> Case:
    return Case.objects.get(pk=case.pk)


def wrong() -> list:
    return verify_integrity().problems + verify_history().problems


def test_what_it_takes_back_is_listed_first(begun, team, walk):
    case = begun()
    walk(case, "walk", by=team.tutor, day=2)
    effects = what_revert_takes_back(case)
    assert (effects.change.move, effects.stage) == ("begin", "planned")
    assert [item.node for item in effects.cancelled] == ["count", "meet"]
    assert [item.node for item in effects.opened_again] == ["approve_begin"]
    assert [item.node for item in effects.done_since] == ["walk"]
    assert waits(case) == ["count", "meet"]


def test_the_decision_is_open_again_and_what_followed_is_cancelled(begun, team):
    case = begun()
    old = WorkItem.objects.get(process=case, node="approve_begin")
    change = revert_last_move(case, by=team.supervisor, reason=WHY, at=at(2))
    assert (change.move, change.source, change.target, change.detail.note) == ("revert", "running", "planned", WHY)
    assert (now(case).stage, now(case).stage_since) == ("planned", START)
    assert waits(case) == ["approve_begin"]
    new = item_of(case, "approve_begin")
    assert (new.asked_by, new.barred, new.move, new.owner) == (old.asked_by, old.barred, "begin", None)
    assert new.due == date(2026, 3, 11)
    assert list(new.previous.all()) == [old]
    assert wrong() == []


def test_after_it_the_case_goes_on_as_if_decided_for_the_first_time(begun, team, decide, walk):
    case = begun()
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(2))
    decide(case, "approve_begin", by=team.second, day=3, effective_on=date(2026, 3, 3)).only()
    assert waits(case) == ["count", "walk"]
    walk(case, "walk", by=team.tutor, day=4)
    walk(case, "count", by=team.animator, day=4)
    assert waits(case) == ["deliver", "deliver__every", "deliver__timeout"]
    assert wrong() == []


def test_after_it_the_decision_may_be_no(begun, team, decide):
    case = begun()
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(2))
    decide(case, "approve_begin", "returned", by=team.supervisor, day=3, reason="evidence").only()
    assert waits(case) == ["prepare"]
    assert item_of(case, "prepare").owner == team.coordinator


def test_a_move_that_had_cancelled_everything_gives_it_back(begun, team, decide):
    case = begun()
    before = {item.node: (item.role, item.due, item.owner) for item in WorkItem.objects.open().filter(process=case)}
    ask(case, "drop", by=team.tutor, reason="moved", at=at(3))
    decide(case, "dropping", by=team.coordinator, day=4).only()
    assert waits(case) == ["cool"]
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(5))
    assert waits(case) == ["count", "dropping", "walk"]
    after = {item.node: (item.role, item.due, item.owner) for item in WorkItem.objects.open().filter(process=case)}
    assert {node: after[node] for node in before} == before
    decide(case, "dropping", "refused", by=team.coordinator, day=6, reason="terms").only()
    assert waits(case) == ["count", "walk"]
    assert wrong() == []


def test_timers_come_back_with_their_hosts(begun, team, walk, decide):
    case = begun()
    walk(case, "walk", by=team.tutor, day=2)
    walk(case, "count", by=team.animator, day=3)
    moment = item_of(case, "deliver__timeout").scheduled
    ask(case, "drop", by=team.tutor, reason="moved", at=at(3))
    decide(case, "dropping", by=team.coordinator, day=4).only()
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(5))
    assert waits(case) == ["deliver", "deliver__every", "deliver__timeout", "dropping"]
    timer = item_of(case, "deliver__timeout")
    assert (timer.scheduled, timer.host) == (moment, item_of(case, "deliver"))
    timers.fire_due(moment)
    assert "late" in waits(case)
    assert wrong() == []


def test_moves_are_taken_back_one_after_the_other(begun, team, decide):
    case = begun()
    ask(case, "drop", by=team.tutor, reason="moved", at=at(3))
    decide(case, "dropping", by=team.coordinator, day=4).only()
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(5))
    assert what_revert_takes_back(case).change.move == "begin"
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(6))
    assert now(case).stage == "planned"
    assert waits(case) == ["approve_begin", "dropping"]
    with pytest.raises(NotYet, match="no move"):
        revert_last_move(case, by=team.supervisor, reason=WHY, at=at(7))
    assert wrong() == []


def test_the_opening_is_not_taken_back(new_errand, team):
    case = new_errand()
    assert what_revert_takes_back(case) is None
    with pytest.raises(NotYet, match="no move"):
        revert_last_move(case, by=team.supervisor, reason=WHY, at=at(1))


def test_a_supervisor_of_the_scope_takes_back_and_not_the_one_who_asked(begun, region, team):
    case = begun()
    next_door = region.person("next", Role.SUPERVISOR, territory=region.next_powiat)
    other = region.person("other", Role.SUPERVISOR, organisation=region.other_organisation)
    for near_miss in (team.coordinator, team.tutor, next_door, other):
        with pytest.raises(NotYou, match="supervisor of the scope"):
            revert_last_move(case, by=near_miss, reason=WHY, at=at(2))
    region.mandate(team.coordinator, Role.SUPERVISOR)
    with pytest.raises(NotYou, match="asked for it"):
        revert_last_move(case, by=team.coordinator, reason=WHY, at=at(2))
    with pytest.raises(NotYet, match="Say why"):
        revert_last_move(case, by=team.second, reason=" ", at=at(2))
    revert_last_move(case, by=team.second, reason=WHY, at=at(2))


def test_whose_evidence_it_rested_on_stays_barred(new_errand, region, team, decide, walk, show_permit):
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator, day=1)
    decide(case, "approve_begin", by=team.supervisor, day=2).only()
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(3))
    decide(case, "approve_begin", "returned", by=team.supervisor, day=4, reason="evidence").only()
    region.mandate(team.coordinator, Role.SUPERVISOR)
    second = region.person("second coordinator", Role.COORDINATOR)
    delegate([item_of(case, "prepare")], by=team.coordinator, to=second, at=at(4)).only()
    walk(case, "prepare", "ready", by=second, day=5)
    with pytest.raises(NotYou, match="rests on your work"):
        decide_many([item_of(case, "approve_begin")], by=team.coordinator, outcome="approved", at=at(6)).only()


def test_jobs_that_have_not_run_are_called_off_and_the_others_listed(begun, team):
    case = begun()
    change = StageChange.objects.filter(case=case).in_order().last()
    done, waiting, other = (
        Job.objects.create(name="test", key=key, case=case, created_at=created, state=state)
        for key, created, state in [
            ("a", change.recorded_at, "done"),
            ("b", change.recorded_at, "waiting"),
            ("c", change.recorded_at + timedelta(hours=1), "waiting"),
        ]
    )
    effects = what_revert_takes_back(case)
    assert (effects.happened, effects.called_off) == ([done], [waiting])
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(2))
    assert dict(Job.objects.values_list("key", "state")) == {"a": "done", "b": "dropped", "c": "waiting"}
    assert other.pk


def test_those_concerned_are_told(begun, team):
    case = begun()
    Notice.objects.all().delete()
    revert_last_move(case, by=team.second, reason=WHY, at=at(2))
    told = Notice.objects.filter(event="taken_back").values_list("user", flat=True)
    assert set(told) == {team.coordinator.pk, team.supervisor.pk}


def test_work_made_by_hand_is_left_alone(begun, team):
    case = begun()
    add_item(case, by=team.tutor, title="Call", role=Role.TUTOR, due=date(2026, 3, 9), at=at(1))
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(2))
    assert waits(case) == ["ad_hoc", "approve_begin"]


def test_a_move_that_has_come_since_it_was_shown_is_not_taken_back(begun, team, decide):
    case = begun()
    shown = what_revert_takes_back(case).change.seq
    ask(case, "drop", by=team.tutor, reason="moved", at=at(2))
    decide(case, "dropping", by=team.coordinator, day=2).only()
    with pytest.raises(TooLate, match="Another move has come since"):
        revert_last_move(case, by=team.supervisor, reason=WHY, seq=shown, at=at(3))
    assert now(case).stage == "dropped"
    revert_last_move(case, by=team.supervisor, reason=WHY, seq=what_revert_takes_back(case).change.seq, at=at(3))
    assert now(case).stage == "running"


def test_what_is_open_again_is_due_when_the_holds_of_meanwhile_say(begun, team, decide):
    case = begun()
    before = {item.node: item.due for item in WorkItem.objects.open().filter(process=case)}
    ask(case, "drop", by=team.tutor, reason="moved", at=at(3))
    decide(case, "dropping", by=team.coordinator, day=4).only()
    put_on_hold(case, by=team.tutor, starts_on=at(4).date(), ends_on=at(10).date(), reason="illness", at=at(5))
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(11))
    after = {item.node: item.due for item in WorkItem.objects.open().filter(process=case)}
    assert after["walk"] == before["walk"] + timedelta(days=7)
    assert after["count"] == before["count"]
    assert wrong() == []


def test_the_moments_of_timers_follow_the_holds_of_meanwhile(begun, team, walk, decide):
    case = begun()
    walk(case, "walk", by=team.tutor, day=2)
    walk(case, "count", by=team.animator, day=3)
    moment = item_of(case, "deliver__timeout").scheduled
    ask(case, "drop", by=team.tutor, reason="moved", at=at(3))
    decide(case, "dropping", by=team.coordinator, day=4).only()
    put_on_hold(case, by=team.tutor, starts_on=at(4).date(), ends_on=at(4).date(), reason="illness", at=at(5))
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(6))
    assert item_of(case, "deliver__timeout").scheduled == moment + timedelta(days=1)
    assert wrong() == []


def test_more_time_is_counted_across_what_was_taken_back(begun, team, decide):
    case = begun()
    extend(item_of(case, "walk"), by=team.supervisor, working=20, reason="illness", at=at(2))
    for day in (3, 6):
        ask(case, "drop", by=team.tutor, reason="moved", at=at(day))
        decide(case, "dropping", by=team.coordinator, day=day + 1).only()
        revert_last_move(case, by=team.supervisor, reason=WHY, at=at(day + 2))
        decide(case, "dropping", "refused", by=team.coordinator, day=day + 2, reason="terms").only()
    for days in (20, 1):
        with pytest.raises(NotYet, match="20 working days more, of which 20 are used"):
            extend(item_of(case, "walk"), by=team.supervisor, working=days, reason="illness", at=at(9))


def test_work_done_once_more_has_time_of_its_own(new_errand, team, walk):
    case = new_errand()
    extend(item_of(case, "prepare"), by=team.supervisor, working=20, reason="illness", at=at(1))
    walk(case, "prepare", "again", by=team.coordinator, day=2)
    extend(item_of(case, "prepare"), by=team.supervisor, working=20, reason="illness", at=at(3))


# reopening


def test_a_closing_move_that_is_not_the_one_shown_is_not_taken_back(archived, team):
    case = archived()
    with pytest.raises(TooLate, match="Another move has come since"):
        reopen(case, by=team.supervisor, reason=WHY, seq=2, at=at(301))
    reopen(case, by=team.supervisor, reason=WHY, seq=3, at=at(301))


def test_a_closed_case_is_reopened_in_the_stage_before_with_a_task_that_finishes_it_again(archived, team):
    case = archived()
    assert (now(case).status, waits(case)) == ("DONE", [])
    reopen(case, by=team.supervisor, reason=WHY, at=at(301))
    case = now(case)
    assert (case.stage, case.status, case.finished, case.closed_on) == ("dropped", "NEW", None, None)
    item = item_of(case, "ad_hoc")
    assert item.title_text == "Opened again: see to what is missing, then finish"
    assert timers.fire_due(at(301)).fired == 0
    complete(item, by=team.supervisor, at=at(302))
    case = now(case)
    assert (case.stage, case.status, case.closed_on) == ("archived", "DONE", at(302).date())
    assert list(StageChange.objects.filter(case=case).in_order().values_list("move", flat=True)) == [
        "open",
        "drop",
        "archive",
        "reopen",
        "archive",
    ]
    assert wrong() == []


def test_an_open_case_is_not_reopened_and_a_closed_one_not_reverted(begun, archived, team):
    with pytest.raises(TooLate, match="open"):
        reopen(begun(), by=team.supervisor, reason=WHY, at=at(2))
    with pytest.raises(TooLate, match="reopened"):
        revert_last_move(archived(), by=team.supervisor, reason=WHY, at=at(301))


def test_only_a_supervisor_of_the_scope_reopens(archived, region, team):
    case = archived()
    for near_miss in (team.coordinator, region.person("next", Role.SUPERVISOR, territory=region.next_powiat)):
        with pytest.raises(NotYou):
            reopen(case, by=near_miss, reason=WHY, at=at(301))


def test_a_reopened_case_may_be_taken_back_further(archived, team):
    case = archived()
    reopen(case, by=team.supervisor, reason=WHY, at=at(301))
    assert what_revert_takes_back(case).change.move == "drop"
    revert_last_move(case, by=team.supervisor, reason=WHY, at=at(302))
    assert now(case).stage == "planned"
    assert waits(case) == ["dropping", "prepare"]
    assert wrong() == []


# moves within a stage


@pytest.fixture
def amended(team, decide):
    """Ask for an amendment and have it approved: a move within the stage."""

    def make(case, day: int):
        ask(case, "amend", by=team.tutor, at=at(day))
        return decide(case, "amending", by=team.supervisor, day=day).only()

    return make


def test_a_move_within_a_stage_cancels_nothing_and_does_not_enter_the_stage_anew(begun, amended):
    case = begun()
    amended(case, day=4)
    case = now(case)
    assert (case.stage_since, case.last_move_on) == (at(1).date(), at(4).date())
    assert waits(case) == ["count", "walk"]
    assert wrong() == []


def test_one_of_two_moves_within_a_stage_is_taken_back_alone(begun, amended, team):
    case = begun()
    amended(case, day=3)
    amended(case, day=5)
    change = revert_last_move(case, by=team.second, reason=WHY, at=at(6))
    assert (change.move, change.takes_back) == ("revert", 4)
    counted = StageChange.objects.filter(case=case).that_count().in_order()
    assert list(counted.values_list("move", flat=True)) == ["open", "begin", "amend"]
    assert those_that_count(StageChange.objects.filter(case=case)) == list(counted)
    case = now(case)
    assert (case.stage_since, case.last_move_on) == (at(1).date(), at(3).date())
    assert what_revert_takes_back(case).change.seq == 3
    assert wrong() == []


def test_what_ran_beside_a_stage_is_let_go_when_the_case_leaves_it(begun, team, walk, decide):
    case = begun()
    walk(case, "walk", by=team.tutor, day=2)
    walk(case, "count", by=team.animator, day=3)
    timers.fire_due(item_of(case, "deliver__every").scheduled)
    add_item(case, by=team.tutor, title="Call", role=Role.TUTOR, due=date(2026, 5, 9), at=at(40))
    ask(case, "amend", by=team.tutor, at=at(40))
    Errand.objects.filter(pk=case.pk).update(counted=True)
    walk(case, "deliver", by=team.tutor, day=41)
    assert waits(case) == ["ad_hoc", "amending", "approve_finish", "report"]
    Notice.objects.all().delete()
    for approver in (team.supervisor, team.second):
        decide(case, "approve_finish", by=approver, day=42).only()
    assert waits(case) == ["ad_hoc", "cool"]
    assert list(Notice.objects.filter(event="outdated").values_list("user", flat=True)) == [team.tutor.pk]
    revert_last_move(case, by=team.second, reason=WHY, at=at(43))
    assert waits(case) == ["ad_hoc", "amending", "approve_finish", "report"]
    assert wrong() == []
