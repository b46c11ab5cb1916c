"""Holds and extensions: what moves a deadline, and what never does."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from roles.role import Role
from tests.workflows.conftest import at, item_of
from workflows import timers
from workflows.deadlines import start_of_local_day
from workflows.errors import NotYet, NotYou, TooLate
from workflows.integrity import verify_integrity
from workflows.models import Extension, Hold, ParameterValue, WorkItem
from workflows.services import add_item, ask, claim, correct_hold, end_hold, extend, put_on_hold, withdraw_hold
from workflows.services.holds import recompute_held

MARCH = date(2026, 3, 1)


def march(day: int) -> date:
    return MARCH + timedelta(days=day - 1)


@pytest.fixture
def hold(team):
    def put(case, first: int, last: int | None = None, *, by=None, day: int = 0, reason="illness"):
        ends_on = march(last) if last else None
        return put_on_hold(
            case, by=by or team.tutor, starts_on=march(first), ends_on=ends_on, reason=reason, at=at(day)
        )

    return put


def due(case, node="prepare") -> date:
    return item_of(case, node).due


def set_to(programme, name, value):
    ParameterValue.objects.create(programme=programme, name=name, value=value, valid_from=date(2020, 1, 1))


def test_a_hold_moves_internal_deadlines_by_the_working_days_it_takes(new_errand, hold):
    case = new_errand()
    assert due(case) == march(16)
    hold(case, 4, 8)  # Wednesday to Sunday
    assert due(case) == march(19)


def test_no_hold_moves_what_the_law_sets(new_errand, team, walk, decide, show_permit, hold):
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    decide(case, "approve_begin", by=team.supervisor, day=1).only()
    before = due(case, "count"), due(case, "walk")
    hold(case, 5, 11, day=1)
    assert (due(case, "count"), due(case, "walk")) == (before[0], before[1] + timedelta(days=7))


def test_while_a_hold_runs_the_deadline_stands_still_ahead(new_errand, hold, team):
    case = new_errand()
    hold(case, 4, day=2)
    assert due(case) == march(17)
    recompute_held(at(7))
    assert due(case) == march(20)
    assert recompute_held(at(7, hour=14)) == 0
    end_hold(case, by=team.tutor, on=march(6), at=at(8))
    assert due(case) == march(19)


def test_a_hold_that_is_corrected_counts_no_more_and_its_row_stays(new_errand, hold, team):
    case = new_errand()
    wrong = hold(case, 4, 6)
    right = correct_hold(wrong, by=team.tutor, starts_on=march(4), ends_on=march(4), reason="care", at=at(3))
    assert due(case) == march(17)
    assert list(Hold.objects.standing()) == [right]
    with pytest.raises(TooLate):
        correct_hold(wrong, by=team.tutor, starts_on=march(4), reason="care", at=at(3))
    withdraw_hold(right, by=team.tutor, at=at(3))
    assert due(case) == march(16)
    assert Hold.objects.count() == 2


def test_a_back_dated_hold_gives_the_deadline_that_it_would_have_given(new_errand, hold):
    on_time, late = new_errand(), new_errand()
    hold(on_time, 4, 6)
    hold(late, 4, 6, day=11)
    assert due(on_time) == due(late) == march(19)


def test_a_hold_is_not_dated_further_back_than_the_programme_allows(new_errand, hold, region):
    set_to(region.programme, "backdating_days", 5)
    case = new_errand()
    hold(case, 5, 5, day=8)
    with pytest.raises(NotYet, match="5 days"):
        hold(case, 4, 4, day=8)


@pytest.mark.parametrize(("first", "last"), [(6, 3), (1, 2)])
def test_impossible_days_are_refused(new_errand, hold, first, last):
    with pytest.raises(NotYet):
        hold(new_errand(), first, last)


@pytest.mark.parametrize(("first", "last"), [(4, 4), (6, None), (3, 9), (8, 8)])
def test_holds_do_not_overlap(new_errand, hold, first, last):
    case = new_errand()
    hold(case, 4, 8)
    with pytest.raises(NotYet, match="on hold on some"):
        hold(case, first, last)
    hold(case, 9, 9)


def test_all_holds_together_keep_within_the_cap(new_errand, hold, region):
    set_to(region.programme, "hold_days_cap", 10)
    case = new_errand()
    hold(case, 4, 8)
    with pytest.raises(NotYet, match="10 days"):
        hold(case, 11, 16)
    hold(case, 11, 15)


def test_a_hold_that_nobody_ends_ends_at_the_cap(new_errand, hold, region, team):
    set_to(region.programme, "hold_days_cap", 10)
    case = new_errand()
    hold(case, 4, 6)
    hold(case, 9)
    recompute_held(at(30))
    ended = Hold.objects.get(starts_on=march(9))
    assert (ended.ends_on, ended.ended_by) == (march(15), team.clock)
    assert due(case) == march(16) + timedelta(days=10)
    recompute_held(at(31))


def test_a_timer_does_not_fire_while_its_case_is_on_hold(new_errand, team, decide, hold):
    case = new_errand()
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    decide(case, "dropping", by=team.coordinator, day=2).only()
    moment = item_of(case, "cool").scheduled
    put_on_hold(case, by=team.tutor, starts_on=date(2026, 9, 1), reason="care", at=at(183))
    next_day = moment + timedelta(days=1)
    assert item_of(case, "cool").scheduled == next_day
    assert timers.fire_due(next_day).fired == 0
    assert item_of(case, "cool").scheduled == start_of_local_day(date(2026, 9, 9))
    end_hold(case, by=team.tutor, on=date(2026, 9, 3), at=next_day)
    assert item_of(case, "cool").scheduled == start_of_local_day(date(2026, 9, 7))
    assert timers.fire_due(moment + timedelta(days=3)).fired == 1


@pytest.mark.parametrize("role", [Role.ANIMATOR, Role.AUDITOR])
def test_only_who_answers_for_the_case_puts_it_on_hold(new_errand, region, hold, role):
    with pytest.raises(NotYou):
        hold(new_errand(), 4, by=region.person("somebody", role))


def test_a_tutor_of_the_next_powiat_or_the_other_organisation_does_not(new_errand, region, hold):
    case = new_errand()
    next_door = region.person("next", Role.TUTOR, territory=region.next_powiat)
    other = region.person("other", Role.TUTOR, organisation=region.other_organisation)
    ended = region.person("ended", Role.TUTOR, valid_to=date(2026, 3, 1))
    for near_miss in (next_door, other, ended):
        with pytest.raises(NotYou):
            hold(case, 4, by=near_miss)


def test_ending_a_hold_that_is_over_is_too_late(new_errand, hold, team):
    case = new_errand()
    hold(case, 4, 5)
    with pytest.raises(TooLate):
        end_hold(case, by=team.tutor, on=march(5), at=at(4))


def test_what_holds_and_extensions_made_of_deadlines_is_what_integrity_computes(new_errand, hold, team):
    case = new_errand()
    hold(case, 4, 6)
    hold(case, 10, day=9)
    extend(item_of(case, "prepare"), by=team.supervisor, working=3, reason="a long illness", at=at(9))
    assert verify_integrity().ok
    with connection.cursor() as cursor:
        cursor.execute("UPDATE workflows_workitem SET due = due - 8 WHERE node = 'prepare'")
    (problem,) = verify_integrity().problems
    assert problem.where == f"work item {item_of(case, 'prepare').pk}"


def test_a_hold_takes_as_many_queries_for_one_item_as_for_three(new_errand, team, walk, decide, show_permit, hold):
    few, many = new_errand(), new_errand()
    show_permit(many)
    walk(many, "prepare", "ready", by=team.coordinator)
    decide(many, "approve_begin", by=team.supervisor, day=1).only()
    walk(many, "walk", by=team.tutor, day=2)
    walk(many, "count", by=team.animator, day=2)
    counts = []
    for case in (few, many):
        with CaptureQueriesContext(connection) as queries:
            hold(case, 5, 6, day=2)
        counts.append(len([query for query in queries if "UPDATE" not in query["sql"]]))
    assert WorkItem.objects.open().filter(process=many).count() == 3
    assert counts[0] == counts[1]


# more time for one item


def test_a_supervisor_gives_more_time_once_and_again(new_errand, team):
    item = item_of(new_errand(), "prepare")
    extend(item, by=team.supervisor, working=2, reason="illness", at=at(1))
    extend(item, by=team.supervisor, working=3, reason="illness", at=at(2))
    item.refresh_from_db()
    assert (item.due, item.term) == (date(2026, 3, 23), "working_days:15")
    assert list(Extension.objects.values_list("working_days", flat=True)) == [2, 3]


def test_nobody_gives_more_time_to_themselves(new_errand, team, region):
    region.mandate(team.coordinator, Role.SUPERVISOR)
    item = item_of(new_errand(), "prepare")
    claim([item], by=team.coordinator, at=at(1)).only()
    with pytest.raises(NotYou, match="themselves"):
        extend(item, by=team.coordinator, working=1, reason="illness", at=at(1))
    with pytest.raises(NotYou, match="supervisor"):
        extend(item, by=team.tutor, working=1, reason="illness", at=at(1))


def test_more_time_keeps_within_the_cap(new_errand, team, region):
    set_to(region.programme, "extension_days_cap", 5)
    item = item_of(new_errand(), "prepare")
    extend(item, by=team.supervisor, working=3, reason="illness", at=at(1))
    with pytest.raises(NotYet, match="5 working days more, of which 3"):
        extend(item, by=team.supervisor, working=3, reason="illness", at=at(1))


def test_nobody_extends_what_the_law_sets(new_errand, team, walk, decide, show_permit):
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    decide(case, "approve_begin", by=team.supervisor, day=1).only()
    with pytest.raises(NotYet, match="law"):
        extend(item_of(case, "count"), by=team.supervisor, working=1, reason="illness", at=at(2))


def test_a_day_set_by_hand_can_be_extended_and_no_hold_moves_it(new_errand, team, hold):
    case = new_errand()
    item = add_item(case, by=team.tutor, title="Call the office", role=Role.TUTOR, due=march(6), at=at())
    hold(case, 3, 4)
    assert item_of(case, "ad_hoc").due == march(6)
    extend(item, by=team.supervisor, working=2, reason="closed", at=at(1))
    assert item_of(case, "ad_hoc").due == march(10)
