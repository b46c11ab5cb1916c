"""The public application: a stranger learns nothing of anybody, and opens nothing that is known; the coordinator says who it is."""

import re

import pytest
import time_machine
from django.urls import reverse

from cases.models import Person
from cases.participants.applications import apply, known_like, say_who_it_is
from cases.participants.models import Application, ParticipantCase
from roles.role import Role
from tests.cases.participants.factories import at, new_person, register_participant
from tests.cases.participants.test_rooms_pages import applied, apply_url, known_person
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import WorkItem

__all__ = ["apply_url"]


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(at(30), tick=False):
        yield


def page_after(client, apply_url, sent) -> str:
    """What the applicant is shown, without what differs by chance."""
    answer = client.post(apply_url, sent, follow=True)
    assert answer.redirect_chain == [(f"{apply_url}done/", 302)]
    page = answer.content.decode()
    assert len(re.findall(r"<strong>\d{4} \d{4} \d{4}</strong>", page)) == 1
    return re.sub(r"<strong>[\d ]+</strong>|\b[A-Za-z0-9]{64}\b", "", page)  # the receipt and tokens against forgery


def by_number(region, person: Person, **facts):
    return applied(region, pesel=person.pesel.open(), birth_date="", **facts)


def tasks_by_hand(case):
    return WorkItem.objects.open().filter(process=case).exclude(title_text="")


def test_everybody_is_shown_the_same_page(client, region, apply_url):
    sent = {
        "nobody known": applied(region),
        "known by number": by_number(region, known_person(region)),
        "with an open case": by_number(region, register_participant(region).person),
        "alike by name": applied(region, first_name="Celina"),
        "a robot": applied(region, website="http://spam"),
    }
    pages = {page_after(client, apply_url, each) for each in sent.values()}
    assert len(pages) == 1
    for case in ParticipantCase.objects.all():
        assert case.number not in str(pages)


def test_receipts_are_random_and_lead_staff_to_the_case(client, region, apply_url):
    client.post(apply_url, applied(region))
    client.post(apply_url, applied(region, first_name="Dorota", last_name="Inna", birth_date="1980-01-01"))
    first, second = Application.objects.order_by("pk")
    assert first.receipt != second.receipt
    client.force_login(region.people[Role.COORDINATOR])
    text = f"{first.receipt[:4]} {first.receipt[4:8]} {first.receipt[8:]}"
    assert client.post("/search/", {"q": text}).url == first.case.get_absolute_url()
    client.force_login(region.person(Role.COORDINATOR, territory=region.next_powiat))
    assert client.post("/search/", {"q": text}).status_code == 200


def test_somebody_with_an_open_case_gets_no_second_one_and_the_coordinator_is_told(client, region, apply_url):
    case = register_participant(region)
    for _time in range(2):
        client.post(apply_url, by_number(region, case.person))
    assert ParticipantCase.objects.get() == case
    assert tasks_by_hand(case).get().role == Role.COORDINATOR
    assert Application.objects.filter(case=case, opened_the_case=False).count() == 2


def test_somebody_known_without_a_case_gets_one_on_a_record_of_its_own(client, region, apply_url):
    known = known_person(region, phone="500 000 001")
    client.post(apply_url, by_number(region, known, phone="600 999 999"))
    case = ParticipantCase.objects.get()
    known.refresh_from_db()
    assert (case.person == known, known.phone, case.person.pesel) == (False, "500 000 001", None)
    assert case.person.birth_date is not None
    assert tasks_by_hand(case).get().role == Role.COORDINATOR
    assert [each.person for each in known_like(case.applications.get())] == [known]


def test_a_stranger_does_not_choose_who_sees_a_known_record(client, region, apply_url):
    known = known_person(region)
    elsewhere = region.person(Role.COORDINATOR, territory=region.next_powiat)
    client.post(apply_url, by_number(region, known, territory=region.next_powiat.pk))
    assert ParticipantCase.objects.visible_to(elsewhere).count() == 1
    assert not Person.objects.visible_to(elsewhere).filter(pk=known.pk).exists()


