"""Every condition of every move: one fact missing, and the move is refused with the condition's own sentence."""

import pytest

from cases.models import Criterion
from cases.participants import guards, services
from cases.participants.models import ExitQuestionnaire, Notice, ParticipantCase, Plan, Recommendation
from cases.participants.parameters import ATTENDANCE, MINIMUM_HOURS, REPEATS
from cases.participants.stages import Stage
from roles.role import Role
from tests.cases.participants.factories import (
    ANSWERS,
    ENTRY,
    Region,
    asked,
    at,
    confirmed,
    day,
    do,
    found_eligible,
    fresh,
    item_of,
    make_participant,
    new_person,
    recommended,
    register_participant,
    support,
    walk,
)
from workflows.errors import NotYet
from workflows.lifecycle import Guard
from workflows.models import ParameterValue
from workflows.services import ask, decide_many


def unmet_by(refused: pytest.ExceptionInfo[NotYet]) -> list[str]:
    return [str(sentence) for sentence in refused.value.unmet]


def refused_for(*expected: Guard):
    """The sentences of exactly these conditions."""
    return [str(guard.unmet) for guard in expected]


def set_parameter(region: Region, parameter, value) -> None:
    ParameterValue.objects.create(
        programme=region.programme, name=parameter.name, value=value, valid_from=region.programme.starts_on
    )


def admission_of(region: Region, case: ParticipantCase, write=found_eligible):
    return do(region, case, "check_eligibility", "eligible", days=3, write=write)


# admission


def without_eligibility(unit, case):
    services.find(case, by=unit.by, finding="not_eligible", on=unit.today, at=unit.at)
    services.confirm_criteria(case, by=unit.by, claims=[{"letter": "b", "evidence": "pup"}], on=unit.today, at=unit.at)


def without_a_criterion(unit, case):
    services.find(case, by=unit.by, finding="eligible", on=unit.today, at=unit.at)


def with_a_criterion_nobody_has_confirmed(unit, case):
    without_a_criterion(unit, case)
    Criterion.objects.create(case=case, letter="b", evidence="pup", recorded_by=unit.by)


@pytest.mark.parametrize("write", [without_eligibility, without_a_criterion, with_a_criterion_nobody_has_confirmed])
def test_admission_needs_eligibility_confirmed_with_evidence(region, write):
    case = register_participant(region)
    with pytest.raises(NotYet) as refused:
        admission_of(region, case, write)
    assert unmet_by(refused) == refused_for(guards.eligibility_is_confirmed)


def test_a_supporting_member_needs_no_criterion(region):
    case = register_participant(region, participation="supporting")
    admission_of(region, case, without_a_criterion)
    assert item_of(case, "approve_admission")


@pytest.mark.parametrize(
    "facts",
    [
        {"entry": {name: value for name, value in ENTRY.items() if name != "education"}},
        {"entry": ENTRY | {"unemployed_since": None}},
        {"answers": {name: value for name, value in ANSWERS.items() if name != "minority"}},
        {"answers": None},
    ],
    ids=["education", "unemployed since", "one answer", "all answers"],
)
def test_admission_needs_complete_entry_data(region, facts):
    if facts.get("entry"):
        facts["entry"]["powiat"] = region.powiat
    case = register_participant(region, **facts)
    with pytest.raises(NotYet) as refused:
        admission_of(region, case)
    assert unmet_by(refused) == refused_for(guards.entry_data_is_complete)


def test_admission_needs_a_way_to_reach_the_person(region):
    case = register_participant(region, person=new_person(region.organisation, phone=""))
    with pytest.raises(NotYet) as refused:
        admission_of(region, case)
    assert unmet_by(refused) == refused_for(guards.entry_data_is_complete)


def test_a_refused_answer_is_an_answer(region):
    refused_all = {name: "refused" for name in ANSWERS if name != "asked_on"} | {"asked_on": day()}
    case = register_participant(region, answers=refused_all)
    assert admission_of(region, case)


