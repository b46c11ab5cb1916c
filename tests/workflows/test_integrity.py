"""What must hold over all tables: each check finds the row that breaks it."""

import json
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.workflows.conftest import at, item_of
from workflows.integrity import CHECKS, Problem, integrity, verify_integrity
from workflows.models import Hold, StageChange, Vote, WorkItem


@pytest.fixture
def region_at_work(new_errand, team, walk, decide, show_permit):
    """Two errands: one waits for its preparation, one delivers."""
    waiting, delivering = new_errand(), new_errand()
    show_permit(delivering)
    walk(delivering, "prepare", "ready", by=team.coordinator)
    decide(delivering, "approve_begin", by=team.supervisor, day=1).only()
    walk(delivering, "walk", by=team.tutor, day=2)
    walk(delivering, "count", by=team.animator, day=3)
    return waiting, delivering


def spoil(statement: str, *values) -> None:
    """Change a row with every guard off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = DEFAULT")


def found() -> list[tuple[str, str]]:
    return [(problem.where, problem.what) for problem in verify_integrity().problems]


def test_a_region_at_work_is_whole(region_at_work):
    report = verify_integrity()
    assert report.problems == []
    assert set(report.checked) == set(CHECKS)
    assert report.checked["open cases have work"] == 2


def test_an_open_case_in_which_nothing_waits(region_at_work):
    case, _other = region_at_work
    spoil(
        "UPDATE workflows_workitem SET status = 'CANCELED', finished = now() WHERE id = %s", item_of(case, "prepare").pk
    )
    assert (f"case {case.pk}", "is open, and nothing waits in it") in found()


def test_a_finished_case_in_which_something_waits(region_at_work):
    case, _other = region_at_work
    spoil("UPDATE workflows_case SET status = 'DONE', finished = now(), closed_on = opened_on WHERE id = %s", case.pk)
    assert (f"case {case.pk}", "is finished, and something waits in it") in found()


def test_a_stage_without_its_record(region_at_work):
    case, _other = region_at_work
    spoil("UPDATE workflows_case SET stage = 'running' WHERE id = %s", case.pk)
    assert found() == [(f"case {case.pk}", "is in a stage that its last record does not lead to")]


def test_an_approval_whose_move_is_gone(region_at_work):
    _other, case = region_at_work
    change = StageChange.objects.get(case=case, move="begin")
    item = WorkItem.objects.get(process=case, node="approve_begin")
    spoil("DELETE FROM workflows_stagechange WHERE id = %s", change.pk)
    assert (f"work item {item.pk}", "was approved, and its move was not made") in found()


def test_a_move_that_nobody_decided(region_at_work):
    _other, case = region_at_work
    change = StageChange.objects.get(case=case, move="begin")
    spoil("UPDATE workflows_stagechange SET recorded_at = recorded_at + interval '1 second' WHERE id = %s", change.pk)
    assert (f"stage change {change.pk}", "no item of its case was done when it was made") in found()


def test_an_approval_without_its_votes(region_at_work):
    _other, case = region_at_work
    item = WorkItem.objects.get(process=case, node="approve_begin")
    spoil("DELETE FROM workflows_vote WHERE item_id = %s", item.pk)
    assert found() == [(f"work item {item.pk}", "was approved with fewer votes than its quorum")]


@pytest.mark.parametrize(
    ("voter", "what"),
    [("coordinator", "whoever asked has voted"), ("animator", "somebody whose work it rests on has voted")],
)
def test_a_vote_of_somebody_who_may_not(region_at_work, team, voter, what):
    vote = Vote.objects.get()
    spoil("UPDATE workflows_vote SET user_id = %s WHERE id = %s", getattr(team, voter).pk, vote.pk)
    assert (f"vote {vote.pk}", what) in found()


def test_a_timer_whose_host_is_finished(region_at_work):
    _other, case = region_at_work
    timer = item_of(case, "deliver__timeout")
    spoil("UPDATE workflows_workitem SET status = 'DONE', finished = now() WHERE id = %s", timer.host_id)
    assert (f"work item {timer.pk}", "is still armed, and its host is finished") in found()


def test_work_in_another_scope_than_its_case(region_at_work, region):
    case, _other = region_at_work
    item = item_of(case, "prepare")
    spoil("UPDATE workflows_workitem SET territory_id = %s WHERE id = %s", region.next_powiat.pk, item.pk)
    assert found() == [(f"work item {item.pk}", "is in another scope than its case")]


def test_links_that_lead_to_another_case(region_at_work):
    case, other = region_at_work
    spoil(
        "INSERT INTO workflows_workitem_previous (from_workitem_id, to_workitem_id) VALUES (%s, %s)",
        item_of(case, "prepare").pk,
        item_of(other, "deliver").pk,
    )
    ((_where, what),) = found()
    assert what == "leads from one case to another"


def test_holds_that_overlap(region_at_work, team):
    case, _other = region_at_work
    days = {"starts_on": date(2026, 3, 4), "ends_on": date(2026, 3, 6)}
    for _ in range(2):
        Hold.objects.create(case=case, reason="care", opened_by=team.tutor, opened_at=at(), **days)
    assert [what for _where, what in found() if "hold" in what] == ["meets another hold of its case"]


def test_a_deadline_that_is_not_what_it_should_be(region_at_work):
    _other, case = region_at_work
    work, timer = item_of(case, "deliver"), item_of(case, "deliver__every")
    spoil("UPDATE workflows_workitem SET due = due + 5 WHERE id = %s", work.pk)
    spoil("UPDATE workflows_workitem SET scheduled = scheduled + interval '5 days' WHERE id = %s", timer.pk)
    assert {where for where, _what in found()} == {f"work item {work.pk}", f"work item {timer.pk}"}


def test_rooms_add_their_own(db, monkeypatch):
    monkeypatch.setattr("workflows.integrity.CHECKS", dict(CHECKS))

    @integrity("a room's own")
    def of_a_room():
        return 3, [Problem("here", "it is wrong")]

    assert verify_integrity().checked["a room's own"] == 3
    assert found() == [("here", "it is wrong")]
    with pytest.raises(ValueError, match="twice"):
        integrity("open cases have work")(of_a_room)


def test_the_command_prints_one_document_and_ends_with_the_right_status(region_at_work, capsys):
    call_command("verify_integrity", "--json")
    assert json.loads(capsys.readouterr().out)["ok"] is True
    spoil("UPDATE workflows_case SET stage = 'running' WHERE id = %s", region_at_work[0].pk)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_integrity")
    assert ended.value.code == 1
    assert f"case {region_at_work[0].pk}: is in a stage" in capsys.readouterr().out


def test_the_number_of_queries_does_not_grow_with_the_cases(region_at_work, new_errand, django_assert_num_queries):
    with CaptureQueriesContext(connection) as few:
        verify_integrity()
    for _ in range(3):
        new_errand()
    with django_assert_num_queries(len(few)):
        verify_integrity()
