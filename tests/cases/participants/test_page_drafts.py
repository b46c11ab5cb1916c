"""Half-filled pages survive a time-out: sealed, one's own, gone when sent on or after a month."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from cases.models import Session
from cases.participants.models import ParticipantCase
from roles.role import Role
from tests.cases.participants.factories import at, make_participant
from tests.cases.participants.test_pages import page
from workflows.chores import forget_drafts, hand_out
from workflows.drafts import KEPT_FOR, save_page_draft
from workflows.jobs import run_due
from workflows.models import PageDraft

NEW, NEW_SESSION = "participants:new", "cases:new_session"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(at(30), tick=False):
        yield


@pytest.fixture
def case(region):
    return make_participant(region, until="approve_plan")


@pytest.fixture
def signed_in(client, region):
    def sign_in(role: Role = Role.TUTOR, user=None):
        client.force_login(user or region.people[role])
        return client

    return sign_in


def test_a_registration_is_kept_sealed_and_opens_again(signed_in):
    client = signed_in(Role.ANIMATOR)
    said = {"first_name": "Łucja", "last_name": "Źródlana", "pesel": "44051401359", "draft": "1"}
    assert client.post(reverse(NEW), said).url == reverse(NEW)
    draft = PageDraft.objects.get()
    assert b"44051401359" not in bytes(draft.sealed)
    answer = client.get(reverse(NEW))
    assert answer.context["form"]["last_name"].value() == "Źródlana"
    assert not ParticipantCase.objects.exists()


def test_a_draft_is_its_authors_alone(signed_in, region):
    signed_in(Role.ANIMATOR).post(reverse(NEW), {"last_name": "Źródlana", "draft": "1"})
    client = signed_in(Role.COORDINATOR)
    assert client.get(reverse(NEW)).context["draft"] is None
    assert "Źródlana" not in client.get(reverse(NEW)).content.decode()


def test_the_page_saves_by_itself_and_a_later_draft_takes_the_place_of_the_earlier(signed_in):
    client = signed_in(Role.ANIMATOR)
    page_of = client.get(reverse(NEW)).content.decode()
    assert f'data-autosave="{reverse(NEW)}"' in page_of
    for name in ("Pierwsza", "Druga"):
        assert client.post(reverse(NEW), {"last_name": name, "autosave": "1"}).status_code == 204
    assert PageDraft.objects.count() == 1
    assert client.get(reverse(NEW)).context["form"]["last_name"].value() == "Druga"


def test_one_may_begin_anew(signed_in):
    client = signed_in(Role.ANIMATOR)
    client.post(reverse(NEW), {"last_name": "Źródlana", "draft": "1"})
    client.post(reverse(NEW), {"begin_anew": "1"})
    assert not PageDraft.objects.exists()


def test_sending_on_ends_the_draft_and_a_refusal_does_not(signed_in, case):
    client, address = signed_in(), page("questionnaire", case)
    said = {"filled_in_on": "2026-03-30", "situation": "4", "usefulness": "5", "would_recommend": "no"}
    client.post(address, said | {"draft": "1"})
    assert client.post(address, said | {"situation": ""}).status_code == 422
    assert PageDraft.objects.count() == 1
    assert client.post(address, said).status_code == 302
    assert not PageDraft.objects.exists()


def test_a_draft_of_one_case_is_not_that_of_another(signed_in, region, case):
    other = make_participant(region, until="approve_plan")
    client = signed_in()
    client.post(page("entry", case), {"gmina": "Golina", "draft": "1"})
    assert client.get(page("entry", other)).context["draft"] is None
    assert client.get(page("entry", case)).context["draft"] is not None


def test_a_draft_keeps_the_version_that_it_was_begun_with(signed_in, case):
    client, address = signed_in(), page("questionnaire", case)
    said = {"filled_in_on": "2026-03-30", "situation": "4", "usefulness": "5", "would_recommend": "no"}
    client.post(address, said)
    begun = client.get(address).context["version"]
    client.post(address, said | {"seen_version": begun, "draft": "1"})
    case.exit_questionnaire.__class__.objects.update(recorded_at=at(31))
    assert client.get(address).context["version"] == begun
    assert client.post(address, said | {"seen_version": begun, "situation": "2"}).status_code == 409


def test_a_session_opens_with_those_who_were_chosen(signed_in, case):
    client = signed_in()
    client.post(reverse(NEW_SESSION), {"cases": [case.pk], "topic": "Plan finansowy", "draft": "1"})
    form = client.get(reverse(NEW_SESSION)).context["form"]
    assert (form["topic"].value(), form["cases"].value()) == ("Plan finansowy", [str(case.pk)])
    assert not Session.objects.filter(topic="Plan finansowy").exists()


def test_a_request_for_a_move_is_kept(signed_in, case):
    client = signed_in()
    address = reverse("workflows:ask", args=[case.pk, "withdraw"])
    client.post(address, {"note": "Przeprowadzka", "draft": "1"})
    assert client.get(address).context["form"]["note"].value() == "Przeprowadzka"
    assert PageDraft.objects.get().case_id == case.pk


def test_a_draft_on_a_case_of_others_is_not_taken(signed_in, region, case):
    near = region.person(Role.TUTOR, territory=region.next_powiat)
    assert signed_in(user=near).post(page("entry", case), {"gmina": "X", "autosave": "1"}).status_code == 404
    assert not PageDraft.objects.exists()


def test_drafts_that_nobody_came_back_for_are_forgotten_by_the_daily_chore(signed_in, region, rf):
    author, now = region.people[Role.TUTOR], at(30)
    data = rf.post("/", {"note": "x"}).POST
    for name, age in (("old", KEPT_FOR + timedelta(hours=1)), ("young", KEPT_FOR - timedelta(hours=1))):
        save_page_draft(name, None, by=author, data=data, at=now - age)
    hand_out(now)
    run_due(now)
    assert list(PageDraft.objects.values_list("page", flat=True)) == ["young"]
    assert forget_drafts(now) == 0
