"""The calendar feed: for its owner alone, without names, until the address is closed."""

from datetime import date, timedelta

import pytest
import time_machine

from cases.calendar_feed import make_key, owner_of, revoke_key
from cases.models import CalendarKey
from cases.sessions import cancel_session, plan_session
from roles.models import User
from roles.role import Role
from tests.cases.conftest import at
from tests.workflows.conftest import item_of
from workflows.services import add_item, claim


@pytest.fixture(autouse=True)
def _that_day():
    with time_machine.travel(at(), tick=False):
        yield


@pytest.fixture
def fetch(client):
    def do(secret: str, **headers):
        return client.get(f"/calendar/{secret}.ics", headers=headers)

    return do


def text_of(response) -> str:
    return response.content.decode().replace("\r\n ", "")


def test_it_shows_sessions_and_deadlines_by_number_and_task(case, team, a_session, fetch):
    User.objects.update(language="en")
    starts = at(1, hour=8)
    session = a_session(starts_at=starts, topic="Rozmowa: Łucja Źródlana", place="u Kowalskich")
    plan_session(session, [case], by=team.tutor, at=at())
    task = {"title": "Call Jan Kowalski", "role": Role.TUTOR, "due": date(2026, 3, 6)}
    item = add_item(case, by=team.animator, to=team.tutor, at=at(), **task)
    text = text_of(fetch(make_key(by=team.tutor, at=at())))
    assert f"SUMMARY:advice: {case.number}" in text
    assert "DTSTART:20260303T080000Z\r\nDTEND:20260303T100000Z" in text
    assert f"SUMMARY:{case.number}: task made by hand" in text
    assert "DTSTART;VALUE=DATE:20260306" in text
    assert f"UID:task-{item.pk}@" in text
    assert not {name for name in ("Kowalsk", "Źródlana", "Łucja", "Rozmowa") if name in text}


def test_it_shows_nothing_of_others_nor_what_is_over(case, region, team, a_session, fetch):
    claim([item_of(case, "prepare")], by=team.coordinator, at=at()).only()
    off = plan_session(a_session(starts_at=at(1)), [case], by=team.tutor, at=at())
    cancel_session(off, by=team.tutor, reason="ill", at=at())
    plan_session(a_session(starts_at=at(1), leader=team.coordinator), [case], by=team.coordinator, at=at())
    assert "VEVENT" not in text_of(fetch(make_key(by=team.tutor, at=at())))
    assert text_of(fetch(make_key(by=team.coordinator, at=at()))).count("BEGIN:VEVENT") == 2


def test_deadlines_of_a_case_that_one_may_no_longer_read_are_gone(case, team, fetch):
    claim([item_of(case, "prepare")], by=team.coordinator, at=at()).only()
    team.coordinator.mandates.update(valid_to=date(2026, 3, 1))
    assert "VEVENT" not in text_of(fetch(make_key(by=team.coordinator, at=at())))


def test_only_the_digest_is_kept_and_a_new_address_closes_the_old(team, fetch):
    first = make_key(by=team.tutor, at=at())
    assert len(first) >= 43
    assert first not in str(CalendarKey.objects.values())
    second = make_key(by=team.tutor, at=at())
    assert (fetch(first).status_code, fetch(second).status_code) == (404, 200)


@pytest.mark.parametrize("secret", ["nobody-guessed-this", "", "a" * 500])
def test_a_wrong_secret_is_not_found(team, fetch, secret):
    make_key(by=team.tutor, at=at())
    assert fetch(secret).status_code == 404


def test_a_closed_address_and_a_closed_account_are_not_found(team, fetch):
    mine, theirs = make_key(by=team.tutor, at=at()), make_key(by=team.coordinator, at=at())
    revoke_key(by=team.tutor)
    User.objects.filter(pk=team.coordinator.pk).update(is_active=False)
    assert (fetch(mine).status_code, fetch(theirs).status_code) == (404, 404)
    assert owner_of(theirs) is None


def test_the_digest_opens_nothing(team, fetch):
    make_key(by=team.tutor, at=at())
    assert fetch(CalendarKey.objects.get().digest).status_code == 404


def test_it_leaves_no_session_and_is_fetched_again_only_when_it_changed(case, team, fetch, client):
    secret = make_key(by=team.coordinator, at=at())
    answer = fetch(secret)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/calendar; charset=utf-8", "private")
    assert (dict(answer.cookies), dict(client.cookies)) == ({}, {})
    with time_machine.travel(at() + timedelta(minutes=30), tick=False):
        assert fetch(secret, if_none_match=answer["ETag"]).status_code == 304
    claim([item_of(case, "prepare")], by=team.coordinator, at=at()).only()
    assert fetch(secret, if_none_match=answer["ETag"]).status_code == 200


def test_it_is_made_and_closed_on_the_account_page(team, client):
    client.force_login(team.tutor)
    shown = client.post("/calendar/new/").context["address"]
    assert client.get("/people/me/").context["parts"]
    assert shown.rsplit("/", 1)[1].removesuffix(".ics") not in client.get("/people/me/").content.decode()
    assert owner_of(shown.rsplit("/", 1)[1].removesuffix(".ics")) == team.tutor
    assert client.post("/calendar/close/").status_code == 302
    assert not CalendarKey.objects.exists()


def test_it_costs_the_same_for_one_session_and_for_thirty(case, team, a_session, fetch, django_assert_max_num_queries):
    secret = make_key(by=team.tutor, at=at())

    def queries() -> int:
        with django_assert_max_num_queries(100) as counted:
            assert fetch(secret).status_code == 200
        return len(counted)

    plan_session(a_session(starts_at=at(1)), [case], by=team.tutor, at=at())
    one = queries()
    for day in range(29):
        plan_session(a_session(starts_at=at(2 + day)), [case], by=team.tutor, at=at())
    assert queries() == one
