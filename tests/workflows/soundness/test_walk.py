"""Hypothesis walks the real engine beside the model: after every step both stand in the same place."""

import sys

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roles.role import Role
from tests.errands.flow import ErrandFlow
from tests.errands.models import Errand, Permit
from tests.workflows.conftest import START, at
from tests.workflows.soundness import twisted
from tests.workflows.soundness.walker import Crew, Walker
from workflows.models import Case
from workflows.services import open_cases
from workflows.soundness import definition_of, prove

FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
FLOWS = [ErrandFlow, twisted.TwistedFlow]


@pytest.fixture(autouse=True)
def _twisted_is_in_the_room(monkeypatch):
    """Cases name their flow by app and module: for a while this one stands in the errand's room."""
    monkeypatch.setattr(twisted.TwistedFlow, "__module__", "tests.errands.twisted")
    monkeypatch.setitem(sys.modules, "tests.errands.twisted", twisted)


@pytest.fixture
def crew(region, team) -> Crew:
    workers = {role: region.person(f"{role} who works", role) for role in (Role.TUTOR, Role.ANIMATOR, Role.COORDINATOR)}
    deciders = [region.person(f"decider {n}", Role.SUPERVISOR, Role.COORDINATOR) for n in (1, 2)]
    return Crew(workers, deciders, team.clock)


@pytest.fixture
def new_walker(region, crew):
    def make(flow) -> Walker:
        facts = {"programme": region.programme, "organisation": region.organisation, "territory": region.powiat}
        errand = Errand(flow_class=flow, title="Źródlana Łucja", opened_on=START, **facts)
        open_cases([errand], by=crew.workers[Role.COORDINATOR], at=at())
        Permit.objects.create(case=errand, shown_by=crew.workers[Role.ANIMATOR])
        definition = definition_of(flow)
        waiting = sorted(errand.task_set.open().values_list("node", flat=True))
        walker = Walker(Case.objects.get(pk=errand.pk).room, definition, crew, at(), state=None)
        walker.state = next(c.state for c in walker.model.beginnings() if list(c.state.waiting) == waiting)
        return walker

    return make


def stroll(walker: Walker, data: st.DataObject, steps: int) -> int:
    """Walk at random for so many steps, or until nothing more can happen."""
    for step in range(steps):
        walker.compare()
        actions = walker.actions()
        if not actions:
            return step
        told, act = data.draw(st.sampled_from(actions), label="step")
        walker.log.append(told)
        act()
    walker.compare()
    return steps


def test_the_twisted_flow_is_sound():
    assert prove(twisted.TwistedFlow) == []


@pytest.mark.parametrize("flow", FLOWS)
@settings(max_examples=30, suppress_health_check=FIXTURES)
@given(data=st.data())
def test_the_engine_goes_where_the_model_goes(flow, data, new_walker):
    stroll(new_walker(flow), data, 25)
    connection.check_constraints()


def test_a_request_that_the_case_outgrows_does_not_keep_it_open(new_walker):
    walker = new_walker(twisted.TwistedFlow)
    walker.ask_for("dropping")
    for name in ("one", "two", "left", "right", "after_inner", "prepare", "approve_begin", "deliver", "approve_finish"):
        go_on(walker, name)
    assert walker.state.waiting == ()
    assert walker.asked == set()
    walker.compare()


def go_on(walker: Walker, name: str) -> None:
    """Do the step, if it waits, in the way that leads on."""
    changes = [change for change in walker.model.changes(walker.state) if change.step == name]
    forward = [change for change in changes if change.outcome in ("", "done", "on", "approved", "finish")]
    if forward:
        walker.do(forward[0])


@pytest.mark.torture
@pytest.mark.parametrize("flow", FLOWS)
@settings(max_examples=100, suppress_health_check=FIXTURES)
@given(data=st.data())
def test_ten_thousand_steps(flow, data, new_walker):
    left = 50  # steps an example, whatever number of cases it takes: 5,000 a flow
    while left > 0:
        left -= max(stroll(new_walker(flow), data, left), 1)
    connection.check_constraints()
