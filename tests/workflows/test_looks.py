"""What is new to an approver: what was recorded since they last had the case before their eyes."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.workflows.conftest import at, item_of
from tests.workflows.pages import asked, signed_in, text_of, third_of_march, url
from workflows.models import Case, CaseLook
from workflows.presence import RECENT, note_look
from workflows.services.holds import put_on_hold

__all__ = ["asked", "signed_in", "third_of_march"]
NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)


@pytest.fixture
def page_of(signed_in, team):
    """The approval's page as the supervisor sees it."""

    def show(item):
        response = signed_in(team.supervisor).get(url("item", item.pk))
        return response.context["page"], text_of(response)

    return show


def suspend(case, team, moment):
    return put_on_hold(case, by=team.tutor, starts_on=at().date(), ends_on=at().date(), reason="care", at=moment)


def test_a_page_that_is_read_is_no_look_until_it_says_so(signed_in, asked, team, page_of):
    item = asked()
    page_of(item)
    signed_in(team.supervisor).get(url("case", item.process_id))
    assert not CaseLook.objects.exists()


@pytest.mark.parametrize("beacon", ["seen", "presence"])
def test_the_open_page_counts_as_of_the_moment_it_was_made(signed_in, asked, team, page_of, beacon):
    item = asked()
    made_at = NOW - timedelta(minutes=10)
    key = item.process_id if beacon == "seen" else item.pk
    signed_in(team.supervisor).post(url(beacon, key), {"looked_at": made_at.isoformat()})
    suspend(item.process, team, NOW - timedelta(minutes=5))  # the open page does not show it
    page, text = page_of(item)
    assert (page.last_look, page.news) == (made_at, 1)
    [marked] = [event for event in page.changes if ("info", "new") in event.marks]
    assert marked.title.startswith("On hold")
    assert "1 entry is new" in text


@pytest.mark.parametrize("said", ["", "yesterday", "2026-03-03T09:00:00", "2999-01-01T00:00:00+00:00"])
def test_a_moment_that_says_nothing_or_lies_ahead_is_now(signed_in, asked, team, said):
    item = asked()
    signed_in(team.supervisor).post(url("seen", item.process_id), {"looked_at": said})
    assert CaseLook.objects.get().at == NOW


def test_a_look_never_moves_back(new_errand, team):
    case = new_errand()
    for moment in (at(2), at(1)):
        note_look(case, by=team.tutor, at=moment)
    assert CaseLook.objects.get().at == at(2)


def test_a_look_is_kept_however_many_cases_follow(signed_in, asked, new_errand, team, page_of):
    item, client = asked(), signed_in(team.supervisor)
    client.post(url("seen", item.process_id))
    for _ in range(RECENT + 1):
        client.post(url("seen", new_errand().pk))
    assert page_of(item)[0].last_look == NOW


def test_deciding_completing_and_asking_are_looks(signed_in, asked, new_errand, team):
    item = asked()
    said = {"outcome": "returned", "reason": "terms", "note": "Brak załącznika"}
    assert signed_in(team.supervisor).post(url("decide", item.pk), said).status_code == 302
    assert CaseLook.objects.filter(user=team.supervisor, case=item.process_id, at=NOW).exists()
    again = item_of(item.process, "prepare")
    assert signed_in(team.coordinator).post(url("item", again.pk), {"outcome": "ready"}).status_code == 302
    assert CaseLook.objects.filter(user=team.coordinator, case=item.process_id, at=NOW).exists()
    other = new_errand()
    signed_in(team.tutor).post(url("ask", other.pk, "drop"), {"reason": "moved", "effective_on": "2026-03-03"})
    assert CaseLook.objects.filter(user=team.tutor, case=other).exists()


def test_taking_work_is_a_look_from_its_own_page_and_none_off_a_list(signed_in, new_errand, team):
    first, second = (item_of(new_errand(), "prepare") for _ in range(2))
    client = signed_in(team.coordinator)
    assert 'name="looked_at"' in text_of(client.get(url("item", first.pk)))
    client.post(url("claim", first.pk))
    assert not CaseLook.objects.exists()
    client.post(url("claim", second.pk), {"looked_at": (NOW - timedelta(minutes=1)).isoformat()})
    assert CaseLook.objects.get().case_id == second.process_id


def test_what_is_new_is_shown_even_if_it_is_older_than_the_last_move(signed_in, asked, team, page_of, region):
    item = asked()
    note_look(item.process, by=team.supervisor, at=at(-1))
    page, _text = page_of(item)
    assert page.news == len(page.changes)
    assert page.last_move.recorded_at in {event.at for event in page.changes}


def test_a_first_look_marks_nothing_and_says_so(asked, page_of):
    page, text = page_of(asked())
    assert page.news == 0
    assert "You have not looked at this case before." in text
    assert not any(("info", "new") in event.marks for event in page.changes)


def test_a_look_of_somebody_else_is_not_mine(asked, team, page_of):
    item = asked()
    note_look(item.process, by=team.second, at=NOW)
    assert page_of(item)[0].last_look is None


def test_a_look_leaves_the_case_itself_alone(signed_in, asked, team):
    item = asked()
    was = Case.objects.filter(pk=item.process_id).values().get()
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        signed_in(team.supervisor).post(url("seen", item.process_id))
    assert Case.objects.filter(pk=item.process_id).values().get() == was
