"""Who else can: before somebody clicks on what they may not do themselves."""

from roles.models import Absence
from roles.role import Role
from tests.workflows.conftest import at, item_of
from tests.workflows.pages import TODAY, asked, signed_in, text_of, third_of_march, url
from tests.workflows.test_work_pages import queries_of
from workflows.deciders import who_may, who_may_each, with_whom
from workflows.models import WorkItem
from workflows.services import claim

__all__ = ["asked", "signed_in", "third_of_march"]


def names(item, **how):
    return {decider.user.username for decider in who_may(item, TODAY, **how)}


def test_many_items_are_answered_as_each_by_itself(new_errand, asked, region, team):
    region.person("near", Role.COORDINATOR, territory=region.next_powiat)
    region.person("wide", Role.COORDINATOR, territory=region.voivodeship)
    approval, item = asked(), item_of(new_errand(), "prepare")
    each = who_may_each([approval, item], TODAY)
    assert {decider.user.username for decider in each[item.pk]} == names(item) == {"coordinator", "wide"}
    assert {decider.user.username for decider in each[approval.pk]} == names(approval) == {"supervisor", "second"}


def test_what_somebody_has_taken_is_theirs_and_their_deputys(new_errand, region, team):
    deputy = region.person("deputy", Role.COORDINATOR)
    region.person("colleague", Role.COORDINATOR)
    item = claim([item_of(new_errand(), "prepare")], by=team.coordinator, at=at(0)).only()
    assert names(item) == {"coordinator"}
    Absence.objects.create(user=team.coordinator, deputy=deputy, starts_on=TODAY, ends_on=TODAY)
    assert names(item) == {"coordinator", "deputy"}
    assert names(item, whoever_has_it=True) == {"coordinator", "deputy", "colleague"}


def test_the_askers_deputy_does_not_decide(asked, region, team):
    approval = asked()
    region.mandate(team.coordinator, Role.SUPERVISOR)
    Absence.objects.create(user=team.coordinator, deputy=team.second, starts_on=TODAY, ends_on=TODAY)
    assert names(approval) == {"supervisor"}


def test_at_most_three_are_named(asked, region):
    approval = asked()
    assert with_whom(who_may(approval, TODAY)) == "with second, supervisor"
    for n in range(2):
        region.person(f"extra{n}", Role.SUPERVISOR)
    assert with_whom(who_may(approval, TODAY)) == "with extra0, extra1, second and others"
    assert with_whom([]) == ""


def test_the_page_of_the_case_and_the_waiting_tab_name_who_can(signed_in, asked, region, team):
    approval = asked()
    region.mandate(team.coordinator, Role.SUPERVISOR)
    client = signed_in(team.coordinator)
    case = text_of(client.get(url("case", approval.process_id)))
    assert "Not yours, because you asked for it. With second, supervisor." in case
    assert "with second, supervisor" in text_of(client.get("/", {"tab": "waiting"}))


def test_naming_who_can_costs_the_same_for_one_and_for_thirty(signed_in, asked, team, django_assert_max_num_queries):
    client = signed_in(team.coordinator)
    asked()
    one = queries_of(client, "/", django_assert_max_num_queries, tab="waiting")
    for _ in range(29):
        asked()
    assert queries_of(client, "/", django_assert_max_num_queries, tab="waiting") == one
    assert WorkItem.objects.filter(asked_by=team.coordinator).count() == 30
