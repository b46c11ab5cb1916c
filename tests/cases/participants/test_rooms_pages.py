"""Registering, applying, reviewing many, the panels of the case, its file."""

from dataclasses import replace

import pytest
import time_machine
from django.urls import reverse

from cases.models import AccessLog, EntryData, Person, SensitiveAnswers
from cases.participants import services
from cases.participants.forms.registering import KNOWN_ELSEWHERE, LIKE_SOMEBODY_ELSEWHERE
from cases.participants.models import ParticipantCase, Review
from cases.participants.registration import register
from roles.role import Role
from tests.cases.participants.factories import (
    at,
    day,
    invented_pesel,
    item_of,
    make_participant,
    new_person,
    open_nodes,
    register_participant,
)
from workflows.errors import NotYou
from workflows.models import Bucket, WorkItem
from workflows.timers import fire_due


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(at(30), tick=False):
        yield


@pytest.fixture
def signed_in(client, region):
    def sign_in(role: Role = Role.TUTOR, user=None):
        client.force_login(user or region.people[role])
        return client

    return sign_in


NEW = reverse("participants:new")


def known_person(region, **facts) -> Person:
    person = new_person(region.organisation, recorded_by=region.people[Role.ANIMATOR], **facts)
    person.save()
    return person


def written(region, **facts):
    known = {
        "programme": region.programme.pk,
        "organisation": region.organisation.pk,
        "territory": region.powiat.pk,
        "participation": "participant",
        "source": "animator",
        "first_name": "Celina",
        "last_name": "Wzorowa",
        "birth_date": "1990-05-01",
        "place": "Ślesin",
        "phone": "600 700 800",
    }
    return known | facts


def test_an_animator_registers_somebody(signed_in, region):
    answer = signed_in(Role.ANIMATOR).post(NEW, written(region, notice_on="2026-03-30", labour_status="inactive"))
    case = ParticipantCase.objects.get()
    assert answer.url == case.get_absolute_url()
    assert (case.title, case.source, case.stage) == ("Wzorowa Celina", "animator", "recruitment")
    assert case.entry_data.labour_status == "inactive"
    assert case.notices.get().version == "1"
    assert open_nodes(case) == ["check_eligibility"]


def test_a_pesel_fills_in_birth_date_and_sex(signed_in, region):
    number = invented_pesel(7777)
    signed_in(Role.ANIMATOR).post(NEW, written(region, pesel=number, birth_date=""))
    person = Person.objects.get(last_name="Wzorowa")
    assert person.birth_date.year == 1985
    assert person.sex in "KM"
    assert person.pesel.open() == number


def test_a_wrong_pesel_is_refused(signed_in, region):
    answer = signed_in(Role.ANIMATOR).post(NEW, written(region, pesel="64050703017"))
    assert answer.status_code == 422
    assert not ParticipantCase.objects.exists()


def test_a_probable_duplicate_is_asked_about_before_anything_is_kept(signed_in, region):
    known = known_person(region, first_name="Celina", last_name="Wzorova", birth_date="1990-05-01")
    client = signed_in(Role.ANIMATOR)
    answer = client.post(NEW, written(region))
    assert answer.status_code == 422
    assert "Wzorova" in answer.content.decode()
    assert not ParticipantCase.objects.exists()
    client.post(NEW, written(region, who=str(known.pk)))
    assert ParticipantCase.objects.get().person == known


def test_somebody_else_is_registered_anew(signed_in, region):
    known_person(region, first_name="Celina", last_name="Wzorova", birth_date="1990-05-01")
    signed_in(Role.ANIMATOR).post(NEW, written(region, who="new"))
    assert Person.objects.filter(last_name="Wzorowa").count() == 1


def test_a_known_number_leaves_no_choice(signed_in, region):
    known = known_person(region)
    client = signed_in(Role.ANIMATOR)
    facts = written(region, pesel=known.pesel.open(), birth_date="")
    assert client.post(NEW, facts | {"who": "new"}).status_code == 422
    client.post(NEW, facts | {"who": str(known.pk)})
    assert ParticipantCase.objects.get().person == known


