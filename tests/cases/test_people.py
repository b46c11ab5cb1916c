"""People: registered once, seen by those who work with them, revealed only in writing."""

from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, IntegrityError, connection, transaction

from cases.models import AccessLog, Criterion, Person, PsychologistNote, SensitiveAnswers
from cases.people import (
    identify,
    log_access,
    person_of,
    pesel_for_document,
    read_restricted,
    reveal_identifier,
    reveal_pesel,
    save_person,
)
from cases.records import claim_criterion, record_answers
from cases.talk import write_psychologist_note
from roles.role import Role
from tests.cases.conftest import PESEL, at
from workflows.errors import NotYet, NotYou
from workflows.models import Case, CaseGrant
from workflows.services import break_glass, share

ANSWERS = dict.fromkeys(("disability", "minority", "foreign_origin", "homelessness"), "no")


def new_person(region, **facts) -> Person:
    known = {"first_name": "Anna", "last_name": "Nowak", "organisation": region.organisation}
    return Person(**known | facts)


def grant(case, user, kind, *, days=1) -> CaseGrant:
    return CaseGrant.objects.create(
        content_object=Case.objects.get(pk=case.pk),
        permission=Permission.objects.get(codename="view_case", content_type__app_label="workflows"),
        user=user,
        given_by=user,
        kind=kind,
        reason="x",
        valid_from=at(-1),
        expires_at=at(days),
    )


# Registering


def test_a_pesel_fills_in_birth_date_and_sex(region):
    person = new_person(region)
    identify(person, PESEL)
    assert (person.birth_date, person.sex, person.masked_pesel) == (date(1964, 5, 7), "M", "•••••••••16")


def test_what_is_no_pesel_is_not_taken(region):
    with pytest.raises(ValueError):  # noqa: PT011
        identify(new_person(region), "64050703017")


def test_an_organisation_has_a_person_once(region, team, person):
    with pytest.raises(NotYet, match=r"has a person|ma już osobę"):
        save_person(new_person(region, pesel=PESEL), by=team.animator, at=at())


def test_an_organisation_has_a_document_once(region, team):
    save_person(new_person(region, other_identifier="paszport UA783517"), by=team.animator, at=at())
    with pytest.raises(NotYet):
        save_person(new_person(region, other_identifier="UA 783517"), by=team.animator, at=at())


def test_every_organisation_has_its_own_record_of_a_person(region, person):
    colleague = region.person("colleague", Role.ANIMATOR, organisation=region.other_organisation)
    theirs = new_person(region, pesel=PESEL, organisation=region.other_organisation)
    assert save_person(theirs, by=colleague, at=at()).pk != person.pk


def test_people_without_any_number_may_be_many(make_person):
    make_person()
    make_person()
    assert Person.objects.count() == 2


def test_nobody_registers_people_for_another_organisation(region, team, near_misses):
    for name in ("next organisation", "until yesterday", "auditor", "deactivated"):
        with pytest.raises(NotYou):
            save_person(new_person(region), by=near_misses[name], at=at())


def test_nobody_corrects_a_person_they_do_not_see(participation, person, near_misses):
    for name in ("next powiat", "next organisation", "until yesterday", "deactivated"):
        with pytest.raises(NotYou):
            save_person(person, by=near_misses[name], at=at())


def test_who_only_reads_corrects_nobody(participation, person, region, team, near_misses):
    guest = region.person("guest", Role.INSTITUTION_REPRESENTATIVE, organisation=region.other_organisation)
    share(participation, by=team.coordinator, with_user=guest, until=date(2026, 3, 20), reason="plan", at=at())
    for reader in (near_misses["auditor"], guest):
        assert Person.objects.visible_to(reader, at(1)).exists()
        with pytest.raises(NotYou):
            save_person(person, by=reader, at=at(1))


def test_whoever_works_on_one_of_two_open_cases_asks_who_works_on_both(participation, person, open_case, region, team):
    region.mandate(team.coordinator, Role.COORDINATOR, territory=region.next_powiat)
    open_case(person, territory=region.next_powiat)
    with pytest.raises(NotYou):
        save_person(person, by=team.tutor, at=at(1))
    assert save_person(person, by=team.coordinator, at=at(1)).recorded_by == team.coordinator


