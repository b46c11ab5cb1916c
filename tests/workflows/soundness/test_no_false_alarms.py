"""What is sound by construction is not refused; whatever breaks it, is."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.errands.flow import ErrandFlow
from tests.workflows.soundness.breakages import every_breakage
from tests.workflows.soundness.random_definitions import sound_definitions
from workflows.kinds import flows
from workflows.soundness import Definition, definition_of, faults_of, is_sound, prove
from workflows.soundness.definition import Sort

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=100, suppress_health_check=SLOW)
@given(sound_definitions())
def test_what_is_sound_by_construction_is_not_refused(definition: Definition):
    assert [str(finding) for finding in faults_of(definition)] == []


@settings(max_examples=50, suppress_health_check=SLOW)
@given(sound_definitions(), st.data())
def test_what_breaks_it_is_refused(definition: Definition, data: st.DataObject):
    what, broken = data.draw(st.sampled_from(list(every_breakage(definition))))
    assert not is_sound(broken), what


def test_every_breakage_of_the_errand_is_refused():
    breakages = list(every_breakage(definition_of(ErrandFlow)))
    assert len(breakages) > 150
    assert [what for what, broken in breakages if is_sound(broken)] == []


def test_every_shipped_flow_is_sound():
    assert [str(finding) for flow in flows() for finding in prove(flow)] == []


@pytest.mark.torture
def test_every_breakage_of_every_shipped_flow_is_refused():
    """Moonshot 2 of features.md: at least 500 defects, at least 99 % of them refused."""
    for definition in map(definition_of, flows()):
        refused = {what: not is_sound(broken) for what, broken in every_breakage(definition)}
        assert {what for what, was in refused.items() if not was} <= set(nothing_lost(definition))


def nothing_lost(definition: Definition) -> Iterator[str]:
    """What breaks nothing: without one of two ways to ask for a move at any time, the other is still there."""
    offered = Counter(step.move for step in definition.of_sort(Sort.APPROVAL, Sort.WHENEVER))
    for step in definition.of_sort(Sort.WHENEVER):
        if offered[step.move] > 1:
            yield f"{step.name}: dropped"


@pytest.mark.torture
@settings(max_examples=3000, suppress_health_check=SLOW)
@given(sound_definitions(), st.data())
def test_five_hundred_times_over(definition: Definition, data: st.DataObject):
    assert is_sound(definition)
    what, broken = data.draw(st.sampled_from(list(every_breakage(definition))))
    assert not is_sound(broken), what
