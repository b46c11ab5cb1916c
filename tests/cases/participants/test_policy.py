"""Who may move a participant, from where, only if what: written from the specification, tried on everybody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import translation
from viewflow.workflow.token import Token

from cases.participants import services
from cases.participants.flow import ParticipantFlow
from cases.participants.models import ParticipantCase
from cases.participants.stages import Stage as S  # noqa: N817  the table reads better
from roles.models import User
from roles.models.users import clock_of, service_account
from roles.role import OF_SERVICES
from roles.role import Role as R  # noqa: N817
from tests.cases.participants.factories import (
    DAY_OF,
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
    open_nodes,
    planned,
    recommended,
    register_participant,
    support,
    walk,
)
from tests.factories import make_absence
from workflows.batch import batch
from workflows.errors import NotYet, NotYou, Refusal, TooLate
from workflows.lifecycle import moves_of
from workflows.models import StageChange, WorkItem
from workflows.nodes.activation import new_item
from workflows.services import ask, complete, decide_many
from workflows.services.reverting import revert_last_move

#: (stage, move): (next stage, who asks, who approves)
POLICY = {
    (S.RECRUITMENT, "admit"): (S.PRE_INCUBATION, R.COORDINATOR, R.SUPERVISOR),
    (S.RECRUITMENT, "refuse"): (S.REFUSED, R.COORDINATOR, R.SUPERVISOR),
    (S.REFUSED, "reopen_on_appeal"): (S.RECRUITMENT, R.COORDINATOR, R.SUPERVISOR),
    (S.PRE_INCUBATION, "accept_plan"): (S.PRE_INCUBATION, R.TUTOR, R.SUPERVISOR),
    (S.PRE_INCUBATION, "change_plan"): (S.PRE_INCUBATION, R.TUTOR, R.SUPERVISOR),
    (S.INCUBATION, "change_plan_in_incubation"): (S.INCUBATION, R.TUTOR, R.SUPERVISOR),
    (S.PRE_INCUBATION, "repeat"): (S.PRE_INCUBATION, R.TUTOR, R.COORDINATOR),
    (S.PRE_INCUBATION, "enter_incubation"): (S.INCUBATION, R.COORDINATOR, R.SUPERVISOR),
    (S.INCUBATION, "return_to_pre_incubation"): (S.PRE_INCUBATION, R.TUTOR, R.COORDINATOR),
    (S.PRE_INCUBATION, "graduate"): (S.GRADUATED, R.TUTOR, R.SUPERVISOR),
    (S.INCUBATION, "graduate"): (S.GRADUATED, R.TUTOR, R.SUPERVISOR),
    (S.RECRUITMENT, "withdraw"): (S.WITHDRAWN, R.TUTOR, R.COORDINATOR),
    (S.PRE_INCUBATION, "withdraw"): (S.WITHDRAWN, R.TUTOR, R.COORDINATOR),
    (S.INCUBATION, "withdraw"): (S.WITHDRAWN, R.TUTOR, R.COORDINATOR),
    (S.PRE_INCUBATION, "exclude"): (S.WITHDRAWN, R.COORDINATOR, R.SUPERVISOR),
    (S.INCUBATION, "exclude"): (S.WITHDRAWN, R.COORDINATOR, R.SUPERVISOR),
    (S.WITHDRAWN, "reinstate_in_pre_incubation"): (S.PRE_INCUBATION, R.COORDINATOR, R.SUPERVISOR),
    (S.WITHDRAWN, "reinstate_in_incubation"): (S.INCUBATION, R.COORDINATOR, R.SUPERVISOR),
    (S.GRADUATED, "close"): (S.CLOSED, R.CLOCK, R.CLOCK),
    (S.WITHDRAWN, "close"): (S.CLOSED, R.CLOCK, R.CLOCK),
}
MOVES = {move for _stage, move in POLICY}
WHENEVER = {
    "reopen_on_appeal",
    "change_plan",
    "change_plan_in_incubation",
    "graduate",
    "withdraw",
    "exclude",
    "reinstate_in_pre_incubation",
    "reinstate_in_incubation",
}
REASON = {
    "refuse": "no_evidence",
    "graduate": "idea_tested",
    "withdraw": "health",
    "exclude": "absences",
    "return_to_pre_incubation": "too_early",
}
#: Where in the flow a move is asked for by finishing a piece of work: node, outcome, and what is written down.
ASKED_FOR_IN = {
    (S.RECRUITMENT, "admit"): ("check_eligibility", "eligible", found_eligible),
    (S.RECRUITMENT, "refuse"): ("check_eligibility", "not_eligible", None),
    (S.PRE_INCUBATION, "accept_plan"): ("agree_plan", "done", planned),
    (S.PRE_INCUBATION, "repeat"): ("recommend", "repeat", recommended("repeat")),
    (S.PRE_INCUBATION, "graduate"): ("recommend", "redirect", recommended("redirect")),
    (S.PRE_INCUBATION, "enter_incubation"): ("confirm_recommendation", "confirmed", confirmed),
    (S.INCUBATION, "return_to_pre_incubation"): ("propose_graduation", "return", None),
    (S.INCUBATION, "graduate"): ("propose_graduation", "graduate", asked),
}


def in_recruitment(region: Region) -> ParticipantCase:
    case = register_participant(region)
    with_facts(region, case, 2, found_eligible)
    return case


def in_pre_incubation(region: Region) -> ParticipantCase:
    case = make_participant(region, until="approve_incubation")
    with_facts(region, case, 85, asked)
    return case


def in_incubation(region: Region) -> ParticipantCase:
    case = make_participant(region, stage=S.INCUBATION)
    with_facts(region, case, 90, asked)
    return case


def graduated(region: Region) -> ParticipantCase:
    return make_participant(region, stage=S.GRADUATED)


def closed(region: Region) -> ParticipantCase:
    case = register_participant(region)
    leave(region, case, "withdraw", "own_wish", 1)
    return fresh(case)


def refused(region: Region) -> ParticipantCase:
    case = register_participant(region)
    do(region, case, "check_eligibility", "not_eligible", days=2, reason="no_criterion")
    do(region, case, "approve_refusal", "approved", days=3)
    appeal(region, case, 4)
    return fresh(case)


def excluded_from(stage: S) -> Callable[[Region], ParticipantCase]:
    def make(region: Region) -> ParticipantCase:
        case = make_participant(region, stage=stage)
        leave(region, case, "exclude", "conduct", 100)
        appeal(region, case, 101)
        return fresh(case)

    return make


#: A case at each stage, with every fact that the moves from there rest on; the day is the one after.
CASES = {
    "recruitment": (S.RECRUITMENT, in_recruitment, 3),
    "pre-incubation": (S.PRE_INCUBATION, in_pre_incubation, 86),
    "incubation": (S.INCUBATION, in_incubation, 91),
    "graduated": (S.GRADUATED, graduated, 203),
    "refused": (S.REFUSED, refused, 5),
    "excluded from pre-incubation": (S.WITHDRAWN, excluded_from(S.PRE_INCUBATION), 102),
    "excluded from incubation": (S.WITHDRAWN, excluded_from(S.INCUBATION), 102),
    "closed": (S.CLOSED, closed, 2),
}


def leave(region: Region, case: ParticipantCase, move: str, reason: str, days: int) -> None:
    asks, approves = next((asks, approves) for (_s, name), (_n, asks, approves) in POLICY.items() if name == move)
    item = ask(case, move, by=region.person(asks), reason=reason, effective_on=day(days), at=at(days))
    decide_many([item], by=region.person(approves), outcome="approved", at=at(days, hour=12)).only()


def appeal(region: Region, case: ParticipantCase, days: int) -> None:
    services.lodge_appeal(
        case, by=region.people[R.COORDINATOR], received_on=day(days), grounds="nie tak było", at=at(days)
    )


def with_facts(region: Region, case: ParticipantCase, days: int, *writes) -> None:
    """Facts written down by the team, outside any work."""
    with batch([case.pk], by=region.people[R.COORDINATOR], at=at(days), kind=ParticipantCase) as unit:
        for write in writes:
            write(unit, unit.cases[case.pk])


def everybody(region: Region) -> dict[R, User]:
    """Somebody new in every role, in the right place; service accounts are those that there are."""
    people = {role: region.person(role) for role in R if role not in OF_SERVICES}
    return people | {role: service_account(role.value) for role in OF_SERVICES}


def put_approval(case: ParticipantCase, move: str, days: int) -> WorkItem:
    """An approval of the move on the case, whether or not the case is where it belongs."""
    node = next(node for node in ParticipantFlow.approvals() if node.move_name == move)
    with batch([case.pk], by=clock_of(), at=at(days), kind=ParticipantCase) as unit:
        item = new_item(node, unit.cases[case.pk], Token("start"))
        node.prepare(item, None)
        item.reason = REASON.get(move, "")
        item.save()
    return item


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def target_of(act: Callable[[], object], case: ParticipantCase, move: str) -> str | None:
    """Where the move led when that has been done; None when it was refused."""
    with undone():
        try:
            act()
        except Refusal:
            return None
        return StageChange.objects.filter(case=case, move=move).order_by("-seq")[0].target


def test_the_lifecycle_has_exactly_the_moves_of_the_policy():
    found = {
        (S(source), move.name): (S(move.target), *move.terms.asked_by, move.terms.approved_by)
        for move in moves_of(ParticipantCase).values()
        for source in move.sources
    }
    assert found == POLICY


@pytest.mark.parametrize("where", CASES)
def test_only_the_policy_is_approved(region, where):
    stage, make, days = CASES[where]
    case, people = make(region), everybody(region)
    assert case.stage == stage
    found = set()
    for move in sorted(MOVES - {"close"}):
        with undone():
            item = put_approval(case, move, days)
            for role, person in people.items():
                after = target_of(
                    lambda item=item, person=person: decide_many(
                        [item], by=person, outcome="approved", effective_on=day(days), at=at(days)
                    ).only(),
                    case,
                    move,
                )
                if after:
                    found.add((move, after, role))
    assert found == {
        (move, target, approves)
        for (source, move), (target, _asks, approves) in POLICY.items()
        if source == stage and move != "close" and not (where.startswith("excluded") and not move_fits(where, move))
    }


def move_fits(where: str, move: str) -> bool:
    """Somebody excluded goes back to where they were excluded from."""
    return move == f"reinstate_in_{where.removeprefix('excluded from ').replace('-', '_')}"


@pytest.mark.parametrize("where", CASES)
def test_only_the_policy_may_ask_at_any_time(region, where):
    stage, make, days = CASES[where]
    case, people = make(region), everybody(region)
    found = set()
    for move in sorted(WHENEVER):
        for role, person in people.items():
            with undone():
                try:
                    ask(case, move, by=person, reason=REASON.get(move, ""), at=at(days))
                except Refusal:
                    continue
                found.add((move, role))
    assert found == {
        (move, asks)
        for (source, move), (_target, asks, _approves) in POLICY.items()
        if source == stage and move in WHENEVER and not (where.startswith("excluded") and not move_fits(where, move))
    }


@pytest.mark.parametrize(("stage", "move"), ASKED_FOR_IN)
def test_only_the_policy_asks_by_finishing_its_work(region, stage, move):
    node, outcome, write = ASKED_FOR_IN[stage, move]
    case = make_participant(region, until=node)
    if node == "recommend":
        support(case, by=region.people[R.TUTOR], days=80)
    item, people, found = item_of(case, node), everybody(region), set()
    WorkItem.objects.filter(pk=item.pk).update(owner=None, assigned=None, status="NEW")
    for role, person in people.items():
        with undone():
            try:
                done = complete(item, by=person, outcome=outcome, write=write, reason=REASON.get(move, ""), at=at(90))
            except Refusal:
                continue
            assert WorkItem.objects.open().get(process=case, move=move).asked_by == done.owner
            found.add(role)
    assert found == {POLICY[stage, move][1]}


def test_nobody_closes_a_case_by_hand():
    assert "close" not in {node.move_name for node in ParticipantFlow.approvals()}


# near misses


@pytest.fixture
def waiting(region) -> WorkItem:
    """An admission asked for on day 3, with no barred person but the coordinator."""
    case = make_participant(region, until="approve_admission")
    return item_of(case, "approve_admission")


def decide(item: WorkItem, by: User, days: int = 5) -> WorkItem:
    return decide_many([item], by=by, outcome="approved", at=at(days)).only()


def is_offered(item: WorkItem, user: User, days: int = 5) -> bool:
    return WorkItem.objects.queue_for(user, day(days)).filter(pk=item.pk).exists()


def test_a_supervisor_of_the_place_decides(region, waiting):
    somebody = region.person(R.SUPERVISOR)
    assert is_offered(waiting, somebody)
    assert decide(waiting, somebody).outcome == "approved"


NEAR_MISSES = {
    "other organisation, same powiat": lambda region: {"organisation": region.other},
    "same organisation, next powiat": lambda region: {"territory": region.next_powiat},
    "mandate ended yesterday": lambda region: {"valid_to": day(4)},
    "mandate begins tomorrow": lambda region: {"valid_from": day(6)},
}


@pytest.mark.parametrize("near", NEAR_MISSES)
def test_somebody_who_nearly_may_does_not_decide(region, waiting, near):
    somebody = region.person(R.SUPERVISOR, **NEAR_MISSES[near](region))
    assert not is_offered(waiting, somebody)
    with pytest.raises(NotYou):
        decide(waiting, somebody)
    assert fresh(waiting.process).stage == S.RECRUITMENT


def test_the_mandate_counts_on_its_last_day(region, waiting):
    assert decide(waiting, region.person(R.SUPERVISOR, valid_to=day(5)))


def test_a_deactivated_supervisor_does_not_decide(region, waiting):
    somebody = region.person(R.SUPERVISOR)
    somebody.is_active = False
    somebody.save()
    with pytest.raises(NotYou):
        decide(waiting, somebody)


def test_who_asked_does_not_decide(region, waiting):
    coordinator = region.people[R.COORDINATOR]
    region.person(R.SUPERVISOR, user=coordinator)
    assert not is_offered(waiting, coordinator)
    with translation.override("en"), pytest.raises(NotYou, match="you asked for it"):
        decide(waiting, coordinator)


def test_the_deputy_of_who_asked_does_not_decide(region, waiting):
    deputy = region.person(R.SUPERVISOR)
    make_absence(region.people[R.COORDINATOR], deputy, day(4), day(9))
    assert not is_offered(waiting, deputy)
    with pytest.raises(NotYou):
        decide(waiting, deputy)
    assert decide(waiting, deputy, days=10)


def test_who_asked_does_not_decide_as_somebodys_deputy(region, waiting):
    coordinator = region.people[R.COORDINATOR]
    region.person(R.SUPERVISOR, user=coordinator)
    make_absence(region.people[R.SUPERVISOR], coordinator, day(4), day(9))
    assert not is_offered(waiting, coordinator)
    with pytest.raises(NotYou):
        decide(waiting, coordinator)


def test_an_author_of_the_evidence_does_not_decide(region):
    author = region.person(R.SUPERVISOR)
    region.person(R.COORDINATOR, user=author)
    case = register_participant(region)
    services.confirm_criteria(case, by=author, claims=[{"letter": "d", "evidence": "zus"}], on=day(1), at=at(1))
    do(region, case, "check_eligibility", "eligible", days=3, write=found_eligible)
    item = item_of(case, "approve_admission")
    assert author.pk in item.barred
    assert not is_offered(item, author)
    with pytest.raises(NotYou):
        decide(item, author)


def test_who_did_work_since_the_last_move_does_not_decide(region):
    psychologist = region.people[R.PSYCHOLOGIST]
    region.person(R.SUPERVISOR, user=psychologist)
    case = make_participant(region, until="approve_incubation")
    with pytest.raises(NotYou):
        decide(item_of(case, "approve_incubation"), psychologist, days=86)


def test_the_tutor_who_recommended_does_not_decide(region):
    tutor = region.people[R.TUTOR]
    region.person(R.SUPERVISOR, user=tutor)
    case = make_participant(region, until="approve_incubation")
    with pytest.raises(NotYou):
        decide(item_of(case, "approve_incubation"), tutor, days=86)


# whoever decided an earlier refusal or exclusion


def refused_and_reopened(region: Region) -> ParticipantCase:
    """Refused by the first supervisor on day 3, reopened on appeal by the second on day 5."""
    case = register_participant(region)
    do(region, case, "check_eligibility", "not_eligible", days=2, reason="no_criterion")
    do(region, case, "approve_refusal", "approved", days=3, by=region.people[R.SUPERVISOR])
    appeal(region, case, 4)
    item = ask(case, "reopen_on_appeal", by=region.person(R.COORDINATOR), at=at(4))
    decide(item, region.second)
    return fresh(case)


@pytest.mark.parametrize(("outcome", "node"), [("not_eligible", "approve_refusal"), ("eligible", "approve_admission")])
def test_after_an_appeal_another_approver_decides(region, outcome, node):
    case, earlier = refused_and_reopened(region), region.people[R.SUPERVISOR]
    write = found_eligible if outcome == "eligible" else None
    do(region, case, "check_eligibility", outcome, days=6, reason="no_evidence", write=write)
    item = item_of(case, node)
    assert not is_offered(item, earlier, days=7)
    with pytest.raises(NotYou):
        decide(item, earlier, days=7)
    assert decide(item, region.second, days=7)


def test_the_deputy_of_who_refused_earlier_does_not_refuse_again(region):
    case, deputy = refused_and_reopened(region), region.person(R.SUPERVISOR)
    make_absence(region.people[R.SUPERVISOR], deputy, day(7), day(9))
    do(region, case, "check_eligibility", "not_eligible", days=6, reason="no_evidence")
    item = item_of(case, "approve_refusal")
    assert not is_offered(item, deputy, days=8)
    with pytest.raises(NotYou):
        decide(item, deputy, days=8)
    assert decide(item, deputy, days=10)


def test_a_first_refusal_bars_nobody_of_the_supervisors(region):
    case = register_participant(region)
    do(region, case, "check_eligibility", "not_eligible", days=2, reason="no_criterion")
    assert is_offered(item_of(case, "approve_refusal"), region.people[R.SUPERVISOR], days=3)


def test_a_refusal_that_was_taken_back_bars_nobody(region):
    case = register_participant(region)
    do(region, case, "check_eligibility", "not_eligible", days=2, reason="no_criterion")
    do(region, case, "approve_refusal", "approved", days=3, by=region.people[R.SUPERVISOR])
    revert_last_move(fresh(case), by=region.second, reason="pomyłka", at=at(4))
    item = item_of(case, "approve_refusal")
    assert is_offered(item, region.people[R.SUPERVISOR], days=4)


def test_who_excluded_does_not_exclude_again_after_a_reinstatement(region):
    case, earlier = make_participant(region, stage=S.INCUBATION), region.people[R.SUPERVISOR]
    coordinator = region.person(R.COORDINATOR)
    item = ask(case, "exclude", by=coordinator, reason="conduct", effective_on=day(100), at=at(100))
    decide_many([item], by=earlier, outcome="approved", at=at(100, hour=12)).only()
    appeal(region, case, 101)
    decide(ask(case, "reinstate_in_incubation", by=coordinator, at=at(101)), region.second, days=102)
    again = ask(case, "exclude", by=coordinator, reason="absences", at=at(110))
    assert not is_offered(again, earlier, days=110)
    with pytest.raises(NotYou):
        decide(again, earlier, days=110)
    deputy = region.person(R.SUPERVISOR)
    make_absence(earlier, deputy, day(110), day(112))
    with pytest.raises(NotYou):
        decide(again, deputy, days=111)
    assert decide(again, region.second, days=111)


# leaving with an outcome before the path foresees it


@pytest.mark.parametrize("node", ["diagnose", "agree_plan", "approve_plan", "recommend", "propose_graduation"])
def test_a_job_lets_somebody_graduate_at_any_point_of_the_support(region, node):
    case = make_participant(region, until=node)
    days = DAY_OF[node]
    item = ask(
        case, "graduate", by=region.people[R.TUTOR], write=asked, reason="se_job", effective_on=day(days), at=at(days)
    )
    assert decide(item, region.second, days=days)
    case = fresh(case)
    assert (case.stage, case.leaving, case.left_on) == (S.GRADUATED, "se_job", day(days))
    assert open_nodes(case) == ["collect_exit_data"]


def test_nobody_graduates_at_any_time_without_the_exit_questionnaire(region):
    case = make_participant(region, until="agree_plan")
    with pytest.raises(NotYet):
        ask(case, "graduate", by=region.people[R.TUTOR], reason="se_job", at=at(20))


def test_nobody_graduates_from_recruitment(region):
    case = register_participant(region)
    with pytest.raises(TooLate):
        ask(case, "graduate", by=region.people[R.TUTOR], write=asked, reason="se_job", at=at(2))


def test_graduation_is_not_asked_for_twice(region):
    case = make_participant(region, until="approve_graduation")
    with pytest.raises(TooLate):
        ask(case, "graduate", by=region.people[R.TUTOR], write=asked, reason="se_job", at=at(201))


def test_a_deputy_decides_what_nobody_they_stand_for_is_tied_to(region, waiting):
    deputy = region.person(R.SUPERVISOR)
    make_absence(region.people[R.SUPERVISOR], deputy, day(4), day(9))
    assert decide(waiting, deputy)


def test_the_second_decision_comes_too_late(region, waiting):
    decide(waiting, region.people[R.SUPERVISOR])
    with pytest.raises(TooLate):
        decide(waiting, region.second)


def test_a_move_is_not_dated_before_the_previous_one_nor_into_the_future(region):
    case = make_participant(region, until="approve_plan")
    item = item_of(case, "approve_plan")
    for wrong in (fresh(case).stage_since - timedelta(days=1), day(DAY_OF["approve_plan"] + 1)):
        with pytest.raises(Refusal):
            decide_many(
                [item], by=region.people[R.SUPERVISOR], outcome="approved", effective_on=wrong, at=at(22)
            ).only()
    assert walk(region, case, "recommend", start="approve_plan").stage == S.PRE_INCUBATION
