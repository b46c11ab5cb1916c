"""The places of a programme: the last one is given away once, whoever hurries."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from cases.participants.models import ParticipantCase
from cases.participants.stages import Stage
from roles.role import Role
from tests.cases.participants.factories import (
    at,
    do,
    found_eligible,
    fresh,
    item_of,
    make_participant,
    make_region,
    open_nodes,
    register_participant,
)
from workflows.errors import NotYet, Refusal
from workflows.services import ask, decide_many


def admitted() -> int:
    return ParticipantCase.objects.filter(stage=Stage.PRE_INCUBATION).count()


def test_a_full_programme_has_a_reserve_list(db):
    region = make_region(places=1)
    first = make_participant(region, stage=Stage.PRE_INCUBATION)
    second = register_participant(region)
    with pytest.raises(NotYet, match=r"full|pełn|miejsc"):
        do(region, second, "check_eligibility", "eligible", days=6, write=found_eligible)
    do(region, second, "check_eligibility", "reserve", days=6, write=found_eligible)
    with pytest.raises(NotYet):
        do(region, second, "wait_for_place", "place_taken", days=7)
    withdrawal = ask(first, "withdraw", by=region.people[Role.TUTOR], reason="moved", at=at(8))
    decide_many([withdrawal], by=region.people[Role.COORDINATOR], outcome="approved", at=at(9)).only()
    do(region, second, "wait_for_place", "place_taken", days=10)
    do(region, second, "approve_admission", "approved", days=11)
    assert fresh(second).stage == Stage.PRE_INCUBATION


def test_who_declines_a_place_is_refused(db):
    region = make_region(places=1)
    make_participant(region, stage=Stage.PRE_INCUBATION)
    case = register_participant(region)
    do(region, case, "check_eligibility", "reserve", days=6, write=found_eligible)
    do(region, case, "wait_for_place", "declined", days=7, reason="declined")
    do(region, case, "approve_refusal", "approved", days=8)
    assert (fresh(case).stage, fresh(case).exit_reason) == (Stage.REFUSED, "declined")


def test_of_two_decided_together_one_gets_the_last_place(db):
    region = make_region(places=1)
    cases = [make_participant(region, until="approve_admission") for _each in range(2)]
    items = [item_of(case, "approve_admission") for case in cases]
    results = decide_many(items, by=region.people[Role.SUPERVISOR], outcome="approved", at=at(5))
    assert (len(results.done), len(results.refused)) == (1, 1)
    assert isinstance(next(iter(results.refused.values())), NotYet)
    assert admitted() == 1
    waiting = next(case for case in cases if fresh(case).stage == Stage.RECRUITMENT)
    assert open_nodes(waiting) == ["approve_admission"]


@pytest.mark.django_db(transaction=True)
def test_of_two_decided_at_the_same_time_one_gets_the_last_place():
    region = make_region(places=1)
    items = [item_of(make_participant(region, until="approve_admission"), "approve_admission") for _each in range(2)]

    def decide(item, by):
        try:
            return decide_many([item], by=by, outcome="approved", at=at(5)).only()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(decide, items, [region.people[Role.SUPERVISOR], region.second]))
    assert sum(isinstance(result, NotYet) for result in results) == 1
    assert admitted() == 1
