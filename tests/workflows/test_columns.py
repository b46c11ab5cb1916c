"""Columns and order of a list: remembered for each person; the address goes before, a saved view keeps its own."""

import pytest

from roles.role import Role
from tests.errands.models import Errand
from tests.workflows.conftest import at
from tests.workflows.pages import TODAY, signed_in, text_of, third_of_march, url
from tests.workflows.test_work_pages import queries_of
from workflows.columns import COLUMNS
from workflows.models import ListSetting, SavedView, WorkItem
from workflows.services import assign

__all__ = ["signed_in", "third_of_march"]

EVERY = {of: ",".join(column.name for column in columns) for of, columns in COLUMNS.items()}


def shown(answer, name="listed"):
    return [column.name for column in answer.context[name].layout.columns]


@pytest.fixture
def coordinator(signed_in, team):
    return signed_in(team.coordinator)


def test_columns_and_order_are_remembered_for_each_person(signed_in, new_errand, team):
    client = signed_in(team.coordinator)
    delivered = shown(client.get(url("cases")))
    assert "tutor" not in delivered
    said = {"list": "cases", "column": ["stage", "tutor", "made-up"], "sort": "since", "query": "state=open&sort=name"}
    assert client.post(url("columns"), said).url == f"{url('cases')}?state=open"
    answer = client.get(url("cases"))
    assert (shown(answer), answer.context["listed"].order) == (["stage", "tutor"], "since")
    assert shown(signed_in(team.supervisor).get(url("cases"))) == delivered


def test_what_the_address_says_goes_before_what_is_remembered(coordinator, team):
    ListSetting.objects.create(user=team.coordinator, list="cases", columns=["tutor"], sort="since")
    answer = coordinator.get(url("cases"), {"columns": "number,programme", "sort": "-name"})
    assert (shown(answer), answer.context["listed"].order) == (["number", "programme"], "-name")


def test_a_saved_view_keeps_the_columns_and_the_order_that_it_was_saved_with(coordinator, team):
    ListSetting.objects.create(user=team.coordinator, list="cases", columns=["tutor"], sort="name")
    path = coordinator.get(url("cases"), {"save": "1"}).url
    coordinator.post(path, {"name": "Moja"})
    ListSetting.objects.update(columns=["stage"], sort="since")
    answer = coordinator.get(SavedView.objects.get().get_absolute_url())
    assert (shown(answer), answer.context["listed"].order) == (["tutor"], "name")


def test_nothing_chosen_is_as_delivered(coordinator):
    delivered = shown(coordinator.get(url("cases")))
    coordinator.post(url("columns"), {"list": "cases", "sort": "x"})
    answer = coordinator.get(url("cases"))
    assert (shown(answer), answer.context["listed"].order) == (delivered, "-number")
    assert coordinator.post(url("columns"), {"list": "elsewhere"}).status_code == 404


def test_my_work_is_remembered_too_and_its_own_tab_stays(coordinator, new_errand, team):
    new_errand()
    said = {"list": "work", "column": ["task", "organisation", "programme", "asked_by"], "sort": "-created"}
    assert coordinator.post(url("columns"), said | {"query": "tab=queue"}).url == "/?tab=queue"
    answer = coordinator.get("/", {"tab": "queue"})
    assert shown(answer, "worklist") == ["task", "organisation", "programme", "asked_by"]
    assert "Alfa" in text_of(answer)
    assert coordinator.get("/", {"tab": "todo"}).context["worklist"].order == "-created"


def test_the_tutor_and_the_next_deadline_stand_in_the_list(coordinator, new_errand, team):
    case = new_errand()
    assign(case, by=team.coordinator, role=Role.TUTOR, to=team.tutor, at=at(0))
    WorkItem.objects.filter(process=case).update(due=TODAY)
    (found,) = coordinator.get(url("cases"), {"columns": EVERY["cases"]}).context["page"].cases
    assert (found.tutor, found.next_due) == (team.tutor, TODAY)


def test_the_order_by_stage_pages_through_everything_once_and_back(coordinator, new_errand):
    for n in range(30):
        Errand.objects.filter(pk=new_errand().pk).update(stage_since=at(-(n % 3)).date())
    for sort in ("since", "-since"):
        first = coordinator.get(url("cases"), {"sort": sort})
        second = coordinator.get(url("cases") + first.context["next"])
        days = [case.stage_since for page in (first, second) for case in page.context["page"].cases]
        assert days == sorted(days, reverse=sort == "-since")
        assert len({case.pk for page in (first, second) for case in page.context["page"].cases}) == 30
        back = coordinator.get(url("cases") + second.context["previous"]).context["page"].cases
        assert [case.pk for case in back] == [case.pk for case in first.context["page"].cases]


@pytest.mark.parametrize(("path", "of", "where"), [("cases", "cases", {}), ("inbox", "work", {"tab": "queue"})])
def test_every_column_costs_the_same_at_one_row_and_at_thirty(
    coordinator, new_errand, team, django_assert_max_num_queries, path, of, where
):
    where = where | {"columns": EVERY[of]}
    assign(new_errand(), by=team.coordinator, role=Role.TUTOR, to=team.tutor, at=at(0))
    one = queries_of(coordinator, url(path), django_assert_max_num_queries, **where)
    for _ in range(29):
        assign(new_errand(), by=team.coordinator, role=Role.TUTOR, to=team.tutor, at=at(0))
    assert queries_of(coordinator, url(path), django_assert_max_num_queries, **where) == one
