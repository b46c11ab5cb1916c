"""Forgetting: when a case is due, who proposes and who decides, what goes and what stays."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models

from cases.documents import store_document
from cases.models import Attendance, Document, EntryData, ErasedCase, Erasure, Note, Person
from cases.participants.models import Plan
from cases.retention import RETENTION_YEARS, RULES, due_cases, kept_until
from cases.retention.erasing import erase as forget
from cases.retention.services import decide_erasure, propose_erasure
from cases.storage import Vault
from cases.talk import write_note
from roles.role import Role
from tests.cases.participants.factories import at, do, followed_up, fresh, make_participant, walk
from tests.cases.test_documents import PDF
from tests.factories import make_organisation, make_territory
from workflows.errors import NotYet, NotYou, TooLate
from workflows.integrity import verify_integrity
from workflows.jobs import run_due
from workflows.models import Case, ParameterValue, StageChange, StageChangeDetail, WorkItem
from workflows.services import reopen
from workflows.timers import fire_due
from workflows.verification import verify_history

LATER = datetime(2035, 1, 1, 10, tzinfo=UTC)


@pytest.fixture
def closed(region):
    """A participant who went the whole way, with papers and notes."""

    def make(**facts):
        case = make_participant(region, until="propose_graduation", **facts)
        tutor = region.people[Role.TUTOR]
        paper = Document(case=case, title="Umowa", retention="B5")
        store_document(paper, ContentFile(PDF, name="umowa.pdf"), by=tutor, at=at(100))
        write_note(case, by=tutor, body="Zadzwonić do siostry", visibility="team", at=at(100))
        walk(region, case, "the end", start="propose_graduation")
        fire_due(at(202 + 190))
        do(region, case, "follow_up", days=400, write=followed_up)
        return fresh(case)

    return make


@pytest.fixture
def officer(region):
    return region.person(Role.DATA_PROTECTION_OFFICER)


def erase(region, officer, moment=LATER) -> Erasure:
    erasure = propose_erasure(region.organisation, by=officer, at=moment)
    decide_erasure(erasure, by=region.people[Role.SUPERVISOR], approve=True, at=moment)
    run_due(moment + timedelta(minutes=1))
    return erasure


def wrong() -> list:
    return verify_integrity().problems + verify_history().problems


# when


def test_a_case_is_due_when_the_years_after_case_and_programme_are_over(closed):
    case = closed()
    assert (case.closed_on.year, case.programme.ends_on.year) == (2027, 2029)
    assert kept_until(case, LATER.date()) == date(2034, 12, 31)
    assert not due_cases(date(2034, 12, 31)).exists()
    assert list(due_cases(date(2035, 1, 1))) == [Case.objects.get(pk=case.pk)]


def test_a_programme_may_keep_its_cases_longer(closed):
    case = closed()
    ParameterValue.objects.create(
        programme=case.programme, name=RETENTION_YEARS.name, value=10, valid_from=date(2030, 1, 1)
    )
    assert not due_cases(date(2039, 12, 31)).exists()
    assert due_cases(date(2040, 1, 1)).exists()


@pytest.mark.parametrize(("kept", "first_day"), [("B5", date(2035, 1, 1)), ("B10", date(2038, 1, 1)), ("A", None)])
def test_a_document_holds_its_case_as_long_as_its_class_says(closed, kept, first_day):
    Document.objects.filter(case=closed()).update(retention=kept)
    if first_day is None:
        assert not due_cases(date(2100, 1, 1)).exists()
    else:
        assert due_cases(first_day).exists()
        assert first_day == date(2035, 1, 1) or not due_cases(first_day - timedelta(days=1)).exists()


def test_an_open_case_is_never_due(region):
    make_participant(region, until="propose_graduation")
    assert not due_cases(date(2100, 1, 1)).exists()


# who


def test_one_proposes_and_another_decides(region, closed, officer):
    closed()
    erasure = propose_erasure(region.organisation, by=officer, at=LATER)
    region.person(Role.SUPERVISOR, user=officer)
    with pytest.raises(NotYou, match="you proposed it"):
        decide_erasure(erasure, by=officer, approve=True, at=LATER)
    decide_erasure(erasure, by=region.people[Role.SUPERVISOR], approve=True, at=LATER)
    with pytest.raises(TooLate, match="decided already"):
        decide_erasure(erasure, by=region.people[Role.SUPERVISOR], approve=False, at=LATER)


def test_who_nearly_may_may_not(region, closed, officer):
    closed()
    with pytest.raises(NotYet):
        propose_erasure(region.organisation, by=region.people[Role.SUPERVISOR], at=LATER)
    with pytest.raises(NotYet):
        propose_erasure(
            region.organisation,
            by=region.person(Role.DATA_PROTECTION_OFFICER, territory=make_territory("3003")),
            at=LATER,
        )
    erasure = propose_erasure(region.organisation, by=officer, at=LATER)
    near = [
        region.people[Role.COORDINATOR],
        region.person(Role.SUPERVISOR, territory=make_territory("3003")),
        region.person(Role.SUPERVISOR, organisation=make_organisation(territory=region.powiat)),
    ]
    for person in near:
        with pytest.raises(NotYou, match="supervisor of the scope"):
            decide_erasure(erasure, by=person, approve=True, at=LATER)


def test_what_is_declined_may_be_proposed_again(region, closed, officer):
    closed()
    erasure = propose_erasure(region.organisation, by=officer, at=LATER)
    with pytest.raises(NotYet, match="no case"):
        propose_erasure(region.organisation, by=officer, at=LATER)
    decide_erasure(erasure, by=region.people[Role.SUPERVISOR], approve=False, at=LATER)
    propose_erasure(region.organisation, by=officer, at=LATER)


def test_a_case_that_was_reopened_is_not_forgotten(region, closed, officer):
    case = closed()
    erasure = propose_erasure(region.organisation, by=officer, at=LATER)
    reopen(case, by=region.people[Role.SUPERVISOR], reason="spór o wynik", at=LATER)
    with pytest.raises(NotYet, match="reopened"):
        decide_erasure(erasure, by=region.second, approve=True, at=LATER)


# what


def test_what_tells_of_the_person_goes_and_the_stub_and_the_figures_stay(region, closed, officer):
    case = closed()
    person, name = case.person_id, case.title
    files = list(Document.objects.filter(case=case).values_list("file", flat=True))
    assert StageChangeDetail.objects.filter(change__case=case).exists()
    erase(region, officer)
    case = fresh(case)
    assert (case.title, case.stage, case.leaving) == (case.number, "closed", "se_job")
    assert str(Person.objects.get(pk=person)) == "– –"
    assert EntryData.objects.get(case=case).labour_status
    assert Attendance.objects.filter(case=case, present=True).count() == 6
    assert StageChange.objects.filter(case=case).count() == 6
    for model in (Document, Note, Plan, StageChangeDetail):
        path = "change__case" if model is StageChangeDetail else "case"
        assert not model._default_manager.filter(**{path: case}).exists(), model
    assert not any(Vault().exists(each) for each in files)
    assert name not in everything_said_about(case)
    done = ErasedCase.objects.get(case=case)
    assert (done.erased_at, done.rows > 0) == (LATER + timedelta(minutes=1), True)


def test_the_history_still_verifies_and_nothing_hangs_in_the_air(region, closed, officer):
    closed()
    erase(region, officer)
    assert wrong() == []


def test_a_person_with_another_case_stays_a_person(region, closed, officer):
    case = closed()
    make_participant(region, until="propose_graduation", person=case.person)
    erase(region, officer)
    assert str(Person.objects.get(pk=case.person_id)) != "– –"


def test_done_twice_it_does_nothing_more(region, closed, officer):
    closed()
    erase(region, officer)
    done = ErasedCase.objects.get()
    forget(done, LATER + timedelta(days=1))
    assert ErasedCase.objects.get().erased_at == done.erased_at


def test_every_table_about_a_case_has_its_rule():
    about = {model._meta.label for model in apps.get_models() if leads_to_a_case(model, set())}
    ours = {label for label in about if label.split(".")[0] in {"workflows", "cases", "participants"}}
    history = {
        event._meta.label for model in apps.get_models() for event in getattr(model, "pgh_event_models", {}).values()
    }
    assert ours - history - {"cases.Person"} == {label for label in RULES if label.split(".")[0] != "errands"}


def leads_to_a_case(model: type[models.Model], seen: set[type[models.Model]]) -> bool:
    """Whether a row of the table says something about one case, by whatever way of single keys."""
    if model is Case:
        return True
    if model in seen:
        return False
    keys = [field for field in model._meta.concrete_fields if field.many_to_one or field.one_to_one]
    return any(leads_to_a_case(field.related_model, seen | {model}) for field in keys)


def everything_said_about(case: Case) -> str:
    """Every text of every row that leads to the case, history included."""
    said = []
    for label, rule in RULES.items():
        model = apps.get_model(label)
        for kind in (model, *getattr(model, "pgh_event_models", {}).values()):
            said += [str(row) for row in kind._base_manager.values() if kind is model or rule.path]
    said += [str(row) for row in Person._base_manager.values()]
    said += [str(row) for row in apps.get_model("cases.PersonEvent")._base_manager.values()]
    said += [str(row) for row in WorkItem.objects.filter(process=case).values()]
    return "\n".join(said)


# the pages


def test_the_officer_proposes_and_the_supervisor_decides_through_pages(region, closed, officer, client):
    case = closed()
    with time_machine.travel(LATER, tick=False):
        client.force_login(officer)
        assert case.number in client.get("/retention/").text
        sent = client.post("/retention/propose/", {"organisation": region.organisation.pk})
        assert "Approve: delete for good" not in client.get(sent.url).text
        client.force_login(region.people[Role.SUPERVISOR])
        assert "Approve: delete for good" in client.get(sent.url).text
        client.post(f"{sent.url}decide/", {"decision": "approve"})
        run_due(LATER)
        assert client.get(sent.url).status_code == 200
        assert client.get(case.get_absolute_url()).status_code == 200
    assert ErasedCase.objects.get().erased_at == LATER
