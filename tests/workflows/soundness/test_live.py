"""`verify_workflows`: what is there, against what is proven."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from roles.models import Absence, Mandate
from tests.workflows.conftest import at
from workflows.models import Case, WorkItem
from workflows.reports import Report
from workflows.services import ask
from workflows.soundness.live import verify_workflows

TODAY = date(2026, 3, 3)


@pytest.fixture
def errand(new_errand, region):
    """An errand at its first task, in a scope with a deputy supervisor to spare."""
    return new_errand()


def told(report: Report) -> str:
    return " | ".join(
        f"{problem.where}: {problem.what}" for problem in report.problems if "Participant" not in problem.where
    )


def test_a_case_that_stands_where_it_may_is_no_problem(errand):
    report = verify_workflows(TODAY)
    assert told(report) == ""
    assert report.checked["open cases"] == report.checked["open decisions and tasks"] == 1


def test_a_request_beside_the_flow_is_no_problem(errand, team, region):
    region.person("second coordinator", "coordinator")
    ask(errand, "drop", by=team.tutor, reason="moved", at=at(1))
    assert told(verify_workflows(TODAY)) == ""


def test_a_node_that_was_renamed_is_found(errand):
    WorkItem.objects.update(flow_task="errands/flow.ErrandFlow.ready", node="ready")
    assert f"no node “ready” in errands/flow.ErrandFlow; 1 open items stand there, of {errand.number} first" in told(
        verify_workflows(TODAY)
    )


def test_a_flow_that_is_gone_is_found(errand):
    Case.objects.update(flow_class="errands/flow.GoneFlow")
    assert f"errands/flow.GoneFlow: no such flow; 1 cases name it, {errand.number} first" in told(
        verify_workflows(TODAY)
    )


def test_an_open_case_that_waits_for_nothing_is_found(errand):
    WorkItem.objects.open().update(status="CANCELED", finished=at(1))
    assert f"case {errand.number}: is open, and nothing waits" in told(verify_workflows(TODAY))


def test_a_case_where_its_workflow_never_comes_is_found(errand):
    WorkItem.objects.open().update(flow_task="errands/flow.ErrandFlow.recount", node="recount")
    assert "wait at recount in the stage planned, where it never comes" in told(verify_workflows(TODAY))


def test_a_task_that_nobody_may_do_is_found(errand, region):
    Mandate.objects.filter(role="coordinator").update(valid_to=date(2026, 3, 2))
    assert "Alfa, czarnkowsko-trzcianecki: nobody who is a coordinator may do prepare: 1 open" in told(
        verify_workflows(TODAY)
    )


def test_a_mandate_in_the_next_powiat_does_not_help(errand, region):
    Mandate.objects.filter(role="coordinator").update(territory=region.next_powiat)
    assert "nobody who is a coordinator may do prepare" in told(verify_workflows(TODAY))


def test_who_asked_and_their_deputy_do_not_count(errand, region, team):
    tutor = region.person("tutor and coordinator", "tutor", "coordinator")
    ask(errand, "drop", by=tutor, reason="moved", at=at(1))
    assert told(verify_workflows(TODAY)) == ""
    Absence.objects.create(user=tutor, deputy=team.coordinator, starts_on=TODAY, ends_on=TODAY)
    assert "nobody who is a coordinator may do dropping" in told(verify_workflows(TODAY))


def test_a_quorum_that_cannot_be_met_is_found(errand, team, walk, decide, show_permit):
    show_permit(errand)
    walk(errand, "prepare", "ready", by=team.coordinator)
    WorkItem.objects.filter(node="approve_begin").update(quorum=3)
    assert "2 of 3 who are wanted may decide approve_begin" in told(verify_workflows(TODAY))


def test_the_command_prints_one_document_and_says_how_it_went(errand):
    WorkItem.objects.open().update(status="CANCELED", finished=at(1))
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_workflows", "--json", stdout=out)
    assert ended.value.code == 1
    document = json.loads(out.getvalue())
    assert document["ok"] is False
    assert {"where": f"case {errand.number}", "what": "is open, and nothing waits"} in document["problems"]