def known_next_door(region) -> Person:
    """Somebody whom the organisation knows, by a case in the next powiat alone, and the programme that is to take them in."""
    there = replace(region.place, territory=region.next_powiat)
    case = register_participant(region, place=there, by=region.person(Role.ANIMATOR, territory=region.next_powiat))
    Person.objects.filter(pk=case.person_id).update(first_name="Zdzisława", last_name="Tajna", place="Sekretowo")
    return Person.objects.get(pk=case.person_id)


def test_a_known_number_from_elsewhere_is_only_said_to_be_known(signed_in, region):
    known = known_next_door(region)
    client, cases = signed_in(Role.ANIMATOR), ParticipantCase.objects.count()
    facts = written(region, pesel=known.pesel.open(), birth_date="")
    for more in ({}, {"who": str(known.pk)}, {"who": "new"}):
        answer = client.post(NEW, facts | more)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert str(KNOWN_ELSEWHERE) in page
        assert not {word for word in ("Zdzisława", "Tajna", "Sekretowo") if word in page}
    assert ParticipantCase.objects.count() == cases


def test_somebody_like_them_from_elsewhere_is_told_of_and_not_shown(signed_in, region):
    known = known_next_door(region)
    client, cases = signed_in(Role.ANIMATOR), ParticipantCase.objects.count()
    facts = written(region, first_name="Zdzisława", last_name="Tajna", birth_date=known.birth_date, place="Ślesin")
    for more in ({}, {"who": str(known.pk)}):
        answer = client.post(NEW, facts | more)
        assert answer.status_code == 422
        assert str(LIKE_SOMEBODY_ELSEWHERE) in answer.content.decode()
        assert "Sekretowo" not in answer.content.decode()
    assert ParticipantCase.objects.count() == cases
    client.post(NEW, facts | {"who": "new"})
    assert ParticipantCase.objects.exclude(person=known).count() == cases


def test_nobody_opens_a_case_for_somebody_whose_cases_they_may_not_read(region):
    known = known_next_door(region)
    with pytest.raises(NotYou):
        register(known, region.place, by=region.people[Role.ANIMATOR])


def test_nobody_takes_part_in_a_programme_twice(signed_in, region):
    case = register_participant(region)
    facts = written(region, pesel=case.person.pesel.open(), birth_date="", who=str(case.person_id))
    assert signed_in(Role.ANIMATOR).post(NEW, facts).status_code == 422
    assert ParticipantCase.objects.count() == 1


def test_an_animator_registers_nobody_elsewhere(signed_in, region):
    for elsewhere in ({"territory": region.next_powiat.pk}, {"organisation": region.other.pk}):
        assert signed_in(Role.ANIMATOR).post(NEW, written(region, **elsewhere)).status_code == 422
    assert not ParticipantCase.objects.exists()


def test_a_tutor_does_not_register(signed_in):
    assert signed_in(Role.TUTOR).get(NEW).status_code == 403


# the public application


@pytest.fixture
def apply_url(region):
    return reverse("participants:apply", args=[region.programme.code])


def applied(region, **facts):
    return written(region, read_notice="on") | facts


def test_anybody_applies_without_signing_in(client, region, apply_url):
    assert client.get(apply_url).status_code == 200
    answer = client.post(apply_url, applied(region), follow=True)
    case = ParticipantCase.objects.get()
    page = answer.content.decode()
    assert (case.source, case.organisation) == ("application", region.organisation)
    assert case.number not in page
    assert "Wzorowa" not in page
    assert case.notices.exists()
    assert item_of(case, "check_eligibility").role == Role.COORDINATOR


def test_applying_twice_gives_one_case(client, region, apply_url):
    number = invented_pesel(4321)
    for _time in range(2):
        client.post(apply_url, applied(region, pesel=number, birth_date=""))
    assert ParticipantCase.objects.count() == 1


def test_a_stranger_changes_nothing_of_a_known_person(client, region, apply_url):
    known = known_person(region, phone="500 000 001")
    client.post(apply_url, applied(region, pesel=known.pesel.open(), birth_date="", phone="600 999 999"))
    known.refresh_from_db()
    assert known.phone == "500 000 001"


def test_a_robot_falls_into_the_trap(client, region, apply_url):
    answer = client.post(apply_url, applied(region, website="http://spam"))
    assert answer.status_code == 302
    assert not ParticipantCase.objects.exists()


