"""A programme's own word for a role stands wherever the role is named."""

from datetime import date

import pytest

from roles.role import Role
from tests.errands.flow import RUNNER
from tests.workflows.conftest import at, item_of
from tests.workflows.pages import TODAY, signed_in, text_of, third_of_march, url
from tests.workflows.test_work_pages import queries_of
from workflows.models import ParameterValue, Programme, WorkItem
from workflows.role_names import role_name
from workflows.services import assign

__all__ = ["signed_in", "third_of_march"]


@pytest.fixture
def key_adviser(region):
    ParameterValue.objects.create(
        programme=region.programme, name=RUNNER.name, value="doradca kluczowy", valid_from=date(2026, 1, 1)
    )
    return Programme.objects.get(pk=region.programme.pk)


def test_a_role_has_the_programmes_own_name_from_its_day_on(region, key_adviser):
    assert role_name(Role.TUTOR, key_adviser, TODAY) == "doradca kluczowy"
    assert role_name(Role.TUTOR, key_adviser, date(2025, 12, 31)) == str(Role.TUTOR.label)
    assert role_name(Role.ANIMATOR, key_adviser, TODAY) == str(Role.ANIMATOR.label)
    assert role_name(Role.TUTOR, key_adviser, TODAY, kind="another") == str(Role.TUTOR.label)


def test_people_on_the_case_and_the_work_list_say_it(signed_in, new_errand, team, key_adviser):
    case = new_errand()
    assign(case, by=team.coordinator, role=Role.TUTOR, to=team.tutor, at=at(0))
    client = signed_in(team.supervisor)
    assert "doradca kluczowy" in text_of(client.get(url("case", case.pk)))
    item = item_of(case, "prepare")
    WorkItem.objects.filter(pk=item.pk).update(role=Role.TUTOR, due=date(2026, 2, 1))
    for address in (url("board"), url("item", item.pk)):
        assert "doradca kluczowy" in text_of(client.get(address))
    assert "doradca kluczowy" in text_of(client.get("/", {"tab": "late"}))


def test_naming_the_role_costs_the_same_for_one_and_for_thirty(
    signed_in, new_errand, team, key_adviser, django_assert_max_num_queries
):
    client = signed_in(team.supervisor)
    new_errand()
    WorkItem.objects.update(due=date(2026, 2, 1))
    one = queries_of(client, "/", django_assert_max_num_queries, tab="late")
    for _ in range(29):
        new_errand()
    WorkItem.objects.update(due=date(2026, 2, 1))
    assert queries_of(client, "/", django_assert_max_num_queries, tab="late") == one