# Who sees whom


def test_people_are_seen_through_their_cases(participation, person, team):
    for user in (team.tutor, team.coordinator, team.animator, team.supervisor):
        assert list(Person.objects.visible_to(user, at())) == [person]


def test_a_near_miss_sees_nobody(participation, near_misses):
    for name in ("next powiat", "next organisation", "until yesterday", "deactivated"):
        assert not Person.objects.visible_to(near_misses[name], at()).exists(), name


def test_somebody_without_a_case_is_seen_by_nobody(person, team):
    assert not Person.objects.visible_to(team.coordinator, at()).exists()


def test_the_person_of_a_case_is_found_whatever_its_kind(participation, person, case):
    assert person_of(participation) == person
    assert person_of(case) is None


# Names


def test_people_stand_in_polish_order(make_person):
    for name in ("Żak", "Zając", "Ślusarz", "Sowa", "Łoś", "Lis"):
        make_person(last_name=name)
    assert [each.last_name for each in Person.objects.by_name()] == ["Lis", "Łoś", "Sowa", "Ślusarz", "Zając", "Żak"]


def test_people_are_found_without_their_diacritics(make_person):
    person = make_person(first_name="Łucja", last_name="Źródło-Ćwik")
    assert list(Person.objects.called("zrodlo luc")) == [person]
    assert not Person.objects.called("zrodlo anna").exists()


# Probable duplicates


def test_a_probable_duplicate_is_proposed_without_a_pesel(make_person, region):
    known = make_person(first_name="Anna", last_name="Woźniak", birth_date=date(1980, 3, 14))
    make_person(first_name="Ewa", last_name="Lis", birth_date=date(1980, 3, 14))
    asked = new_person(region, last_name="Woźniak-Ćwik", birth_date=date(1980, 3, 14))
    assert [each.person for each in Person.objects.probable_duplicates_of(asked)] == [known]


def test_another_organisations_people_are_not_proposed(make_person, region):
    make_person(first_name="Anna", last_name="Nowak", organisation=region.other_organisation)
    assert Person.objects.probable_duplicates_of(new_person(region)) == []


def test_a_person_is_not_their_own_duplicate(person):
    assert Person.objects.probable_duplicates_of(person) == []


@pytest.mark.parametrize("others", [1, 30])
def test_looking_for_duplicates_takes_one_query(make_person, region, others, django_assert_num_queries):
    for _n in range(others):
        make_person(first_name="Anna", last_name="Nowak")
    with django_assert_num_queries(1):
        assert len(Person.objects.probable_duplicates_of(new_person(region))) == others


# Revealing


def test_revealing_is_written_down(participation, person, team):
    assert reveal_pesel(person, by=team.tutor, reason="contract ", at=at()) == PESEL
    (entry,) = AccessLog.objects.all()
    assert (entry.person, entry.by, entry.what, entry.reason, entry.at) == (
        person,
        team.tutor,
        "pesel",
        "contract",
        at(),
    )


def test_revealing_another_document_is_written_down(make_person, open_case, team):
    person = make_person(other_identifier="UA783517")
    open_case(person)
    assert reveal_identifier(person, by=team.tutor, reason="contract", at=at()) == "UA783517"
    assert AccessLog.objects.get().what == "identifier"


def test_filling_in_is_written_down_as_such(participation, person, team):
    assert pesel_for_document(person, by=team.tutor, document="support contract", at=at()) == PESEL
    assert AccessLog.objects.get().what == "filled_in"


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_nothing_is_revealed_without_a_reason(participation, person, team, reason):
    with pytest.raises(NotYet):
        reveal_pesel(person, by=team.tutor, reason=reason, at=at())
    assert not AccessLog.objects.exists()


def test_nothing_is_revealed_to_a_near_miss(participation, person, near_misses):
    for name in ("next powiat", "next organisation", "until yesterday", "deactivated"):
        with pytest.raises(NotYou):
            reveal_pesel(person, by=near_misses[name], reason="curious", at=at())
    assert not AccessLog.objects.exists()


