"""Asking for more time: by whose work it is; a supervisor decides, with reason and cap."""

import pytest

from roles.role import Role
from tests.workflows.conftest import at, item_of
from tests.workflows.pages import signed_in, text_of, third_of_march, url
from workflows.errors import NotYet, NotYou, TooLate
from workflows.integrity import verify_integrity
from workflows.models import Extension, Notice, WorkItem
from workflows.services import ask, ask_for_time, claim, complete, decide_many, delegate, extend, revert_last_move

__all__ = ["signed_in", "third_of_march"]


@pytest.fixture
def taken(new_errand, team):
    """Preparation that the coordinator has taken; it is due on 16 March."""
    item = item_of(new_errand(), "prepare")
    claim([item], by=team.coordinator, at=at()).only()
    return item


@pytest.fixture
def wanted(taken, team):
    """The task to decide on three working days more for it."""
    return ask_for_time(taken, by=team.coordinator, working=3, reason="illness", at=at(1))


def now(item) -> WorkItem:
    return WorkItem.objects.get(pk=item.pk)


def test_asking_moves_nothing_and_puts_a_task_before_the_supervisors(wanted, taken, team):
    assert (now(taken).due, now(taken).term) == (taken.due, taken.term)
    task = now(wanted)
    assert (task.label, task.role, task.note, task.owner) == ("Decide on more time", Role.SUPERVISOR, "illness", None)
    assert task in WorkItem.objects.queue_for(team.supervisor, at(1).date())
    request = Extension.objects.get()
    assert (request.asked_by, request.working_days, request.given_at) == (team.coordinator, 3, None)


def test_granting_moves_the_deadline_ends_the_task_and_tells_who_asked(wanted, taken, team):
    extend(taken, by=team.supervisor, working=2, reason="two will do", at=at(2))
    assert (now(taken).due - taken.due).days == 2
    assert now(wanted).status == "DONE"
    request = Extension.objects.get()
    assert (request.asked_by, request.given_by, request.working_days) == (team.coordinator, team.supervisor, 2)
    assert Notice.objects.filter(event="decided", user=team.coordinator, item=wanted).count() == 1
    assert verify_integrity().problems == []


def test_giving_none_ends_the_task_tells_who_asked_and_lets_them_ask_again(wanted, taken, team):
    complete(wanted, by=team.supervisor, note="No", at=at(2))
    assert (now(taken).due, Extension.objects.filter(given_at__isnull=False).count()) == (taken.due, 0)
    assert Notice.objects.filter(event="decided", user=team.coordinator).count() == 1
    ask_for_time(taken, by=team.coordinator, working=1, reason="still ill", at=at(3))
    extend(taken, by=team.supervisor, working=1, reason="yes", at=at(4))
    assert list(Extension.objects.order_by("pk").values_list("given_by", flat=True)) == [None, team.supervisor.pk]


def test_nobody_grants_what_they_asked_for(wanted, taken, region, team):
    region.mandate(team.coordinator, Role.SUPERVISOR)
    colleague = region.person("colleague", Role.COORDINATOR)
    assert wanted not in WorkItem.objects.queue_for(team.coordinator, at(1).date())
    with pytest.raises(NotYou):
        complete(wanted, by=team.coordinator, at=at(2))
    delegate([taken], by=team.coordinator, to=colleague, at=at(2)).only()
    with pytest.raises(NotYou, match="you asked for it"):
        extend(taken, by=team.coordinator, working=3, reason="yes", at=at(2))


def test_only_whose_work_it_is_asks_and_once(taken, region, team):
    colleague = region.person("colleague", Role.COORDINATOR)
    for other in (colleague, team.supervisor):
        with pytest.raises(NotYou, match="not in your hands"):
            ask_for_time(taken, by=other, working=3, reason="illness", at=at(1))
    ask_for_time(taken, by=team.coordinator, working=3, reason="illness", at=at(1))
    with pytest.raises(TooLate, match="asked for already"):
        ask_for_time(taken, by=team.coordinator, working=3, reason="illness", at=at(1))


def test_nobody_asks_for_more_than_the_cap_nor_without_a_reason(taken, team):
    with pytest.raises(NotYet, match="20 working days more"):
        ask_for_time(taken, by=team.coordinator, working=21, reason="illness", at=at(1))
    with pytest.raises(NotYet, match="Say why"):
        ask_for_time(taken, by=team.coordinator, working=1, reason=" ", at=at(1))


def test_nobody_asks_for_what_the_law_sets(new_errand, team, walk, decide, show_permit):
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    decide(case, "approve_begin", by=team.supervisor, day=1).only()
    claim([item_of(case, "count")], by=team.animator, at=at(1)).only()
    with pytest.raises(NotYet, match="set by law"):
        ask_for_time(item_of(case, "count"), by=team.animator, working=3, reason="illness", at=at(1))


def test_a_request_ends_with_its_work_and_comes_back_with_it(wanted, taken, team):
    ask(taken.process, "drop", by=team.tutor, reason="moved", at=at(2))
    decide_many([item_of(taken.process, "dropping")], by=team.coordinator, outcome="approved", at=at(3)).only()
    assert now(wanted).status == "CANCELED"
    revert_last_move(taken.process, by=team.second, reason="A mistake", at=at(4))
    again = item_of(taken.process, "prepare")
    assert item_of(taken.process, "ad_hoc").host == again
    extend(again, by=team.supervisor, working=3, reason="yes", at=at(5))
    assert Extension.objects.get().given_by == team.supervisor
    assert verify_integrity().problems == []


def test_the_pages_lead_from_asking_to_granting(signed_in, taken, team):
    client = signed_in(team.coordinator)
    assert url("ask_time", taken.pk) in text_of(client.get(url("item", taken.pk)))
    assert client.post(url("ask_time", taken.pk), {"working": 3, "reason": "Choroba"}).status_code == 302
    assert url("ask_time", taken.pk) not in text_of(client.get(url("item", taken.pk)))
    task = item_of(taken.process, "ad_hoc")
    client = signed_in(team.supervisor)
    page = text_of(client.get(url("item", task.pk)))
    assert url("give_time", taken.pk) in page
    assert "Choroba" in page
    form = client.get(url("give_time", taken.pk)).context["form"]
    assert form.initial == {"working": 3, "reason": "Choroba"}
    assert client.post(url("give_time", taken.pk), {"working": 3, "reason": "Choroba"}).status_code == 302
    assert client.get(url("item", task.pk)).status_code == 200
    assert Extension.objects.get().given_by == team.supervisor