def test_somebody_alike_is_proposed_and_nobody_else_is(client, region, apply_url):
    known_person(region, first_name="Celina", last_name="Wzorova", birth_date="1990-05-01")
    client.post(apply_url, applied(region))
    client.post(apply_url, applied(region, first_name="Dorota", last_name="Inna", birth_date="1980-01-01"))
    alike, new = ParticipantCase.objects.order_by("pk")
    assert (tasks_by_hand(alike).count(), tasks_by_hand(new).count()) == (1, 0)
    assert list(Application.objects.to_compare()) == [alike.applications.get()]


# Saying who it is


@pytest.fixture
def unsure(region):
    """An application with the number of somebody known, and that person."""
    known = known_person(region)
    stranger = new_person(region.organisation, first_name="Celina", last_name="Wzorowa")
    stranger.pesel = known.pesel.open()
    application = apply(stranger, region.place, notice_on=at(30).date(), at=at(30))
    return application.case, known


def test_the_coordinator_puts_the_case_on_the_known_record(unsure, region):
    case, known = unsure
    say_who_it_is(case, known, by=region.people[Role.COORDINATOR], at=at(30))
    case = ParticipantCase.objects.get()
    assert (case.person, case.title) == (known, f"{known.last_name} {known.first_name}")
    assert (case.applications.get().pesel, Application.objects.to_compare().count()) == (None, 0)
    with pytest.raises(TooLate):
        say_who_it_is(case, None, by=region.people[Role.COORDINATOR], at=at(30))


def test_somebody_else_stays_on_their_own(unsure, region):
    case, known = unsure
    say_who_it_is(case, None, by=region.people[Role.COORDINATOR], at=at(30))
    assert ParticipantCase.objects.get().person == case.person != known


def test_only_overseers_of_the_scope_say_who_it_is(unsure, region):
    case, known = unsure
    people = [
        region.people[Role.TUTOR],
        region.people[Role.ANIMATOR],
        region.person(Role.COORDINATOR, territory=region.next_powiat),
        region.person(Role.COORDINATOR, organisation=region.other),
        region.person(Role.COORDINATOR, valid_to=at(29).date()),
    ]
    for user in people:
        with pytest.raises(NotYou):
            say_who_it_is(case, known, by=user, at=at(30))


def test_nobody_unlike_and_nobody_with_an_open_case_is_chosen(unsure, region):
    case, known = unsure
    other = known_person(region)
    with pytest.raises(NotYet):
        say_who_it_is(case, other, by=region.people[Role.COORDINATOR], at=at(30))
    register_participant(region, 30, person=known)
    with pytest.raises(NotYet):
        say_who_it_is(case, known, by=region.people[Role.COORDINATOR], at=at(30))


def test_the_page_shows_who_is_alike_to_who_may_decide(client, unsure, region):
    case, known = unsure
    url = reverse("participants:same_person", args=[case.pk])
    client.force_login(region.people[Role.TUTOR])
    assert client.get(url).status_code == 403
    client.force_login(region.people[Role.COORDINATOR])
    assert url in client.get(case.get_absolute_url()).content.decode()
    assert str(known) in client.get(url).content.decode()
    assert client.post(url, {"who": "0"}).status_code == 422
    client.post(url, {"who": str(known.pk)})
    assert ParticipantCase.objects.get().person == known
    assert client.get(url).status_code == 200


# Where the page is


@pytest.mark.parametrize("code", ["nobody", "%F0%9F%98%80"])
def test_a_programme_that_there_is_not_is_not_found(client, region, code):
    assert client.get(f"/apply/{code}/").status_code == 404
    assert client.get(f"/apply/{code}/done/").status_code == 404


def test_the_address_stands_on_the_programmes_page_and_the_animators_start_page(client, region, apply_url, settings):
    address = settings.PUBLIC_URL + apply_url
    shown = {}
    for role in (Role.ANIMATOR, Role.TUTOR):
        client.force_login(region.people[role])
        shown[role] = [
            address in client.get(page).content.decode()
            for page in ("/", reverse("workflows:programme", args=[region.programme.pk]))
        ]
    assert shown == {Role.ANIMATOR: [True, True], Role.TUTOR: [False, True]}


def test_a_programme_that_is_over_has_no_address(client, region, apply_url):
    region.programme.ends_on = at(29).date()
    region.programme.save()
    client.force_login(region.people[Role.ANIMATOR])
    assert apply_url not in client.get("/").content.decode()