def test_the_access_log_cannot_be_changed(participation, person, team):
    log_access(AccessLog.What.PESEL, person=person, by=team.tutor, reason="x", at=at())
    for change in (lambda: AccessLog.objects.update(reason="y"), lambda: AccessLog.objects.all().delete()):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            change()


def test_an_entry_names_its_subject_and_a_reason(team, person):
    for facts in ({"reason": "x"}, {"person": person, "reason": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AccessLog.objects.create(by=team.tutor, what="pesel", **facts)


# Restricted facts


@pytest.fixture
def answers(case, team):
    return record_answers(case, by=team.coordinator, at=at(), asked_on=date(2026, 3, 2), **ANSWERS)


def test_reading_special_category_answers_is_written_down(case, answers, team):
    assert read_restricted(SensitiveAnswers, case, by=team.tutor, reason="plan", at=at()) == [answers]
    assert AccessLog.objects.get().what == "answers"


def test_some_who_see_the_case_do_not_see_its_answers(case, answers, team):
    trainer = team.animator
    assert not SensitiveAnswers.objects.visible_to(trainer, at()).exists()
    with pytest.raises(NotYou):
        read_restricted(SensitiveAnswers, case, by=trainer, reason="curious", at=at())


def test_a_near_miss_does_not_see_them_either(case, answers, near_misses):
    for name in ("next powiat", "next organisation", "until yesterday", "deactivated"):
        with pytest.raises(NotYou):
            read_restricted(SensitiveAnswers, case, by=near_misses[name], reason="curious", at=at())


def test_psychologists_notes_are_for_psychologists(case, team, psychologist):
    note = write_psychologist_note(case, "restricted", by=psychologist, at=at())
    assert (
        read_restricted(PsychologistNote, case, by=psychologist, reason="session", at=at())[0].body.open()
        == "restricted"
    )
    for user in (team.tutor, team.coordinator, team.supervisor):
        assert not PsychologistNote.objects.visible_to(user, at()).exists()
        with pytest.raises(NotYou):
            read_restricted(PsychologistNote, case, by=user, reason="curious", at=at())
    assert note.pk


def test_emergency_access_opens_what_ones_role_reads(case, answers, region, near_misses):
    neighbour = near_misses["next powiat"]
    grant(case, neighbour, CaseGrant.Kind.BREAK_GLASS)
    assert SensitiveAnswers.objects.visible_to(neighbour, at()).exists()
    assert not SensitiveAnswers.objects.visible_to(neighbour, at(2)).exists()


def test_a_shared_case_shares_no_special_categories(case, answers, near_misses):
    neighbour = near_misses["next powiat"]
    grant(case, neighbour, CaseGrant.Kind.SHARED)
    assert not SensitiveAnswers.objects.visible_to(neighbour, at()).exists()


def test_an_emergency_gives_no_role(case, team, region):
    trainer = region.person("trainer", Role.TRAINER, territory=region.next_powiat)
    claim_criterion(case, by=team.coordinator, letter="a", evidence="pup", at=at())
    grant(case, trainer, CaseGrant.Kind.BREAK_GLASS)
    assert not Criterion.objects.visible_to(trainer, at()).exists()


# The database


@pytest.mark.parametrize(
    "facts",
    [
        {"postcode": "62844"},
        {"birth_date": date(1864, 5, 7)},
        {"access_needs": ["teleport"]},
    ],
)
def test_the_database_refuses_impossible_people(make_person, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_person(**facts)


def test_a_number_is_never_without_its_hash(person):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_person SET pesel_index = NULL")


def test_a_number_is_not_shown_to_whom_a_case_is_shared_with(person, participation, region, team):
    guest = region.person("guest", Role.TUTOR, organisation=region.other_organisation)
    share(participation, by=team.coordinator, with_user=guest, until=date(2026, 3, 9), reason="plan", at=at())
    for show in (reveal_pesel, reveal_identifier):
        with pytest.raises(NotYou, match="mandate covers"):
            show(person, by=guest, reason="contract", at=at(1))
    with pytest.raises(NotYou):
        pesel_for_document(person, by=guest, document="contract", at=at(1))
    break_glass(participation, by=guest, reason="Zagrożenie życia, brak opiekuna", at=at(1))
    assert reveal_pesel(person, by=guest, reason="ambulance", at=at(1)) == PESEL
