"""Corrections of facts, as the timeline tells them: old value, new value, who."""

import pytest

from cases.participants.changes import corrections_of
from cases.participants.registration import correct_person
from cases.records import record_answers, record_entry_data
from roles.role import Role
from tests.cases.participants.factories import ANSWERS, at, invented_pesel, register_participant


@pytest.fixture
def case(region):
    return register_participant(region)


def told(case) -> list[tuple[str, str, str]]:
    return [(event.title, event.who, event.text) for event in corrections_of(case, at(9), 10)]


def test_a_corrected_person_is_told_with_old_and_new_value_and_who(case, region):
    tutor = region.people[Role.TUTOR]
    person = case.person
    person.phone, person.place = "600 999 999", "Konin"
    was = str(type(person).objects.get(pk=person.pk).phone)
    correct_person(case, person, by=tutor, at=at(3))
    [(title, who, text)] = told(case)
    assert title == "Changed: participant"
    assert who == str(tutor)
    assert f"phone: {was} → 600 999 999" in text
    assert "place: Ślesin → Konin" in text


def test_a_corrected_number_is_told_without_the_number(case, region):
    person, number = case.person, invented_pesel(77)
    person.pesel = number
    correct_person(case, person, by=region.people[Role.TUTOR], at=at(3))
    [(_title, _who, text)] = told(case)
    assert text.startswith("PESEL: •")
    assert not set(text) & set("0123456789")


def test_what_was_only_encrypted_anew_is_not_a_correction(case, region):
    person = case.person
    person.pesel = person.pesel.open()
    person.phone = "600 999 999"
    correct_person(case, person, by=region.people[Role.TUTOR], at=at(3))
    [(_title, _who, text)] = told(case)
    assert "PESEL" not in text


def test_of_special_categories_it_is_told_only_that_they_changed(case, region):
    record_answers(case, by=region.people[Role.TUTOR], at=at(3), **ANSWERS | {"disability": "yes"})
    [(_title, who, text)] = told(case)
    assert (who, text) == (str(region.people[Role.TUTOR]), "")


def test_entry_data_are_told_in_words(case, region):
    record_entry_data(case, by=region.people[Role.TUTOR], at=at(3), education="4")
    [(_title, _who, text)] = told(case)
    assert text.startswith("education: ")
