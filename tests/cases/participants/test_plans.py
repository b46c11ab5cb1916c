"""The plan: versions, which of them counts, and changing it when it does not fit any more."""

import pytest

from cases.participants.models import Plan
from cases.participants.stages import Stage
from roles.role import Role
from tests.cases.participants.factories import at, fresh, item_of, make_participant, open_nodes, planned, walk
from workflows.errors import NotYet
from workflows.models import StageChange
from workflows.services import ask, decide_many, revert_last_move
from workflows.timers import fire_due


def ask_for_another(region, case, days: int, move: str = "change_plan"):
    return ask(case, move, by=region.people[Role.TUTOR], write=planned, note="kurs odwołany", at=at(days))


def decide(region, item, outcome: str, days: int):
    reason = "" if outcome == "approved" else "unclear"
    return decide_many([item], by=region.people[Role.SUPERVISOR], outcome=outcome, reason=reason, at=at(days)).only()


def in_force(case) -> int | None:
    plan = fresh(case).plan_in_force
    return plan.version if plan else None


def test_a_plan_is_in_force_once_a_supervisor_has_approved_it(region):
    case = make_participant(region, until="approve_plan")
    assert in_force(case) is None
    walk(region, case, "recommend", start="approve_plan")
    assert in_force(case) == 1


def test_it_is_changed_at_any_time_and_the_work_of_the_stage_goes_on(region):
    case = make_participant(region, until="recommend")
    waiting = open_nodes(case)
    item = ask_for_another(region, case, 40)
    assert in_force(case) == 1
    decide(region, item, "approved", 41)
    assert (in_force(case), open_nodes(case)) == (2, waiting)
    changed = StageChange.objects.filter(case=case).order_by("seq").last()
    assert (changed.move, changed.source, changed.target) == ("change_plan", Stage.PRE_INCUBATION, Stage.PRE_INCUBATION)
    assert fresh(case).stage_since == case.admitted_on


def test_a_change_that_is_turned_down_leaves_the_plan_before_in_force(region):
    case = make_participant(region, until="recommend")
    decide(region, ask_for_another(region, case, 40), "refused", 41)
    assert (in_force(case), Plan.objects.filter(case=case).count()) == (1, 2)
    decide(region, ask_for_another(region, case, 42), "approved", 43)
    assert in_force(case) == 3


def test_a_change_that_is_taken_back_leaves_the_plan_before_in_force(region):
    case = make_participant(region, until="recommend")
    decide(region, ask_for_another(region, case, 40), "approved", 41)
    revert_last_move(case, by=region.people[Role.SUPERVISOR], reason="pomyłka", at=at(42))
    assert in_force(case) == 1


def test_a_change_that_waits_when_the_case_goes_on_is_let_go(region):
    case = make_participant(region, until="approve_incubation")
    ask_for_another(region, case, 85)
    walk(region, case, "propose_graduation", start="approve_incubation")
    assert (in_force(case), "change_of_plan" in open_nodes(case)) == (1, False)
    decide(region, ask_for_another(region, case, 100, "change_plan_in_incubation"), "approved", 101)
    assert in_force(case) == 3


def test_whoever_changed_the_plan_or_worked_before_the_change_may_not_approve_what_rests_on_it(region):
    case = make_participant(region, until="confirm_recommendation")
    decide(region, ask_for_another(region, case, 83), "approved", 83)
    walk(region, case, "approve_incubation", start="confirm_recommendation")
    worked = {region.people[role].pk for role in (Role.TUTOR, Role.PSYCHOLOGIST, Role.COORDINATOR)}
    assert worked <= set(item_of(case, "approve_incubation").barred)


def test_a_plan_without_actions_is_no_change(region):
    case = make_participant(region, until="recommend")

    def empty(unit, held):
        planned(unit, held)
        Plan.objects.filter(case=held).order_by("-version").first().actions.all().delete()

    with pytest.raises(NotYet, match="agreed"):
        ask(case, "change_plan", by=region.people[Role.TUTOR], write=empty, at=at(40))
    assert Plan.objects.filter(case=case).count() == 1


def test_enter_sends_the_plan_on_and_opens_no_rows(region, client):
    case = make_participant(region, until="agree_plan")
    client.force_login(region.people[Role.TUTOR])
    page = client.get(item_of(case, "agree_plan").get_absolute_url()).text
    form = page[page.index("data-once") :]
    assert form.index('type="submit" tabindex="-1"') < form.index('name="more"')


def test_reviews_that_wait_are_let_go_when_the_person_leaves(region):
    case = make_participant(region, until="propose_graduation")
    fire_due(at(86 + 32))
    assert "review_incubation" in open_nodes(case)
    walk(region, case, "the end", start="propose_graduation")
    assert open_nodes(case) == ["six_months"]
