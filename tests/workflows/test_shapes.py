"""Statements compiled for everybody of one shape: they give what the same statement built for one person gives."""

from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roles.models import Absence, Scope, User
from roles.role import Role
from tests.workflows.conftest import START, at, item_of
from workflows import inbox, shapes
from workflows.inbox import Desk, counts, inbox_page, queue_page
from workflows.models import WorkItem
from workflows.models.items import Sight

TODAY, MOMENT = START, at(0)
SCOPES = st.lists(
    st.builds(
        Scope,
        st.sampled_from([Role.TUTOR, Role.COORDINATOR, Role.AUDITOR]),
        st.integers(1, 3),
        st.frozensets(st.integers(1, 30), min_size=1, max_size=28),
    ),
    max_size=4,
    unique_by=lambda scope: (scope.role, scope.organisation_id),
)


def desk(me: int, others: set[int], scopes: list[Scope]) -> Desk:
    known = Desk(User(pk=me), TODAY)
    ordered = sorted(scopes, key=lambda scope: (scope.role, scope.organisation_id))
    known.__dict__.update(selves=sorted({me, *others}), reads=ordered, at=MOMENT)
    return known


@given(st.integers(1, 9), st.sets(st.integers(1, 9), max_size=3), SCOPES, st.sampled_from(["own", "queue", "asked"]))
def test_exchanged_a_compiled_statement_is_the_one_built_for_the_person(me, others, scopes, tray):
    mine = desk(me, others, scopes)
    shape, real = mine.shape
    place = (date(2026, 3, 4), 77)
    begins, there = shapes.beginning(place)
    compiled = inbox._keys(shape, tray, "due", ("due", "pk"), 26, begins, real={**real, **there})
    assert compiled == inbox._together(mine.parts(tray), 26, "due", "due", "pk", place=place)


def test_two_people_of_one_pattern_share_a_statement_and_each_sees_their_own(new_errand, region, team):
    second = region.person("second_coordinator", Role.COORDINATOR)
    mine, free = item_of(new_errand(), "prepare"), item_of(new_errand(), "prepare")
    WorkItem.objects.filter(pk=mine.pk).update(owner=team.coordinator, status="ASSIGNED")
    desks = [Desk(each, TODAY) for each in (team.coordinator, second)]
    assert desks[0].shape[0] == desks[1].shape[0]
    assert [[item.pk for item in inbox_page(each).items] for each in desks] == [[mine.pk], []]
    assert [[item.pk for item in queue_page(each).items] for each in desks] == [[free.pk]] * 2
    assert [counts(each)["inbox"] for each in desks] == [1, 0]


def test_a_deputyship_is_another_shape(region, team):
    second = region.person("second_coordinator", Role.COORDINATOR)
    before = Desk(second, TODAY).shape[0]
    Absence.objects.create(user=team.coordinator, deputy=second, starts_on=TODAY, ends_on=TODAY)
    assert Desk(second, TODAY).shape[0] != before


@pytest.mark.parametrize("days", [0, 1])
def test_a_statement_compiled_today_asks_for_the_day_on_which_it_is_asked(new_errand, team, days):
    item = item_of(new_errand(), "prepare")
    WorkItem.objects.filter(pk=item.pk).update(owner=team.coordinator, status="ASSIGNED", snoozed_until=at(1).date())
    ask = partial(Sight, team.coordinator)
    assert ask(TODAY)
    shown = inbox_page(Desk(team.coordinator, at(days).date())).items
    assert [each.pk for each in shown] == [item.pk][:days]
