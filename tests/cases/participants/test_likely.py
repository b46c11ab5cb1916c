"""Probable duplicates, also without PESEL: shown to whom may read them, and to others without personal data."""

import html
from datetime import date

import pytest
import time_machine
from django.urls import reverse

from cases.participants.likely import who_may_be_same
from cases.participants.models import ParticipantCase
from cases.participants.stages import Stage
from roles.role import Role
from tests.cases.participants.factories import (
    at,
    day,
    fresh,
    item_of,
    make_participant,
    new_person,
    register_participant,
)

BORN = date(1990, 5, 1)


def alike(region, **facts):
    """Somebody of the organisation with the name and birth date of everybody here, without a number."""
    known = {"first_name": "Celina", "last_name": "Wzorowa", "birth_date": BORN, "pesel": None}
    return new_person(region.organisation, **known | facts)


def elsewhere(region):
    """Where people of the same organisation are out of the team's reach."""
    return type(region.place)(region.programme, region.organisation, region.next_powiat)


@pytest.fixture
def hidden(region):
    """A case in the next powiat, whose animator and coordinator are others."""
    animator = region.person(Role.ANIMATOR, territory=region.next_powiat)
    region.neighbour = region.person(Role.COORDINATOR, territory=region.next_powiat)
    return register_participant(region, person=alike(region), by=animator, place=elsewhere(region))


@pytest.fixture
def look(client, region):
    def page(address: str, role: Role = Role.COORDINATOR) -> str:
        with time_machine.travel(at(1), tick=False):
            client.force_login(region.people[role])
            answer = client.get(address)
        assert answer.status_code == 200
        return html.unescape(answer.content.decode())

    return page


def test_the_case_and_the_check_of_eligibility_name_who_may_be_the_same(look, region):
    known = register_participant(region, person=alike(region))
    case = register_participant(region, person=alike(region, last_name="Wzorowa-Nowa"))
    for address in (case.get_absolute_url(), item_of(case, "check_eligibility").get_absolute_url()):
        page = look(address)
        assert known.number in page
        assert f'href="{known.get_absolute_url()}"' in page


def test_somebody_whom_the_reader_may_not_see_is_told_of_without_personal_data(look, region, hidden):
    case = register_participant(region, person=alike(region, last_name="Wzorowa-Nowa", phone=""))
    for address in (case.get_absolute_url(), item_of(case, "check_eligibility").get_absolute_url()):
        page = look(address)
        assert str(region.neighbour) in page
        assert hidden.number not in page
        assert hidden.title not in page.replace("Wzorowa-Nowa Celina", "")


def test_people_of_another_organisation_are_not_compared(region):
    other = new_person(region.other, first_name="Celina", last_name="Wzorowa", birth_date=BORN, pesel=None)
    animator = region.person(Role.ANIMATOR, organisation=region.other)
    register_participant(
        region, person=other, by=animator, place=type(region.place)(region.programme, region.other, region.powiat)
    )
    case = register_participant(region, person=alike(region))
    assert who_may_be_same(case, region.people[Role.COORDINATOR], at(1)) == []


def test_after_admission_nobody_is_asked_any_more(region):
    register_participant(region, person=alike(region))
    case = make_participant(region, stage=Stage.PRE_INCUBATION, person=alike(region, other_identifier="AB 1234567"))
    assert who_may_be_same(case, region.people[Role.COORDINATOR], at(10)) == []


def test_a_public_application_is_compared_for_the_staff_and_says_nothing_to_the_applicant(client, look, region):
    known = register_participant(region, person=alike(region))
    sent = {
        "organisation": region.organisation.pk,
        "territory": region.powiat.pk,
        "first_name": "Celina",
        "last_name": "Wzorowa",
        "birth_date": BORN.isoformat(),
        "place": "Ślesin",
        "phone": "600 700 800",
        "read_notice": "on",
    }
    with time_machine.travel(at(1), tick=False):
        answer = client.post(reverse("participants:apply", args=[region.programme.code]), sent, follow=True)
    assert answer.status_code == 200
    assert known.number not in answer.content.decode()
    case = ParticipantCase.objects.exclude(pk=known.pk).get()
    assert known.number in look(case.get_absolute_url())


@pytest.mark.parametrize("others", [1, 30])
def test_looking_takes_the_same_queries_for_one_and_for_thirty(region, others, django_assert_num_queries):
    for number in range(others):
        register_participant(region, person=alike(region, phone=f"600 000 {number:03d}"))
    case = fresh(register_participant(region, person=alike(region)))
    assert case.person.birth_date == BORN
    assert case.opened_on == day(0)
    with django_assert_num_queries(4):
        assert who_may_be_same(case, region.people[Role.COORDINATOR], at(1))
