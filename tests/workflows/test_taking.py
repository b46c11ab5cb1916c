"""Whose work it is: taken, handed over, handed back; and what several people decide is nobody's."""

import pytest

from roles.role import Role
from tests.workflows.conftest import at, item_of
from tests.workflows.pages import signed_in, text_of, third_of_march, url
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import Handover, WorkItem
from workflows.services import assign, claim, decide_many, delegate, hand_back, release, snooze
from workflows.standing import Standing

__all__ = ["signed_in", "third_of_march"]


@pytest.fixture
def colleague(region):
    return region.person("colleague", Role.COORDINATOR)


@pytest.fixture
def handed_over(new_errand, team, colleague):
    """Work that the coordinator has handed to a colleague."""

    def make():
        item = item_of(new_errand(), "prepare")
        claim([item], by=team.coordinator, at=at()).only()
        delegate([item], by=team.coordinator, to=colleague, at=at(hour=11)).only()
        return item

    return make


@pytest.fixture
def for_two(new_errand, team, walk, show_permit):
    """A decision of two people."""

    def make():
        case = new_errand()
        show_permit(case)
        walk(case, "prepare", "ready", by=team.coordinator)
        WorkItem.objects.filter(process=case, node="approve_begin").update(quorum=2)
        return item_of(case, "approve_begin")

    return make


def now(item) -> WorkItem:
    return WorkItem.objects.get(pk=item.pk)


# handing over and back


def test_what_was_put_off_is_awake_for_whoever_gets_it(new_errand, team, colleague):
    item = item_of(new_errand(), "prepare")
    claim([item], by=team.coordinator, at=at()).only()
    snooze([item], by=team.coordinator, until=at(5).date(), at=at()).only()
    delegate([item], by=team.coordinator, to=colleague, at=at()).only()
    assert now(item).snoozed_until is None


def test_what_was_put_off_is_awake_for_whoever_is_given_the_role(new_errand, team, colleague):
    case = new_errand()
    claim([item_of(case, "prepare")], by=team.coordinator, at=at()).only()
    snooze([item_of(case, "prepare")], by=team.coordinator, until=at(5).date(), at=at()).only()
    assign(case, by=team.supervisor, role=Role.COORDINATOR, to=colleague, at=at())
    assert (item_of(case, "prepare").owner, item_of(case, "prepare").snoozed_until) == (colleague, None)


def test_what_was_handed_over_is_handed_back_in_one_act(handed_over, team, colleague):
    item = handed_over()
    hand_back([item], by=colleague, at=at(1)).only()
    assert now(item).owner == team.coordinator
    handover = Handover.objects.order_by("pk").last()
    assert (handover.from_user, handover.to_user, handover.why) == (colleague, team.coordinator, "back")


def test_what_came_back_is_not_handed_back_again(handed_over, team, colleague):
    item = handed_over()
    hand_back([item], by=colleague, at=at(1)).only()
    with pytest.raises(TooLate, match="Nobody has handed this over"):
        hand_back([item], by=team.coordinator, at=at(2)).only()


def test_what_i_put_back_and_took_again_was_handed_over_by_nobody(handed_over, colleague):
    item = handed_over()
    release([item], by=colleague, at=at(1)).only()
    claim([item], by=colleague, at=at(2)).only()
    with pytest.raises(TooLate):
        hand_back([item], by=colleague, at=at(3)).only()


def test_nobody_else_hands_it_back(handed_over, team):
    with pytest.raises(NotYou, match="not in your hands"):
        hand_back([handed_over()], by=team.coordinator, at=at(1)).only()


def test_it_is_not_handed_back_to_whose_mandate_has_ended(handed_over, team, colleague):
    item = handed_over()
    team.coordinator.mandates.update(valid_to=at().date())
    with pytest.raises(NotYet, match="may not do this any more"):
        hand_back([item], by=colleague, at=at(1)).only()
    assert now(item).owner == colleague


def test_the_page_offers_it_to_whom_it_was_handed_over(signed_in, handed_over, team, colleague):
    item = handed_over()
    assert url("hand_back", item.pk) not in text_of(signed_in(team.coordinator).get(url("item", item.pk)))
    client = signed_in(colleague)
    assert url("hand_back", item.pk) in text_of(client.get(url("item", item.pk)))
    client.post(url("hand_back", item.pk))
    assert now(item).owner == team.coordinator
    assert url("hand_back", item.pk) not in text_of(signed_in(team.coordinator).get(url("item", item.pk)))


# what several people decide


def test_a_decision_of_several_is_in_nobodys_hands(for_two, team):
    item = for_two()
    with pytest.raises(NotYet, match="Several people decide"):
        claim([item], by=team.supervisor, at=at(1)).only()
    with pytest.raises(NotYet, match="Several people decide"):
        delegate([item], by=team.supervisor, to=team.second, at=at(1)).only()
    assign(item.process, by=team.supervisor, role=Role.SUPERVISOR, to=team.second, at=at(1))
    assert now(item).owner is None


def test_one_who_had_it_already_does_not_keep_the_others_from_voting(for_two, team):
    item = for_two()
    WorkItem.objects.filter(pk=item.pk).update(owner=team.supervisor, status="ASSIGNED", assigned=at())
    for voter in (team.second, team.supervisor):
        decide_many([item], by=voter, outcome="approved", at=at(1)).only()
    assert now(item).outcome == "approved"


def test_a_decision_is_not_offered_again_to_who_has_voted(for_two, region, team):
    item = for_two()
    third = region.person("third", Role.SUPERVISOR)
    on = at(1).date()
    decide_many([item], by=team.supervisor, outcome="approved", at=at(1)).only()
    for person in (team.supervisor, team.second, third, team.coordinator, team.tutor):
        offered = item in WorkItem.objects.queue_for(person, on)
        assert offered is not bool(Standing.of(person, on).why_not(now(item))), person
    assert item not in WorkItem.objects.queue_for(team.supervisor, on)
    assert item in WorkItem.objects.queue_for(third, on)
    assert Standing.of(team.supervisor, on).why_not(now(item)) == "You have voted already."


def test_the_page_and_the_list_do_not_offer_it_again(signed_in, for_two, team):
    item = for_two()
    client = signed_in(team.supervisor)
    listed = client.get("/", {"tab": "queue"})
    assert [each.pk for each in listed.context["page"].items] == [item.pk]
    assert url("claim", item.pk) not in text_of(client.get(url("item", item.pk)))
    client.post(url("decide", item.pk), {"outcome": "approved"})
    assert client.get("/", {"tab": "queue"}).context["page"].items == []
    assert "You have voted already." in text_of(client.get(url("item", item.pk)))
    assert client.post(url("decide", item.pk), {"outcome": "approved"}).status_code == 409
