"""The reserve list: in order, visible to whom it may be, and somebody hears of a place that came free."""

import pytest
import time_machine
from django.urls import reverse

from cases.participants.places import lists_for, place_of, tell_of_free_places
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
from workflows.jobs import run_due
from workflows.models import Notice, Programme, WorkItem
from workflows.services import ask, claim, decide_many

URL = reverse("participants:reserve_list")


@pytest.fixture
def full(db):
    """A region whose only place is taken."""
    region = make_region(places=1)
    region.first = make_participant(region, stage=Stage.PRE_INCUBATION)
    return region


def on_reserve(region, days: int = 6, **facts):
    case = register_participant(region, **facts)
    do(region, case, "check_eligibility", "reserve", days=days, write=found_eligible)
    return fresh(case)


def make_room(region, days: int = 8) -> None:
    item = ask(region.first, "withdraw", by=region.people[Role.TUTOR], reason="moved", at=at(days))
    decide_many([item], by=region.people[Role.COORDINATOR], outcome="approved", at=at(days, hour=11)).only()
    run_due(at(days, hour=12))


def told() -> list[int]:
    """The items of which somebody was told that a place is free."""
    found = Notice.objects.filter(event=Notice.Event.PLACE_FREE)
    return sorted(set(found.values_list("item__process", flat=True)))


SENT = {"outcome": "reserve", "checked_on": "2026-03-05", "remarks": ""}


def send(client, region, case, days: int):
    with time_machine.travel(at(days), tick=False):
        client.force_login(region.people[Role.COORDINATOR])
        return client.post(item_of(case, "check_eligibility").get_absolute_url(), SENT)


def test_nobody_is_put_on_reserve_while_a_place_is_free(client, region):
    Programme.objects.filter(pk=region.programme.pk).update(places=1)
    case = register_participant(region)
    assert send(client, region, case, 3).status_code == 422
    assert open_nodes(case) == ["check_eligibility"]


def test_a_programme_without_a_limit_has_no_reserve_list(client, region):
    assert send(client, region, register_participant(region), 3).status_code == 422


def test_a_full_programme_puts_people_on_reserve(client, full):
    case = register_participant(full)
    assert send(client, full, case, 3).status_code == 302
    assert open_nodes(case) == ["wait_for_place"]


def test_the_form_says_how_many_places_are_free_and_where_the_person_stands(client, full):
    first, second = on_reserve(full, 6), on_reserve(full, 7)
    assert (place_of(first), place_of(second), place_of(full.first)) == ((1, 2), (2, 2), (0, 2))
    with time_machine.travel(at(8), tick=False):
        client.force_login(full.people[Role.COORDINATOR])
        page = client.get(item_of(second, "wait_for_place").get_absolute_url()).content.decode()
    assert URL in page


def test_the_first_of_the_list_hears_that_a_place_came_free(full):
    first, _second = on_reserve(full, 6), on_reserve(full, 7)
    make_room(full)
    assert told() == [first.pk]
    assert set(Notice.objects.filter(item__process=first).values_list("user", flat=True)) >= {
        full.people[Role.COORDINATOR].pk
    }


def test_whoever_has_taken_the_work_hears_of_it_alone(full):
    case = on_reserve(full, 6)
    other = full.person(Role.COORDINATOR)
    claim([item_of(case, "wait_for_place")], by=other, at=at(7))
    make_room(full)
    assert list(Notice.objects.filter(event=Notice.Event.PLACE_FREE).values_list("user", flat=True)) == [other.pk]


def test_a_coordinator_elsewhere_hears_nothing(full):
    near = [
        full.person(Role.COORDINATOR, organisation=full.other),
        full.person(Role.COORDINATOR, territory=full.next_powiat),
        full.person(Role.COORDINATOR, valid_to=at(7).date()),
    ]
    on_reserve(full, 6)
    make_room(full)
    assert told()
    assert not Notice.objects.filter(event=Notice.Event.PLACE_FREE, user__in=near).exists()


def test_nobody_hears_twice_of_the_same_place(full):
    on_reserve(full, 6)
    make_room(full)
    before = Notice.objects.count()
    assert tell_of_free_places([full.programme], at=at(9)) == 0
    assert Notice.objects.count() == before


def test_nobody_hears_of_a_place_while_there_is_none(full):
    on_reserve(full, 6)
    assert tell_of_free_places([full.programme], at=at(9)) == 0
    assert not told()


def test_with_more_places_as_many_hear_of_it_as_come_free(full):
    first, second, _third = (on_reserve(full, days) for days in (6, 7, 8))
    Programme.objects.filter(pk=full.programme.pk).update(places=3)
    assert tell_of_free_places(Programme.objects.all(), at=at(9)) == 2
    assert told() == [first.pk, second.pk]


def test_the_next_hears_of_it_when_the_first_declines(full):
    first, second = on_reserve(full, 6), on_reserve(full, 7)
    make_room(full)
    do(full, first, "wait_for_place", "declined", days=9, reason="declined")
    tell_of_free_places([fresh(second).programme], at=at(10))
    assert told() == [first.pk, second.pk]


def test_the_list_stands_in_order_and_shows_only_whom_one_may_see(client, full):
    cases = [on_reserve(full, days) for days in (6, 7, 8)]
    with time_machine.travel(at(9), tick=False):
        client.force_login(full.people[Role.COORDINATOR])
        page = client.get(URL).content.decode()
        places = [page.index(case.number) for case in cases]
        assert places == sorted(places)
        for near in (
            full.person(Role.COORDINATOR, organisation=full.other),
            full.person(Role.COORDINATOR, territory=full.next_powiat),
            full.person(Role.COORDINATOR, valid_to=at(8).date()),
        ):
            client.force_login(near)
            assert cases[0].number not in client.get(URL).content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_as_many_queries_for_one_as_for_thirty(full, count, django_assert_num_queries):
    waiting = on_reserve(full, 6)
    item = item_of(waiting, "wait_for_place")
    WorkItem.objects.bulk_create(_copy(item) for _each in range(count - 1))
    with django_assert_num_queries(6):
        (found,) = lists_for(full.people[Role.COORDINATOR], at(9))
        assert [str(row.item.case.title) for row in found.line]
    assert len(found.line) == count


def _copy(item: WorkItem) -> WorkItem:
    copy = WorkItem.objects.get(pk=item.pk)
    copy.pk = copy.id = None
    return copy
