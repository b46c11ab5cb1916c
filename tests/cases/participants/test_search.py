"""The quick search by the numbers that only the rooms know: PESEL and NIP."""

import pytest
from django.urls import reverse

from roles.role import Role
from tests.cases.participants.factories import day, register_participant

NIP = "5250001009"


@pytest.fixture
def case(region):
    return register_participant(region)


@pytest.fixture
def search(client):
    def do(user, text: str):
        client.force_login(user)
        return client.post(reverse("workflows:search"), {"q": text})

    return do


def test_the_whole_number_leads_to_the_participant(search, region, case):
    number = case.person.pesel.open()
    for written in (number, f" {number[:6]} {number[6:]}", f"{number[:6]}-{number[6:]}"):
        assert search(region.people[Role.TUTOR], written).url == case.get_absolute_url()


def test_a_part_of_the_number_finds_nothing(search, region, case):
    answer = search(region.people[Role.TUTOR], case.person.pesel.open()[:10])
    assert answer.context["found"] == []


@pytest.mark.parametrize("near", ["other organisation", "next powiat", "ended yesterday"])
def test_a_number_in_a_case_of_others_is_not_found(search, region, case, near):
    facts = {
        "other organisation": {"organisation": region.other},
        "next powiat": {"territory": region.next_powiat},
        "ended yesterday": {"valid_to": day(-1)},
    }
    answer = search(region.person(Role.TUTOR, **facts[near]), case.person.pesel.open())
    assert answer.context["found"] == []
    assert case.person.pesel.open() not in answer.content.decode()


def test_the_number_of_an_organisation_finds_the_cases_that_it_leads(search, region):
    region.organisation.nip = NIP
    region.organisation.save()
    mine = {register_participant(region).pk for _each in range(2)}
    found = search(region.people[Role.TUTOR], "525-000-10-09").context["found"]
    assert {each.pk for each in found} == mine
    assert search(region.person(Role.TUTOR, organisation=region.other), NIP).context["found"] == []