def test_admission_needs_the_information_notice(region):
    case = register_participant(region, notice_on=None)
    with pytest.raises(NotYet) as refused:
        admission_of(region, case)
    assert unmet_by(refused) == refused_for(guards.notice_is_given)


def test_what_is_missing_is_said_all_at_once(region):
    case = register_participant(region, notice_on=None, answers=None)
    with pytest.raises(NotYet) as refused:
        admission_of(region, case, without_a_criterion)
    assert unmet_by(refused) == refused_for(
        guards.eligibility_is_confirmed, guards.entry_data_is_complete, guards.notice_is_given
    )


def test_a_fact_that_went_missing_stops_the_approval(region):
    case = make_participant(region, until="approve_admission")
    Notice.objects.filter(case=case).delete()
    with pytest.raises(NotYet) as refused:
        do(region, case, "approve_admission", "approved", days=5)
    assert unmet_by(refused) == refused_for(guards.notice_is_given)
    assert fresh(case).stage == Stage.RECRUITMENT


# incubation


def confirm(region: Region, case: ParticipantCase, write=confirmed):
    return do(region, case, "confirm_recommendation", "confirmed", days=84, write=write)


def test_incubation_needs_the_minimum_of_hours(region):
    set_parameter(region, MINIMUM_HOURS, 49)
    case = make_participant(region, until="confirm_recommendation")
    with pytest.raises(NotYet) as refused:
        confirm(region, case)
    assert unmet_by(refused) == refused_for(guards.minimum_hours_are_reached)


def test_exactly_the_minimum_of_hours_is_enough(region):
    set_parameter(region, MINIMUM_HOURS, 48)
    assert confirm(region, make_participant(region, until="confirm_recommendation"))


def test_hours_that_did_not_happen_do_not_count(region):
    set_parameter(region, MINIMUM_HOURS, 48)
    case = make_participant(region, until="confirm_recommendation")
    attendance = case.attendances.first()
    attendance.confirmation, attendance.answered_at = "disputed", at(80)
    attendance.save()
    with pytest.raises(NotYet) as refused:
        confirm(region, case)
    assert unmet_by(refused) == refused_for(guards.minimum_hours_are_reached)


def test_incubation_needs_attendance(region):
    set_parameter(region, ATTENDANCE, 76)
    case = make_participant(region, until="confirm_recommendation")
    support(case, by=region.people[Role.TUTOR], days=70, sessions=2, present=False)
    with pytest.raises(NotYet) as refused:
        confirm(region, case)
    assert unmet_by(refused) == refused_for(guards.attendance_is_sufficient)


def test_attendance_at_the_threshold_is_enough(region):
    set_parameter(region, ATTENDANCE, 75)
    case = make_participant(region, until="confirm_recommendation")
    support(case, by=region.people[Role.TUTOR], days=70, sessions=2, present=False)
    assert confirm(region, case)


def test_incubation_needs_a_plan_agreed_by_both(region):
    case = make_participant(region, until="confirm_recommendation")
    Plan.objects.filter(case=case).update(agreed_by_participant_on=None)
    with pytest.raises(NotYet) as refused:
        confirm(region, case)
    assert unmet_by(refused) == refused_for(guards.plan_is_in_force)


def test_incubation_needs_the_coordinators_confirmation(region):
    case = make_participant(region, until="confirm_recommendation")
    with pytest.raises(NotYet) as refused:
        confirm(region, case, write=None)
    assert unmet_by(refused) == refused_for(guards.recommended_to_go)


def test_the_latest_recommendation_counts(region):
    case = make_participant(region, until="confirm_recommendation")

    def overruled(unit, case):
        confirmed(unit, case)
        recommended("repeat")(unit, case)

    with pytest.raises(NotYet) as refused:
        confirm(region, case, write=overruled)
    assert unmet_by(refused) == refused_for(guards.recommended_to_go)
    assert Recommendation.objects.filter(case=case).count() == 1


