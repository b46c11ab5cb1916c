"""Work made by hand: beside the flow, in the same lists, never in its way."""

from datetime import date

import pytest

from roles.role import Role
from tests.errands.flow import ErrandFlow
from tests.workflows.conftest import at, item_of
from workflows import timers
from workflows.errors import NotYet, NotYou, TooLate
from workflows.integrity import verify_integrity
from workflows.models import Case, Notice, WorkItem
from workflows.services import add_item, ask, cancel_item, claim, complete

FRIDAY = date(2026, 3, 6)


@pytest.fixture
def by_hand(team):
    def make(case, *, by=None, role=Role.TUTOR, due=FRIDAY, day=0, **more):
        return add_item(case, by=by or team.animator, title="Call the office", role=role, due=due, at=at(day), **more)

    return make


def waits(case) -> list[str]:
    return sorted(WorkItem.objects.open().filter(process=case).values_list("node", flat=True))


def test_whoever_has_the_role_finds_it_in_the_queue_and_does_it(new_errand, team, by_hand):
    case = new_errand()
    item = by_hand(case)
    assert item in WorkItem.objects.queue_for(team.tutor, at().date())
    assert item.label == "Call the office"
    claim([item], by=team.tutor, at=at(1)).only()
    complete(item, by=team.tutor, note="Nobody answered", at=at(1))
    item.refresh_from_db()
    assert (item.status, item.note) == ("DONE", "Nobody answered")
    assert waits(case) == ["prepare"]


def test_whoever_made_it_may_do_it_too(new_errand, team, by_hand):
    item = by_hand(new_errand(), by=team.tutor)
    complete(item, by=team.tutor, at=at(1))
    assert not WorkItem.objects.open().filter(pk=item.pk)


def test_it_may_be_made_for_a_person_who_is_told(new_errand, team, by_hand):
    item = by_hand(new_errand(), to=team.tutor)
    assert list(WorkItem.objects.inbox_of(team.tutor, at().date())) == [item]
    assert list(Notice.objects.values_list("user", "event")) == [(team.tutor.pk, "assigned")]


def test_it_is_not_made_for_somebody_without_the_role_here(new_errand, region, by_hand):
    near_miss = region.person("next", Role.TUTOR, territory=region.next_powiat)
    with pytest.raises(NotYet, match="no mandate"):
        by_hand(new_errand(), to=near_miss)


def test_only_who_works_here_makes_it(new_errand, region, by_hand):
    case = new_errand()
    for near_miss in (
        region.person("auditor", Role.AUDITOR),
        region.person("next", Role.TUTOR, territory=region.next_powiat),
        region.person("other", Role.TUTOR, organisation=region.other_organisation),
    ):
        with pytest.raises(NotYou):
            by_hand(case, by=near_miss)


def test_it_is_not_due_on_a_day_gone_by(new_errand, by_hand):
    with pytest.raises(NotYet):
        by_hand(new_errand(), due=FRIDAY, day=5)


def test_it_holds_up_no_branch(new_errand, team, walk, decide, show_permit, by_hand):
    case = new_errand()
    show_permit(case)
    by_hand(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    decide(case, "approve_begin", by=team.supervisor, day=1).only()
    by_hand(case, day=1)
    walk(case, "walk", by=team.tutor, day=2)
    walk(case, "count", by=team.animator, day=3)
    assert waits(case) == ["ad_hoc", "ad_hoc", "deliver", "deliver__every", "deliver__timeout"]


def test_a_case_whose_flow_has_ended_is_finished_with_the_last_of_it(new_errand, team, decide, by_hand):
    case = new_errand()
    item = by_hand(case)
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    decide(case, "dropping", by=team.coordinator, day=2).only()
    assert waits(case) == ["ad_hoc", "cool"]
    timers.fire_due(at(300))
    case = Case.objects.get(pk=case.pk)
    assert (case.stage, case.status, waits(case)) == ("archived", "NEW", ["ad_hoc"])
    complete(item, by=team.tutor, at=at(301))
    case.refresh_from_db()
    assert (case.status, case.closed_on) == ("DONE", at(301).date())
    assert verify_integrity().ok


def test_whoever_made_it_cancels_it_and_says_why(new_errand, team, by_hand):
    item = by_hand(new_errand())
    with pytest.raises(NotYou):
        cancel_item(item, by=team.tutor, reason="No longer needed", at=at(1))
    with pytest.raises(NotYet):
        cancel_item(item, by=team.animator, reason=" ", at=at(1))
    cancel_item(item, by=team.animator, reason="No longer needed", at=at(1))
    with pytest.raises(TooLate):
        cancel_item(item, by=team.animator, reason="No longer needed", at=at(1))
    item.refresh_from_db()
    assert (item.status, item.note) == ("CANCELED", "No longer needed")


def test_a_coordinator_of_the_scope_cancels_it_and_the_last_one_finishes_the_case(new_errand, team, decide, by_hand):
    case = new_errand()
    item = by_hand(case)
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    decide(case, "dropping", by=team.coordinator, day=2).only()
    timers.fire_due(at(300))
    cancel_item(item, by=team.coordinator, reason="No longer needed", at=at(301))
    assert Case.objects.get(pk=case.pk).status == "DONE"
    with pytest.raises(TooLate, match="reopened"):
        by_hand(case, due=date(2027, 3, 1), day=302)


def test_work_of_the_flow_is_not_cancelled_by_hand(new_errand, team):
    with pytest.raises(NotYet, match="belongs to the flow"):
        cancel_item(item_of(new_errand(), "prepare"), by=team.coordinator, reason="No longer needed", at=at(1))


def test_the_node_stands_outside_the_flow():
    node = ErrandFlow.ad_hoc_node()
    assert node.outside_the_flow
    assert not list(node._outgoing())
    assert not list(node._incoming())
    assert node.flow_class is ErrandFlow
