"""How a case ended stands in one column for every kind, written by the move that ended it."""

from cases.participants.stages import Stage
from roles.role import Role
from tests.cases.participants.factories import at, day, do, fresh, item_of, make_participant, register_participant
from tests.cases.participants.test_leaving import exclude, lodge, withdraw
from workflows.services import revert_last_move


def test_a_case_has_no_outcome_before_it_ends(region):
    case = make_participant(region, stage=Stage.INCUBATION)
    assert (case.outcome, case.outcome_label) == ("", "")


def test_graduating_writes_the_outcome_that_was_asked_for(region):
    case = fresh(make_participant(region, stage=Stage.GRADUATED))
    assert case.outcome == case.leaving != ""
    assert case.outcome_label == case.get_leaving_display()


def test_withdrawing_writes_its_reason_and_taking_it_back_empties_it(region):
    case = make_participant(region, stage=Stage.PRE_INCUBATION)
    withdraw(region, case, "moved", 100)
    assert (fresh(case).outcome, fresh(case).exit_reason) == ("moved", "moved")
    revert_last_move(case, by=region.second, reason="pomyłka", at=at(101))
    assert (fresh(case).outcome, fresh(case).exit_reason) == ("", "")


def test_an_appeal_that_is_upheld_empties_it_and_reverting_that_brings_it_back(region):
    case = register_participant(region)
    do(region, case, "check_eligibility", "not_eligible", days=2, reason="no_criterion")
    do(region, case, "approve_refusal", "approved", days=3)
    assert fresh(case).outcome == "no_criterion"
    item = lodge(region, case, "reopen_on_appeal", 5)
    do(region, case, item.node, "approved", days=6, by=region.second)
    assert fresh(case).outcome == ""
    revert_last_move(case, by=region.person(Role.SUPERVISOR), reason="pomyłka", at=at(7))
    assert fresh(case).outcome == "no_criterion"


def test_an_exclusion_is_an_outcome_too(region):
    case = make_participant(region, stage=Stage.INCUBATION)
    exclude(region, case, 100)
    assert fresh(case).outcome == "conduct"
    assert fresh(case).outcome_label != "conduct"
    assert item_of(case, "collect_exit_data").due > day(100)
