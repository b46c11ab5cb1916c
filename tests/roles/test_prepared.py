"""Statements compiled once give what their query sets give, for other keys and another day."""

from datetime import date, timedelta

import pytest

from roles.models import Mandate
from roles.prepared import Prepared
from roles.role import Role
from tests.factories import make_mandate, make_user

DAY = date(2026, 3, 2)


@pytest.fixture
def people(db):
    people = [make_user(f"p{n}") for n in range(3)]
    for n, user in enumerate(people):
        make_mandate(user, Role.TUTOR, valid_from=DAY + timedelta(days=n))
    return people


def build(keys, on):
    return Mandate.objects.filter(user__in=keys).in_force(on).as_role(Role.TUTOR).values_list("user_id", "role")


@pytest.mark.parametrize("days", [-1, 0, 2])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_it_gives_what_the_query_set_gives(people, count, days):
    ask, keys, on = Prepared(build), [user.pk for user in people[:count]], DAY + timedelta(days=days)
    assert set(ask(keys, on)) == set(build(keys, on))
    assert set(ask(keys[::-1], on)) == set(build(keys, on))


def test_it_is_compiled_once_for_a_number_of_keys(people, django_assert_num_queries):
    compiled = []
    ask = Prepared(lambda keys, on: compiled.append(len(keys)) or build(keys, on))
    with django_assert_num_queries(3):
        for user in people:
            assert ask([user.pk], DAY + timedelta(days=9)) == [(user.pk, "tutor")]
    ask([people[0].pk, people[1].pk], DAY)
    assert compiled == [1, 2]