def test_only_so_many_applications_come_from_one_address(client, region, apply_url):
    answers = [client.post(apply_url, {"first_name": "x"}).status_code for _time in range(11)]
    assert answers == [422] * 10 + [429]
    with time_machine.travel(at(30, hour=11), tick=False):
        assert client.post(apply_url, {"first_name": "x"}).status_code == 422
    assert "127.0.0.1" not in str(Bucket.objects.values())


def test_an_organisation_that_nobody_works_for_there_is_not_applied_to(client, region, apply_url):
    answer = client.post(apply_url, applied(region, territory=region.next_powiat.pk))
    assert answer.status_code == 422
    assert not ParticipantCase.objects.exists()


def test_a_programme_that_is_over_takes_nobody_in(client, region, apply_url):
    region.programme.ends_on = day(29)
    region.programme.save()
    assert client.get(apply_url).status_code == 404


# all my people on one page


def test_each_review_has_its_own_result(signed_in, region):
    one, two = (make_participant(region, until="recommend") for _each in range(2))
    with time_machine.travel(at(60), tick=False):
        fire_due(at(60))
        items = WorkItem.objects.filter(node="review_month").order_by("pk")
        client, url = signed_in(), reverse("participants:reviews")
        assert client.get(url).content.decode().count("review-") >= 2
        first, second = items
        sent = {f"r{first.pk}-progress": "on_plan", f"r{first.pk}-done": "kurs", f"r{first.pk}-following": "dalej"}
        sent |= {f"r{second.pk}-progress": "behind", f"r{second.pk}-done": "", f"r{second.pk}-following": "dalej"}
        assert client.post(url, sent).status_code == 422
    assert Review.objects.get().case_id == first.process_id
    assert {one.pk, two.pk} == {item.process_id for item in items}
    second.refresh_from_db()
    assert second.finished is None


# the case's page and its file


def test_the_case_page_shows_the_rooms_panels(signed_in, region):
    case = make_participant(region, until="give_opinion")
    with time_machine.travel(at(85), tick=False):
        page = signed_in().get(case.get_absolute_url()).content.decode()
    assert "praca w spółdzielni" in page
    assert case.person.masked_pesel in page
    assert reverse("cases:new_session") in page


def test_an_approver_sees_the_evidence(signed_in, region):
    case = make_participant(region, until="approve_incubation")
    with time_machine.travel(at(86), tick=False):
        page = signed_in(Role.SUPERVISOR).get(item_of(case, "approve_incubation").get_absolute_url()).content.decode()
    assert "48 / 40" in page
    assert "spółdzielnia Kotwica" in page


def test_the_case_file_is_made_for_a_reason_and_logged(signed_in, region):
    case = make_participant(region, until="approve_incubation")
    url = reverse("participants:case_file", args=[case.pk])
    with time_machine.travel(at(86), tick=False):
        client = signed_in(Role.SUPERVISOR)
        assert client.post(url, {"reason": ""}).status_code == 302
        answer = client.post(url, {"reason": "kontrola"})
    assert answer.content.startswith(b"%PDF")
    assert set(AccessLog.objects.values_list("what", flat=True)) == {"case_file", "filled_in"}


def test_an_animator_gets_no_case_file(signed_in, region):
    case = register_participant(region)
    answer = signed_in(Role.ANIMATOR).post(reverse("participants:case_file", args=[case.pk]), {"reason": "x"})
    assert answer.status_code == 302
    assert not AccessLog.objects.exists()


def test_a_corrected_fact_keeps_its_old_value_on_the_timeline(signed_in, region):
    case = register_participant(region)
    by = region.people[Role.COORDINATOR]
    facts = {"labour_status": "inactive", "labour_detail": "learning", "unemployed_since": None}
    services.record_entry(case, by=by, entry=facts, answers={"disability": "yes"}, at=at(20))
    page = signed_in(Role.COORDINATOR).get(reverse("workflows:case_timeline", args=[case.pk])).content.decode()
    old, new = EntryData(labour_status="registered_unemployed"), EntryData(labour_status="inactive")
    assert f"{old.get_labour_status_display()} → {new.get_labour_status_display()}" in page
    assert str(SensitiveAnswers._meta.verbose_name) in page
    assert f"{SensitiveAnswers._meta.get_field('disability').verbose_name}:" not in page
