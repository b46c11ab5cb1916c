"""Rows edited, removed or truncated by an administrator of the database: both verifications say so, and name the first bad one."""

import json

import pytest
from django.core.management import call_command
from django.db import connection

from tests.workflows.conftest import at, decide, item_of, new_errand, region, show_permit, team, walk
from workflows.integrity import CHECKS
from workflows.models import Job, Seal, StageChange, Vote, WorkItem
from workflows.sealing import seal
from workflows.services.holds import put_on_hold

__all__ = ["decide", "new_errand", "region", "show_permit", "team", "walk"]


@pytest.fixture
def keys(new_errand, team, region, walk, decide, show_permit) -> dict[str, int]:
    """Three errands at work, sealed: one waits for its preparation, one for the other half of its work, one delivers and was on hold."""
    waiting, halfway, delivering = new_errand(), new_errand(), new_errand()
    for case in (halfway, delivering):
        show_permit(case)
        walk(case, "prepare", "ready", by=team.coordinator)
        decide(case, "approve_begin", by=team.supervisor, day=1).only()
        walk(case, "walk", by=team.tutor, day=2)
    walk(delivering, "count", by=team.animator, day=3)
    hold = put_on_hold(
        delivering, by=team.tutor, starts_on=at(4).date(), ends_on=at(6).date(), reason="illness", at=at(7)
    )
    job = Job.objects.create(name="errands.tell", key="tell", case=waiting, state=Job.State.DONE, finished_at=at(7))
    seal(at(7))
    approval = WorkItem.objects.get(process=delivering, node="approve_begin")
    return {
        "waiting": waiting.pk,
        "halfway": halfway.pk,
        "delivering": delivering.pk,
        "preparing": item_of(waiting, "prepare").pk,
        "meeting": item_of(halfway, "meet").pk,
        "work": item_of(delivering, "deliver").pk,
        "timer": item_of(delivering, "deliver__timeout").pk,
        "approval": approval.pk,
        "first_approval": WorkItem.objects.get(process=halfway, node="approve_begin").pk,
        "vote": Vote.objects.get(item=approval).pk,
        "first_change": StageChange.objects.get(case=waiting).pk,
        "change": StageChange.objects.get(case=delivering, move="begin").pk,
        "hold": hold.pk,
        "job": job.pk,
        "seal": Seal.objects.get().pk,
        "elsewhere": region.next_powiat.pk,
        "coordinator": team.coordinator.pk,
        "organisation": region.organisation.pk,
    }