def test_a_plan_needs_actions(region):
    case = make_participant(region, until="agree_plan")

    def empty(unit, case):
        services.agree_plan(
            case,
            by=unit.by,
            goal="?",
            actions=[],
            agreed_by_participant_on=day(9),
            agreed_by_tutor_on=day(9),
            at=unit.at,
        )

    with pytest.raises(NotYet) as refused:
        do(region, case, "agree_plan", days=20, write=empty)
    assert unmet_by(refused) == refused_for(guards.plan_is_agreed)


# the cap of repeats


def test_pre_incubation_is_repeated_as_often_as_the_programme_allows(region):
    set_parameter(region, REPEATS, 1)
    case = make_participant(region, until="recommend")
    do(region, case, "recommend", "repeat", days=60, write=recommended("repeat"))
    do(region, case, "approve_repeat", "approved", days=61, by=region.person(Role.COORDINATOR))
    with pytest.raises(NotYet) as refused:
        do(region, case, "recommend", "repeat", days=100, write=recommended("repeat"))
    assert unmet_by(refused) == refused_for(guards.repeats_are_left)
    support(case, by=region.people[Role.TUTOR], days=100)
    do(region, case, "recommend", "go", days=100, write=recommended("go"))


# leaving


def test_leaving_needs_the_exit_questionnaire(region):
    case = make_participant(region, stage=Stage.INCUBATION)
    with pytest.raises(NotYet) as refused:
        do(region, case, "propose_graduation", "graduate", days=200, reason="se_job")
    assert unmet_by(refused) == refused_for(guards.exit_questionnaire_is_filled_in)
    assert not ExitQuestionnaire.objects.exists()


def test_graduation_needs_an_outcome(region):
    case = make_participant(region, stage=Stage.INCUBATION)
    with pytest.raises(NotYet, match=r"reason|powód|powod"):
        do(region, case, "propose_graduation", "graduate", days=200, write=asked)
    assert fresh(case).stage == Stage.INCUBATION


def test_a_case_is_not_closed_without_its_exit_data(region):
    case = make_participant(region, stage=Stage.GRADUATED)
    set_parameter(region, guards.FOLLOW_UP, 0)
    with pytest.raises(NotYet) as refused:
        do(region, case, "collect_exit_data", days=210)
    assert unmet_by(refused) == refused_for(guards.follow_ups_are_done)


# appeals


def refused_case(region: Region) -> ParticipantCase:
    case = register_participant(region)
    do(region, case, "check_eligibility", "not_eligible", days=2, reason="no_criterion")
    do(region, case, "approve_refusal", "approved", days=3)
    return case


def lodge(region: Region, case: ParticipantCase, came: int):
    def write(unit, case):
        services.lodge_appeal(case, by=unit.by, received_on=day(came), grounds="mam zaświadczenie", at=unit.at)

    return ask(case, "reopen_on_appeal", by=region.people[Role.COORDINATOR], write=write, at=at(came + 1))


def test_an_appeal_on_the_last_day_is_in_time_and_decided_later(region):
    case = refused_case(region)
    item = lodge(region, case, 3 + 14)
    decide_many([item], by=region.second, outcome="approved", at=at(30)).only()
    case = fresh(case)
    assert (case.stage, case.exit_reason) == (Stage.RECRUITMENT, "")
    assert item_of(case, "check_eligibility")


@pytest.mark.parametrize("came", [2, 3 + 15])
def test_an_appeal_before_the_refusal_or_a_day_late_is_not_in_time(region, came):
    case = refused_case(region)
    with pytest.raises(NotYet) as refused:
        lodge(region, case, came)
    assert unmet_by(refused) == refused_for(guards.appeal_came_in_time)


def test_who_refused_does_not_decide_the_appeal(region):
    case = refused_case(region)
    item = lodge(region, case, 5)
    assert region.people[Role.SUPERVISOR].pk in item.barred
    assert region.second.pk not in item.barred


def test_the_way_to_incubation_is_open_with_everything_there(region):
    case = walk(
        region, make_participant(region, until="confirm_recommendation"), "propose_graduation", "confirm_recommendation"
    )
    assert case.stage == Stage.INCUBATION
