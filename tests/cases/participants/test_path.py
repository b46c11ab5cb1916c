"""The participant's whole path, by the services."""

from cases.participants.stages import Stage
from tests.cases.participants.factories import (
    at,
    do,
    followed_up,
    fresh,
    open_nodes,
    register_participant,
    walk,
)
from workflows.models import StageChange
from workflows.timers import fire_due


def test_a_person_goes_the_whole_way(region):
    case = register_participant(region)
    assert open_nodes(case) == ["check_eligibility"]
    case = walk(region, case, "diagnose")
    assert (case.stage, case.admitted_on) == (Stage.PRE_INCUBATION, at(5).date())
    case = walk(region, case, "propose_graduation", start="diagnose")
    assert case.stage == Stage.INCUBATION
    case = walk(region, case, "the end", start="propose_graduation")
    assert (case.stage, case.leaving, case.left_on) == (Stage.GRADUATED, "se_job", at(202).date())
    assert open_nodes(case) == ["six_months"]
    fire_due(at(202 + 190))
    assert open_nodes(case) == ["follow_up"]
    do(region, case, "follow_up", days=400, write=followed_up)
    case = fresh(case)
    assert case.stage == Stage.CLOSED
    assert case.finished is not None
    moves = list(StageChange.objects.filter(case=case).order_by("seq").values_list("move", flat=True))
    assert moves == ["open", "admit", "accept_plan", "enter_incubation", "graduate", "close"]