def spoil(statement: str, keys: dict[str, int]) -> None:
    """As somebody who may switch every guard off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, keys)
        cursor.execute("SET session_replication_role = DEFAULT")


def answer_of(command: str, capsys) -> tuple[int, dict]:
    """Exit status and document."""
    capsys.readouterr()
    try:
        call_command(command, "--json")
    except SystemExit as ended:
        return int(ended.code), json.loads(capsys.readouterr().out)
    return 0, json.loads(capsys.readouterr().out)


#: Check, what was done, and the first row that it names.
SPOILED = [
    (
        "open cases have work",
        "DELETE FROM workflows_workitem WHERE case_id = %(waiting)s",
        ("case {waiting}", "is open, and nothing waits in it"),
    ),
    (
        "open cases have work",
        "TRUNCATE workflows_workitem CASCADE",
        ("case {waiting}", "is open, and nothing waits in it"),
    ),
    (
        "finished cases are finished",
        "UPDATE workflows_case SET status = 'DONE', finished = now(), closed_on = opened_on WHERE id = %(halfway)s",
        ("case {halfway}", "is finished, and something waits in it"),
    ),
    (
        "finished work is done or cancelled",
        "UPDATE workflows_workitem SET status = 'DONE' WHERE id = %(preparing)s",
        ("work item {preparing}", "its state and its end do not agree"),
    ),
    (
        "work lies where its case lies",
        "UPDATE workflows_workitem SET territory_id = %(elsewhere)s WHERE id IN (%(work)s, %(preparing)s)",
        ("work item {preparing}", "is in another scope than its case"),
    ),
    (
        "stages have their record",
        "UPDATE workflows_case SET stage = 'running' WHERE id = %(waiting)s",
        ("case {waiting}", "is in a stage that its last record does not lead to"),
    ),
    (
        "stages have their record",
        "TRUNCATE workflows_stagechange CASCADE",
        ("case {waiting}", "is in a stage that its last record does not lead to"),
    ),
    (
        "approved work made its move",
        "DELETE FROM workflows_stagechange WHERE id = %(change)s",
        ("work item {approval}", "was approved, and its move was not made"),
    ),
    (
        "moves were made by a decision or the clock",
        "UPDATE workflows_stagechange SET recorded_at = recorded_at + interval '1 second' WHERE id = %(change)s",
        ("stage change {change}", "no item of its case was done when it was made"),
    ),
    (
        "votes reach the quorum",
        "DELETE FROM workflows_vote WHERE id = %(vote)s",
        ("work item {approval}", "was approved with fewer votes than its quorum"),
    ),
    (
        "votes reach the quorum",
        "TRUNCATE workflows_vote CASCADE",
        ("work item {first_approval}", "was approved with fewer votes than its quorum"),
    ),
    (
        "nobody decided their own",
        "UPDATE workflows_vote SET user_id = %(coordinator)s WHERE id = %(vote)s",
        ("vote {vote}", "whoever asked has voted"),
    ),
    (
        "nobody decided their own",
        "UPDATE workflows_stagechangedetail SET approved_by_id = asked_by_id WHERE change_id = %(change)s",
        ("who and why of a stage change {change}", "whoever asked has approved"),
    ),
    (
        "timers have a moment and a host that is open",
        "UPDATE workflows_workitem SET scheduled = NULL WHERE id = %(timer)s",
        ("work item {timer}", "waits for no moment"),
    ),
    (
        "joins wait once",
        "UPDATE workflows_workitem SET (case_id, node, token, flow_task_type) ="
        " (SELECT case_id, node, token, flow_task_type FROM workflows_workitem WHERE id = %(meeting)s)"
        " WHERE id = %(timer)s",
        ("work item {timer}", "waits beside another of the same branches"),
    ),
    (
        "links stay within a case",
        "UPDATE workflows_workitem SET case_id = %(waiting)s WHERE id = %(meeting)s",
        (None, "leads from one case to another"),
    ),
    (
        "jobs that cases wait for are there",
        "UPDATE workflows_workitem SET flow_task_type = 'JOB' WHERE id = %(preparing)s",
        ("work item {preparing}", "waits for a job that is not there, or done"),
    ),
    (
        "jobs are whole",
        "UPDATE workflows_job SET state = 'running' WHERE id = %(job)s",
        ("job {job}", "is at work for ever"),
    ),
    (
        "jobs are whole",
        "UPDATE workflows_job SET finished_at = NULL WHERE id = %(job)s",
        ("job {job}", "is done at no moment"),
    ),
    (
        "holds do not overlap",
        "INSERT INTO workflows_hold (case_id, starts_on, ends_on, reason, note, opened_by_id, opened_at)"
        " SELECT case_id, starts_on + 1, ends_on, reason, note, opened_by_id, opened_at FROM workflows_hold",
        ("hold {hold}", "meets another hold of its case"),
    ),
    (
        "deadlines are what anchor, term and holds make them",
        "UPDATE workflows_workitem SET due = due + 5 WHERE id = %(work)s",
        ("work item {work}", None),
    ),
    (
        "deadlines are what anchor, term and holds make them",
        "UPDATE workflows_workitem SET term = '3 moons' WHERE id = %(work)s",
        ("work item {work}", "has the term '3 moons', which says nothing"),
    ),
    (
        "deadlines are what anchor, term and holds make them",
        "TRUNCATE workflows_hold CASCADE",
        ("work item {work}", None),
    ),
    (
        "references lead somewhere",
        "DELETE FROM roles_organisation WHERE id = %(organisation)s",
        (None, "its organisation is gone"),
    ),
    (
        "references lead somewhere",
        "DELETE FROM workflows_workitem WHERE id = %(first_approval)s",
        (None, "its from_workitem is gone"),
    ),
]


def test_every_check_of_the_engine_is_tried():
    of_the_engine = {name for name, check in CHECKS.items() if check.__module__.startswith("workflows.")}
    assert {check for check, _statement, _first in SPOILED} == of_the_engine


@pytest.mark.parametrize(("check", "statement", "first"), SPOILED)
def test_verify_integrity_names_the_first_row_that_does_not_fit(keys, capsys, monkeypatch, check, statement, first):
    assert answer_of("verify_integrity", capsys)[0] == 0
    spoil(statement, keys)
    status, whole = answer_of("verify_integrity", capsys)
    assert (status, whole["ok"], set(whole)) == (1, False, {"ok", "checked", "problems"})
    monkeypatch.setattr("workflows.integrity.CHECKS", {check: CHECKS[check]})
    status, answer = answer_of("verify_integrity", capsys)
    assert (status, set(answer["checked"])) == (1, {check})
    assert answer["problems"][0] in whole["problems"]
    where, what = first
    assert answer["problems"][0]["where"] == (where.format(**keys) if where else answer["problems"][0]["where"])
    assert answer["problems"][0]["what"] == (what or answer["problems"][0]["what"])


CHANGE = "stage change {change} (case {delivering}, record 2)"

#: What was done, and the first row that is named.
REWRITTEN = [
    ("UPDATE workflows_stagechange SET move = 'finish' WHERE id >= %(change)s", CHANGE),
    ("DELETE FROM workflows_stagechange WHERE id = %(change)s", "case {delivering}"),
    ("DELETE FROM workflows_stagechange WHERE id = %(first_change)s", "case {waiting}"),
    ("TRUNCATE workflows_stagechange CASCADE", "case {waiting}"),
    ("UPDATE workflows_stagechangedetail SET note = 'else' WHERE change_id = %(change)s", CHANGE),
    ("DELETE FROM workflows_stagechangedetail WHERE change_id = %(change)s", CHANGE),
    ("TRUNCATE workflows_stagechangedetail", "stage change {first_change} (case {waiting}, record 1)"),
    ("UPDATE workflows_case SET stage = 'finished' WHERE id = %(delivering)s", "case {delivering}"),
    ("UPDATE workflows_case SET history_hash = 'x' WHERE id = %(delivering)s", CHANGE),
    ("UPDATE workflows_seal SET root = 'x' WHERE id = %(seal)s", "seal {seal}"),
    ("DELETE FROM workflows_seal WHERE id = %(seal)s", "seal {seal}"),
    ("TRUNCATE workflows_seal CASCADE", "seal {seal}"),
]


@pytest.mark.parametrize(("statement", "first"), REWRITTEN)
def test_verify_history_names_the_first_record_that_is_not_as_it_was_written(keys, capsys, statement, first):
    assert answer_of("verify_history", capsys)[0] == 0
    spoil(statement, keys)
    status, answer = answer_of("verify_history", capsys)
    assert (status, answer["ok"], set(answer)) == (1, False, {"ok", "checked", "problems"})
    assert [answer["problems"][0]["where"]] == [first.format(**keys)], answer["problems"]
