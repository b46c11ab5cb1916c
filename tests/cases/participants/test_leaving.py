"""Leaving early and afterwards: withdrawal, death, exclusion and appeal, exit data, follow-up."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from cases.confirmation import request_confirmation
from cases.models import FollowUpData
from cases.participants import services
from cases.participants.parameters import FOLLOW_UP
from cases.participants.stages import Stage, WithdrawalReason
from roles.models import clock_of
from roles.role import Role
from tests.cases.participants.factories import (
    at,
    day,
    do,
    followed_up,
    fresh,
    item_of,
    left_data,
    make_participant,
    new_person,
    open_nodes,
    register_participant,
    support,
)
from workflows.batch import batch
from workflows.errors import NotYet, NotYou
from workflows.jobs import run_due
from workflows.models import Job, ParameterValue
from workflows.services import ask, decide_many
from workflows.services.holds import put_on_hold
from workflows.timers import fire_due


def withdraw(region, case, reason: str, days: int) -> None:
    item = ask(case, "withdraw", by=region.people[Role.TUTOR], reason=reason, effective_on=day(days), at=at(days))
    decide_many([item], by=region.person(Role.COORDINATOR), outcome="approved", at=at(days, hour=12)).only()


def exclude(region, case, days: int) -> None:
    by = region.people[Role.COORDINATOR]
    item = ask(case, "exclude", by=by, reason="conduct", effective_on=day(days), at=at(days))
    decide_many([item], by=region.people[Role.SUPERVISOR], outcome="approved", at=at(days, hour=12)).only()


def no_follow_up(region) -> None:
    ParameterValue.objects.create(
        programme=region.programme, name=FOLLOW_UP.name, value=0, valid_from=region.programme.starts_on
    )


@pytest.mark.parametrize("reason", [WithdrawalReason.OWN_WISH, WithdrawalReason.HEALTH, WithdrawalReason.MOVED])
@pytest.mark.parametrize("stage", [Stage.PRE_INCUBATION, Stage.INCUBATION])
def test_whoever_withdraws_from_support_gives_exit_data(region, stage, reason):
    case = make_participant(region, stage=stage)
    withdraw(region, case, reason, 100)
    case = fresh(case)
    assert (case.stage, case.exit_reason, case.left_on) == (Stage.WITHDRAWN, reason, day(100))
    assert open_nodes(case) == ["collect_exit_data"]


def test_whoever_withdraws_before_support_owes_nothing(region):
    case = register_participant(region)
    withdraw(region, case, "own_wish", 2)
    case = fresh(case)
    assert case.stage == Stage.CLOSED
    assert open_nodes(case) == []
    assert case.finished is not None


def test_exit_data_are_due_28_days_after_leaving_whatever_holds_there_are(region):
    case = make_participant(region, stage=Stage.INCUBATION)
    put_on_hold(case, by=region.people[Role.TUTOR], starts_on=day(95), ends_on=day(110), reason="illness", at=at(95))
    withdraw(region, case, "health", 100)
    assert item_of(case, "collect_exit_data").due == day(100) + timedelta(days=28)
    put_on_hold(
        fresh(case), by=region.people[Role.TUTOR], starts_on=day(111), ends_on=day(115), reason="other", at=at(111)
    )
    assert item_of(case, "collect_exit_data").due == day(128)


def test_a_back_dated_withdrawal_counts_from_the_day_of_leaving(region):
    case = make_participant(region, stage=Stage.INCUBATION)
    by = region.people[Role.TUTOR]
    item = ask(case, "withdraw", by=by, reason="moved", effective_on=day(95), at=at(110))
    decide_many([item], by=region.people[Role.COORDINATOR], outcome="approved", at=at(112)).only()
    assert fresh(case).left_on == day(95)
    assert item_of(case, "collect_exit_data").due == day(95 + 28)


def test_timers_keep_working_after_graduation(region):
    case = make_participant(region, until="the end")
    assert open_nodes(case) == ["six_months"]
    fire_due(at(202 + 170))
    assert open_nodes(case) == ["six_months"]
    fire_due(at(202 + 185))
    assert open_nodes(case) == ["follow_up"]
    do(region, case, "follow_up", days=390, write=followed_up)
    assert fresh(case).stage == Stage.CLOSED


def test_a_programme_without_follow_up_closes_after_exit_data(region):
    no_follow_up(region)
    case = make_participant(region, stage=Stage.GRADUATED)
    do(region, case, "collect_exit_data", days=210, write=left_data)
    assert fresh(case).stage == Stage.CLOSED


def test_the_sample_is_the_same_every_time(region):
    case = make_participant(region, stage=Stage.GRADUATED)
    ParameterValue.objects.create(
        programme=region.programme, name=FOLLOW_UP.name, value=50, valid_from=region.programme.starts_on
    )
    do(region, case, "collect_exit_data", days=210, write=left_data)
    expected = ["six_months"] if case.pk * 7919 % 100 < 50 else []
    assert open_nodes(case) == expected


# death


def test_after_a_death_contacts_stop_and_the_follow_up_is_documented(region):
    person = new_person(region.organisation, email="celina@example.org")
    case = make_participant(region, until="recommend", person=person)
    tutor = region.people[Role.TUTOR]
    support(case, by=tutor, days=40, sessions=1)
    request_confirmation(case.attendances.get(), by=tutor, channel="email", at=at(40, hour=11))
    withdraw(region, case, WithdrawalReason.DEATH, 50)
    assert open_nodes(case) == ["stop_contacts"]
    Job.objects.filter(name="send_confirmation_code").update(run_after=at(60), state=Job.State.WAITING)
    run_due(at(50, hour=13))
    assert Job.objects.get(name="send_confirmation_code").state == Job.State.DROPPED
    said = FollowUpData.objects.get(case=case)
    assert (said.source, said.labour_status) == ("impossible", "")
    assert open_nodes(case) == ["collect_exit_data"]
    with pytest.raises(NotYet):
        request_confirmation(case.attendances.get(), by=tutor, channel="email", at=at(51))
    do(region, case, "collect_exit_data", days=60, write=left_data)
    assert fresh(case).stage == Stage.CLOSED


def test_a_death_while_the_six_months_run_asks_nobody_for_a_follow_up(region):
    case = make_participant(region, until="end")
    assert open_nodes(case) == ["six_months"]
    services.record_death(case, by=region.people[Role.TUTOR], on=day(220), at=at(220))
    run_due(at(220, hour=12))
    assert fresh(case).follow_up_data.attempts == "The person has died."
    fire_due(at=at(400))
    assert fresh(case).stage == Stage.CLOSED


def test_a_death_is_kept_with_the_person_and_stops_the_mails_of_their_other_cases(region):
    person = new_person(region.organisation, email="celina@example.org")
    case = make_participant(region, until="recommend", person=person)
    withdraw(region, case, WithdrawalReason.DEATH, 50)
    run_due(at(50, hour=13))
    assert fresh(case).person.died_on == day(50)
    assert not fresh(case).follow_up_data.in_sample


def test_only_those_on_the_case_write_a_death_down(region):
    case = make_participant(region, until="recommend")
    near = region.person(Role.TUTOR, territory=region.next_powiat)
    with pytest.raises(NotYou):
        services.record_death(case, by=near, on=day(40), at=at(41))
    assert fresh(case).person.died_on is None


def test_the_reason_of_a_withdrawal_for_health_is_told_to_some_and_decided_in_full(region, client):
    case = make_participant(region, until="recommend")
    tutor, animator = region.people[Role.TUTOR], region.people[Role.ANIMATOR]
    item = ask(case, "withdraw", by=tutor, reason="health", effective_on=day(50), at=at(50))
    decider = region.person(Role.COORDINATOR)
    said = {}
    with time_machine.travel(at(50), tick=False):
        for name, user in (("decider", decider), ("animator", animator)):
            client.force_login(user)
            said[name] = client.get(item.get_absolute_url()).content.decode()
        decide_many([item], by=decider, outcome="approved", at=at(50, hour=9)).only()
        for name, user in (("tutor", tutor), ("after", animator)):
            client.force_login(user)
            said[name] = client.get(reverse("workflows:case_timeline", args=[case.pk])).content.decode()
    assert {name: ("health" in text, "personal reasons" in text) for name, text in said.items()} == {
        "decider": (True, False),
        "animator": (False, True),
        "tutor": (True, False),
        "after": (False, True),
    }


# exclusion and appeal


def lodge(region, case, move: str, days: int):
    def write(unit, case):
        services.lodge_appeal(case, by=unit.by, received_on=unit.today, grounds="nie tak było", at=unit.at)

    return ask(case, move, by=region.person(Role.COORDINATOR), write=write, at=at(days))


@pytest.mark.parametrize(
    ("stage", "move", "node"),
    [
        (Stage.PRE_INCUBATION, "reinstate_in_pre_incubation", "recommend"),
        (Stage.INCUBATION, "reinstate_in_incubation", "propose_graduation"),
    ],
)
def test_an_exclusion_is_overturned_by_another_approver(region, stage, move, node):
    case = make_participant(region, stage=stage)
    exclude(region, case, 100)
    item = lodge(region, case, move, 105)
    assert region.people[Role.SUPERVISOR].pk in item.barred
    decide_many([item], by=region.second, outcome="approved", at=at(120)).only()
    case = fresh(case)
    assert (case.stage, case.left_on, case.exit_reason) == (stage, None, "")
    assert node in open_nodes(case)
    assert "collect_exit_data" not in open_nodes(case)


def test_a_refused_appeal_leaves_everything_as_it_was(region):
    case = make_participant(region, stage=Stage.INCUBATION)
    exclude(region, case, 100)
    item = lodge(region, case, "reinstate_in_incubation", 105)
    decide_many([item], by=region.second, outcome="refused", reason="terms", at=at(106)).only()
    assert fresh(case).stage == Stage.WITHDRAWN
    assert open_nodes(case) == ["collect_exit_data"]


def excluded_without_follow_up(region, days: int = 100):
    """Excluded on that day, the exit data there on the same day, and nobody is followed up."""
    no_follow_up(region)
    case = make_participant(region, stage=Stage.INCUBATION)
    exclude(region, case, days)
    do(region, case, "collect_exit_data", days=days, write=left_data)
    return fresh(case)


def test_early_exit_data_do_not_take_the_appeal_from_somebody_excluded(region):
    case = excluded_without_follow_up(region)
    assert (case.stage, open_nodes(case)) == (Stage.WITHDRAWN, ["appeal_against_exclusion_window"])
    fire_due(at(114, hour=20))
    item = lodge(region, case, "reinstate_in_incubation", 114)
    fire_due(at(115))
    assert open_nodes(case) == ["await_decision", "reinstatement_in_incubation"]
    decide_many([item], by=region.second, outcome="approved", at=at(120)).only()
    assert fresh(case).stage == Stage.INCUBATION
    assert "propose_graduation" in open_nodes(case)
    assert "await_decision" not in open_nodes(case)


def test_exit_data_of_somebody_excluded_are_due_in_28_days_all_the_same(region):
    case = make_participant(region, stage=Stage.INCUBATION)
    exclude(region, case, 100)
    assert item_of(case, "collect_exit_data").due == day(128)


def test_without_an_appeal_an_exclusion_is_final_when_its_time_is_over(region):
    case = excluded_without_follow_up(region)
    fire_due(at(114, hour=20))
    assert fresh(case).stage == Stage.WITHDRAWN
    fire_due(at(115))
    assert (fresh(case).stage, open_nodes(case)) == (Stage.CLOSED, [])


def test_late_exit_data_after_the_time_for_an_appeal_close_the_case(region):
    no_follow_up(region)
    case = make_participant(region, stage=Stage.INCUBATION)
    exclude(region, case, 100)
    do(region, case, "collect_exit_data", days=125, write=left_data)
    fire_due(at(125, hour=11))
    assert fresh(case).stage == Stage.CLOSED


@pytest.mark.parametrize("outcome", ["refused", "returned"])
def test_the_case_closes_once_a_late_appeal_is_decided(region, outcome):
    case = excluded_without_follow_up(region)
    item = lodge(region, case, "reinstate_in_incubation", 110)
    for days in (115, 116, 117):
        fire_due(at(days))
        assert fresh(case).stage == Stage.WITHDRAWN
    decide_many([item], by=region.second, outcome=outcome, reason="terms", at=at(117, hour=12)).only()
    fire_due(at(118))
    assert fresh(case).stage == Stage.CLOSED


def test_nothing_closes_a_case_whose_appeal_waits(region):
    case = excluded_without_follow_up(region)
    lodge(region, case, "reinstate_in_incubation", 110)
    clock = clock_of()
    with batch([case.pk], by=clock, at=at(116)) as unit, pytest.raises(NotYet):
        unit.make_move(unit.cases[case.pk], "close", approved_by=clock.pk)


def test_who_withdraws_has_nothing_to_appeal_against(region):
    no_follow_up(region)
    case = make_participant(region, stage=Stage.INCUBATION)
    withdraw(region, case, "own_wish", 100)
    do(region, case, "collect_exit_data", days=100, write=left_data)
    assert fresh(case).stage == Stage.CLOSED


def test_a_refused_appeal_after_the_time_for_it_ends_the_case(region):
    case = register_participant(region)
    do(region, case, "check_eligibility", "not_eligible", days=2, reason="no_criterion")
    do(region, case, "approve_refusal", "approved", days=3)
    item = lodge(region, case, "reopen_on_appeal", 16)
    fire_due(at(20))
    assert open_nodes(case) == ["appeal"]
    decide_many([item], by=region.second, outcome="refused", reason="terms", at=at(21)).only()
    case = fresh(case)
    assert case.stage == Stage.REFUSED
    assert case.finished is not None


def test_without_an_appeal_a_refusal_is_final_when_its_time_is_over(region):
    case = register_participant(region)
    do(region, case, "check_eligibility", "not_eligible", days=2, reason="no_criterion")
    do(region, case, "approve_refusal", "approved", days=3)
    fire_due(at(17, hour=20))
    assert fresh(case).finished is None
    fire_due(at(18))
    assert fresh(case).finished is not None
