"""Two people correct the same thing: the second sees both and decides; nobody overwrites what they have not seen."""

import pytest
import time_machine

from cases.models import Person
from cases.participants.models import ExitQuestionnaire
from cases.participants.registration import correct_person
from roles.role import Role
from tests.cases.participants.factories import at, fresh, make_participant
from tests.cases.participants.test_pages import page
from workflows.lost_edits import version_of

SAID = {"filled_in_on": "2026-03-30", "situation": "4", "usefulness": "5", "would_recommend": "no"}


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(at(30), tick=False):
        yield


@pytest.fixture
def case(region):
    return make_participant(region, until="approve_plan")


@pytest.fixture
def tutor(client, region):
    client.force_login(region.people[Role.TUTOR])
    return client


def opened(client, address) -> dict[str, str]:
    """What the form of the page sends beside its fields."""
    return {"seen_version": client.get(address).context["version"]}


@pytest.fixture
def colleague_moves_the_person(case, region):
    """Somebody else saves another place while the page stands open."""

    def save() -> None:
        person = Person.objects.get(pk=case.person_id)
        person.place = "Golina"
        correct_person(fresh(case), person, by=region.people[Role.COORDINATOR], at=at(31))

    return save


def written(person, **more):
    facts = {"first_name": person.first_name, "last_name": person.last_name, "birth_date": person.birth_date}
    return facts | {"sex": person.sex, "place": "Ślesin", "postcode": "62-561", "phone": "600 100 200"} | more


def test_whoever_comes_second_sees_both_values_and_nothing_is_saved(tutor, case, colleague_moves_the_person):
    address = page("person", case)
    seen = opened(tutor, address)
    colleague_moves_the_person()
    answer = tutor.post(address, written(case.person) | seen)
    assert answer.status_code == 409
    differing = {each.label: (each.stored, each.sent) for each in answer.context["differences"]}
    assert ("Golina", "Ślesin") in differing.values()
    assert case.person.first_name not in str(differing)
    assert Person.objects.get(pk=case.person_id).place == "Golina"


def test_what_was_written_is_sent_again_knowingly(tutor, case, colleague_moves_the_person):
    address = page("person", case)
    seen = opened(tutor, address)
    colleague_moves_the_person()
    conflict = tutor.post(address, written(case.person) | seen)
    again = dict(conflict.context["again"])
    assert "seen_version" not in again
    again["seen_version"] = conflict.context["version"]
    assert tutor.post(address, again).status_code == 302
    assert Person.objects.get(pk=case.person_id).place == "Ślesin"


def test_a_third_who_saves_meanwhile_is_not_overwritten_either(tutor, case, region, colleague_moves_the_person):
    address = page("person", case)
    seen = opened(tutor, address)
    colleague_moves_the_person()
    conflict = tutor.post(address, written(case.person) | seen)
    Person.objects.filter(pk=case.person_id).update(place="Kleczew", recorded_at=at(32))
    again = dict(conflict.context["again"]) | {"seen_version": conflict.context["version"]}
    assert tutor.post(address, again).status_code == 409


def test_a_form_that_carries_no_version_overwrites_nothing(tutor, case):
    answer = tutor.post(page("person", case), written(case.person))
    assert answer.status_code == 409
    assert Person.objects.get(pk=case.person_id).place == case.person.place


def test_a_form_sent_back_for_an_error_keeps_the_version_that_it_was_opened_with(
    tutor, case, colleague_moves_the_person
):
    address = page("person", case)
    seen = opened(tutor, address)
    colleague_moves_the_person()
    wrong = tutor.post(address, written(case.person, first_name="") | seen)
    assert (wrong.status_code, wrong.context["version"]) == (422, seen["seen_version"])


def test_a_number_that_the_page_never_shows_is_not_shown_by_the_conflict_either(
    tutor, case, colleague_moves_the_person
):
    address = page("person", case)
    seen = opened(tutor, address)
    number = case.person.pesel.open()
    colleague_moves_the_person()
    answer = tutor.post(address, written(case.person) | seen)
    assert answer.status_code == 409
    assert number not in answer.content.decode()


def test_the_questionnaire_filled_in_twice_is_asked_about(tutor, case):
    address = page("questionnaire", case)
    seen = opened(tutor, address)
    assert tutor.post(address, SAID | seen).status_code == 302
    answer = tutor.post(address, SAID | seen | {"situation": "1"})
    assert answer.status_code == 409
    assert ExitQuestionnaire.objects.get(case=case).situation == 4
    assert len(answer.context["differences"]) == 1


@pytest.mark.parametrize("name", ["entry", "notice"])
def test_entry_data_and_notices_carry_a_version(tutor, case, name):
    answer = tutor.get(page(name, case))
    assert answer.context["version"]
    assert f'name="seen_version" value="{answer.context["version"]}"' in answer.content.decode()


def test_a_notice_given_meanwhile_is_shown_beside_ones_own(tutor, case):
    address = page("notice", case)
    seen = opened(tutor, address)
    assert tutor.post(address, {"version": "2", "delivered_on": "2026-03-20"} | seen).status_code == 302
    answer = tutor.post(address, {"version": "2", "delivered_on": "2026-03-21"} | seen)
    assert answer.status_code == 409
    assert case.notices.get(version="2").delivered_on.day == 20


def test_a_version_tells_nothing_and_changes_with_every_fact():
    assert version_of() == version_of(None, ()) == ""
    assert version_of("yes") != version_of("no")
    assert "yes" not in version_of("yes")
