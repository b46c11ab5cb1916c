"""Corrections of facts, as the timeline tells them: old value, new value, who."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pghistory.models import Event as PghistoryEvent

from cases.confirmation import code_of, confirm_by_code, request_confirmation
from cases.models import Document, ExitSituation, Session
from cases.models.base import RestrictedQuerySet
from cases.participants.changes import FACTS, changes_of
from cases.participants.registration import correct_person
from cases.participants.services import diagnose, give_opinion, lodge_appeal, recommend
from cases.records import record_answers, record_convictions, record_entry_data, record_exit_data
from cases.sessions import hold_session, log_session, plan_session
from roles.role import Role
from roles.services.acting import acting
from roles.templatetags.polish_dates import exact_date
from tests.cases.participants.factories import ANSWERS, at, day, invented_pesel, register_participant


@pytest.fixture
def case(region):
    return register_participant(region)


@pytest.fixture
def told(case, region):
    """What is told of changes up to a day: titles that begin so, who, text."""

    def tell(case, says="Changed: ", days=9) -> list[tuple[str, str, str]]:
        events = changes_of(case, region.people[Role.TUTOR], at(days), 20)
        return [(event.title, event.who, event.text) for event in events if event.title.startswith(says)]

    return tell


#: Django itself has a word for it.
SESSION = f"Changed: {Session._meta.verbose_name}"
SCALES = ("communication", "cooperation", "initiative", "organisation", "vocational", "digital")
DIAGNOSIS = {"diagnosed_on": day(2), "strengths": "zręczność", "needs": "kurs"} | dict.fromkeys(SCALES, 3)


def situation(name: str) -> ExitSituation:
    """Observed a day after the start."""
    return ExitSituation(situation=name, observed_on=day(1))


def test_a_corrected_person_is_told_with_old_and_new_value_and_who(case, region, told):
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


def test_a_corrected_number_is_told_without_the_number(case, region, told):
    person, number = case.person, invented_pesel(77)
    person.pesel = number
    correct_person(case, person, by=region.people[Role.TUTOR], at=at(3))
    [(_title, _who, text)] = told(case)
    assert text.startswith("PESEL: •")
    assert not set(text) & set("0123456789")


def test_what_was_only_encrypted_anew_is_not_a_correction(case, region, told):
    person = case.person
    person.pesel = person.pesel.open()
    person.phone = "600 999 999"
    correct_person(case, person, by=region.people[Role.TUTOR], at=at(3))
    [(_title, _who, text)] = told(case)
    assert "PESEL" not in text


def test_of_special_categories_it_is_told_only_that_they_changed(case, region, told):
    record_answers(case, by=region.people[Role.TUTOR], at=at(3), **ANSWERS | {"disability": "yes"})
    [(_title, who, text)] = told(case)
    assert (who, text) == (str(region.people[Role.TUTOR]), "")


def test_entry_data_are_told_in_words(case, region, told):
    record_entry_data(case, by=region.people[Role.TUTOR], at=at(3), education="4")
    [(_title, _who, text)] = told(case)
    assert text.startswith("education: ")


def test_first_entries_of_facts_are_told_with_who_and_what(case, region, told):
    tutor = region.people[Role.TUTOR]
    diagnose(case, by=tutor, at=at(2), **DIAGNOSIS)
    lodge_appeal(case, by=tutor, at=at(3), received_on=day(3), grounds="za wcześnie")
    recommend(case, by=tutor, at=at(4), verdict="go", reasons="gotowa", idea="catering", on=day(4))
    give_opinion(case, by=region.people[Role.PSYCHOLOGIST], at=at(5), supports=True, on=day(5))
    recorded = {title.removeprefix("Recorded: "): (who, text) for title, who, text in told(case, "Recorded: ")}
    assert {"diagnosis", "appeal", "recommendation", "psychologist's opinion", "information notice given"} <= set(
        recorded
    )
    assert recorded["appeal"] == (str(tutor), f"received on: {exact_date(day(3))}; grounds: za wcześnie")
    assert recorded["psychologist's opinion"][0] == str(region.people[Role.PSYCHOLOGIST])


def test_the_first_entry_of_a_special_category_does_not_say_what(case, region, told):
    record_convictions(case, by=region.people[Role.TUTOR], at=at(3), declared="yes")
    assert ("Recorded: declaration of convictions", str(region.people[Role.TUTOR]), "") in told(case, "Recorded: ")


def test_hours_and_presence_that_are_corrected_are_told_with_who_corrected_them(case, region, told):
    tutor, coordinator = region.people[Role.TUTOR], region.people[Role.COORDINATOR]
    session = Session(kind="advice", starts_at=at(2, 8), hours=Decimal("2.00"), leader=tutor)
    log_session(session, [case], by=tutor, at=at(2))
    assert told(case) == []  # the session's own entry tells of its outcome
    hold_session(session, by=coordinator, present=[case.pk], hours=Decimal("6.00"), at=at(3))
    assert told(case) == [(SESSION, str(coordinator), "hours: 2.00 → 6.00")]
    hold_session(session, by=coordinator, present=[], at=at(4))
    assert ("Changed: attendance", str(coordinator), "present: yes → no") in told(case)
    assert told(case, days=3) == [(SESSION, str(coordinator), "hours: 2.00 → 6.00")]


def test_exit_situations_that_say_the_same_stay_and_the_others_are_told(case, region, told):
    tutor = region.people[Role.TUTOR]
    was = [situation("qualification"), situation("education")]
    record_exit_data(case, by=tutor, at=at(2), left_on=day(), as_planned=True, situations=was)
    now = [situation("qualification"), situation("employment")]
    record_exit_data(case, by=tutor, at=at(3), left_on=day(), as_planned=True, situations=now)
    [(_title, who, text)] = told(case, "Removed: ")
    assert (who, "in education or training" in text) == (str(tutor), True)
    assert sum("situation after leaving" in title for title, _who, _text in told(case, "Recorded: ")) == 3
    assert told(case) == []


def test_a_restricted_document_is_told_of_only_to_those_who_may_read_it(case, region):
    stored = Document.objects.create(
        case=case, title="Orzeczenie", file="x", name="x.pdf", media_type="application/pdf", size=1, sha256="0" * 64,
        uploaded_by=region.people[Role.TUTOR], uploaded_at=at(1), is_restricted=True,
    )  # fmt: skip
    with acting(region.people[Role.TUTOR], at(2)):
        Document.objects.filter(pk=stored.pk).update(title="Orzeczenie o stopniu")
    for role, is_told in ((Role.COORDINATOR, True), (Role.ANIMATOR, False)):
        titles = [event.title for event in changes_of(case, region.people[role], at(9), 20)]
        assert ("Changed: document" in titles) is is_told


def test_what_is_told_costs_the_same_with_one_change_and_with_thirty(case, region, django_assert_num_queries):
    tutor = region.people[Role.TUTOR]

    def happen(number: int) -> None:
        session = Session(kind="advice", starts_at=at(2, 8), hours=Decimal("2.00"), leader=tutor)
        log_session(session, [case], by=tutor, at=at(2))
        hold_session(session, by=tutor, present=[case.pk], hours=Decimal("3.00"), at=at(4))
        powiat = region.powiat if number % 2 else region.next_powiat
        record_entry_data(case, by=tutor, at=at(5 + number), education=str(3 + number % 2), powiat=powiat)

    happen(0)
    with CaptureQueriesContext(connection) as few:
        list(changes_of(case, tutor, at(90), 60))
    for number in range(1, 31):
        happen(number)
    with django_assert_num_queries(len(few)):
        events = list(changes_of(case, tutor, at(90), 60))
    assert len(events) >= 60


def test_a_session_is_told_when_it_is_written_up_not_when_it_took_place(case, region):
    tutor = region.people[Role.TUTOR]
    session = Session(kind="advice", starts_at=at(2, 8), hours=Decimal("2.00"), leader=tutor)
    plan_session(session, [case], by=tutor, at=at(1))
    hold_session(session, by=tutor, present=[case.pk], at=at(6))
    hold_session(session, by=tutor, present=[case.pk], hours=Decimal("3.00"), at=at(8))
    [told] = [event for event in case.events(tutor, at(9), 20) if event.kind == "session"]
    assert told.at == at(6)
    assert str(session) in str(told.title)
    assert not [event for event in case.events(tutor, at(5), 20) if event.kind == "session"]


def test_a_confirmation_by_the_recipient_is_told_as_nobodys_of_the_staff(case, region, told):
    tutor = region.people[Role.TUTOR]
    session = Session(kind="advice", starts_at=at(2, 8), hours=Decimal("2.00"), leader=tutor)
    log_session(session, [case], by=tutor, at=at(2))
    attendance = session.attendances.get()
    sent = request_confirmation(attendance, by=tutor, channel="sms", at=at(3))
    confirm_by_code(attendance, code=code_of(sent), at=at(4))
    (_title, who, text), (_asked, who_asked, _text) = told(case)
    assert (who, who_asked) == ("", str(tutor))
    assert "confirmation: asked for → confirmed" in text


def test_every_history_of_facts_is_told():
    kept = {
        history._meta.label
        for history in apps.get_models()
        if issubclass(history, PghistoryEvent)
        and history.pgh_trackers
        and history._meta.app_label in {"cases", "participants"}
    }
    assert {fact.history for fact in FACTS} == kept


def test_of_facts_of_special_categories_nothing_is_told_but_that_they_are():
    of_special_categories = {
        f"cases.{kind.__name__}Event"
        for kind in apps.get_app_config("cases").get_models()
        if isinstance(kind._default_manager.all(), RestrictedQuerySet)
    }
    assert {fact.history for fact in FACTS if fact.is_kept_back} <= of_special_categories
    assert not {fact.history for fact in FACTS if not fact.is_kept_back} & of_special_categories
