"""The pages of the room: who opens them, what they keep, what they never show."""

import pytest
import time_machine
from django.urls import reverse

from cases.models import AccessLog
from cases.participants.models import ExitQuestionnaire, Notice
from roles.role import Role
from roles.templatetags.polish_dates import exact_date
from tests.cases.participants.factories import at, day, fresh, make_participant, register_participant
from workflows.case_page import steps_of

PAGES = ["entry", "notice", "questionnaire", "person", "plan", "hours"]


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


def page(name: str, case, *more: str) -> str:
    return reverse(f"participants:{name}", args=[case.pk, *more])


@pytest.mark.parametrize("name", PAGES)
def test_who_works_on_the_case_opens_its_pages(signed_in, case, name):
    assert signed_in().get(page(name, case)).status_code == 200


@pytest.mark.parametrize("name", [*PAGES, "eligibility", "recommendation"])
@pytest.mark.parametrize("near", ["other organisation", "next powiat", "ended yesterday"])
def test_a_case_of_others_is_not_there(signed_in, region, case, name, near):
    facts = {
        "other organisation": {"organisation": region.other},
        "next powiat": {"territory": region.next_powiat},
        "ended yesterday": {"valid_to": day(29)},
    }
    somebody = region.person(Role.TUTOR, **facts[near])
    assert signed_in(user=somebody).get(page(name, case)).status_code == 404


def test_the_case_page_links_to_where_conditions_are_met(signed_in, region):
    case = register_participant(region, notice_on=None)
    answer = signed_in(Role.COORDINATOR).get(case.get_absolute_url())
    assert page("notice", case) in answer.content.decode()


def test_no_page_shows_the_whole_number(signed_in, case):
    number = case.person.pesel.open()
    client = signed_in()
    for url in [*(page(name, case) for name in PAGES), case.get_absolute_url()]:
        assert number not in client.get(url).content.decode()


def test_a_number_is_revealed_for_a_reason_and_logged(signed_in, case):
    client, url = signed_in(), page("reveal", case, "pesel")
    client.post(url, {"reason": ""})
    assert not AccessLog.objects.exists()
    answer = client.post(url, {"reason": "umowa wsparcia"})
    assert case.person.pesel.open() in answer.content.decode()
    assert AccessLog.objects.get().reason == "umowa wsparcia"


def test_an_animator_does_not_read_the_criteria(signed_in, case):
    signed_in(Role.ANIMATOR).post(page("restricted", case, "criteria"), {"reason": "ciekawość"})
    assert not AccessLog.objects.exists()


def test_the_notice_is_written_down(signed_in, region):
    case = register_participant(region, notice_on=None)
    answer = signed_in(Role.ANIMATOR).post(page("notice", case), {"version": "2", "delivered_on": "2026-03-20"})
    assert answer.status_code == 302
    assert Notice.objects.get(case=case).version == "2"


def test_a_day_in_the_future_is_refused_beside_its_field(signed_in, region):
    case = register_participant(region, notice_on=None)
    answer = signed_in(Role.ANIMATOR).post(page("notice", case), {"version": "2", "delivered_on": "2026-05-20"})
    assert answer.status_code == 422
    assert not Notice.objects.filter(case=case).exists()


def test_the_exit_questionnaire_is_filled_in(signed_in, case):
    said = {"filled_in_on": "2026-03-30", "situation": "4", "usefulness": "5", "would_recommend": "no"}
    assert signed_in().post(page("questionnaire", case), said).status_code == 302
    assert ExitQuestionnaire.objects.get(case=case).would_recommend is False


def test_an_auditor_reads_and_writes_nothing(signed_in, region, case):
    client = signed_in(user=region.person(Role.AUDITOR))
    assert client.get(page("questionnaire", case)).status_code == 200
    said = {"filled_in_on": "2026-03-30", "situation": "4", "usefulness": "5", "would_recommend": "no"}
    assert client.post(page("questionnaire", case), said).status_code == 403
    assert not ExitQuestionnaire.objects.exists()


def test_a_corrected_name_is_the_title_of_the_open_case(signed_in, case):
    person = case.person
    written = {"first_name": "Lucyna", "last_name": "Żak", "birth_date": person.birth_date, "sex": "K"}
    written |= {"place": "Ślesin", "postcode": "62-561", "phone": "600 100 200"}
    client = signed_in()
    written["seen_version"] = client.get(page("person", case)).context["version"]
    answer = client.post(page("person", case), written)
    assert answer.status_code == 302
    assert fresh(case).title == "Żak Lucyna"
    assert fresh(case).person.pesel.open() == person.pesel.open()


def test_the_stepper_says_when_a_stage_was_entered_whatever_moved_within_it(region):
    case = make_participant(region, until="recommend")
    assert case.stage_since == case.admitted_on < case.last_move_on
    assert steps_of(case, case.stage_changes.order_by("seq"))[1].note == exact_date(case.admitted_on)
