"""What goes in can be read and corrected afterwards, evidence is a document, and restricted facts stay behind their doors."""

import json
from datetime import date
from decimal import Decimal

import pytest
import time_machine
import typst
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.confirmation import confirm_by_signature
from cases.documents import store_document
from cases.models import AccessLog, Convictions, Criterion, Document, ExitSituation, ImportedRemark, Session
from cases.participants import services
from cases.participants.forms import EligibilityForm, ExitDataForm
from cases.sessions import plan_session
from cases.talk import write_psychologist_note
from roles.role import Role
from tests.cases.participants.factories import (
    at,
    day,
    followed_up,
    fresh,
    make_participant,
    new_person,
    register_participant,
    support,
)
from tests.cases.test_documents import PDF
from tests.factories import make_mandate
from workflows.jobs import run_due
from workflows.services.holds import put_on_hold

SCALES = dict.fromkeys(("communication", "cooperation", "initiative", "organisation", "vocational", "digital"), "2")
DIAGNOSIS = SCALES | {"diagnosed_on": "2026-03-11", "transport": "4", "housing": "0", "strengths": "a", "needs": "b"}


@pytest.fixture(autouse=True)
def _files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def page(client, region):
    """Open or send a page of a case as somebody of the team; the answer."""

    def do(case, name: str, role: Role = Role.TUTOR, days: int = 230, **data):
        with time_machine.travel(at(days), tick=False):
            client.force_login(region.people[role])
            url = reverse(f"participants:{name}", args=[case.pk])
            opened = client.get(url)
            if not data:
                return opened
            seen = opened.context.get("version", "") if opened.context else ""
            return client.post(url, data | {"seen_version": seen})

    return do


@pytest.fixture
def door(client, region):
    """Go through a door with a reason; the answer."""

    def do(case, what: str, role: Role = Role.TUTOR, days: int = 230):
        with time_machine.travel(at(days), tick=False):
            client.force_login(region.people[role])
            return client.post(reverse("participants:restricted", args=[case.pk, what]), {"reason": "kontrola"})

    return do


def paper(case, by, title="Zaświadczenie", *, restricted=False) -> Document:
    document = Document(case=case, title=title, is_restricted=restricted)
    return store_document(document, ContentFile(PDF, name="pismo.pdf"), by=by, at=at(1))


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


# evidence is a document


def test_evidence_of_a_criterion_is_a_document_of_the_case_that_the_writer_may_see(region, door):
    case = register_participant(region)
    other = register_participant(region)
    coordinator = region.people[Role.COORDINATOR]
    own, foreign = paper(case, coordinator, restricted=True), paper(other, coordinator)
    sent = {
        "outcome": "eligible",
        "checked_on": "2026-03-05",
        "criterion_1_letter": "b",
        "criterion_1_evidence": "pup",
        "seen": "on",
    }
    with time_machine.travel(at(3), tick=False):
        wrong = EligibilityForm(sent | {"criterion_1_document": foreign.pk}, case=case, by=coordinator)
        unseen = EligibilityForm(sent | {"criterion_1_document": own.pk}, case=case, by=region.people[Role.ANIMATOR])
        right = EligibilityForm(sent | {"criterion_1_document": own.pk}, case=case, by=coordinator)
        without = EligibilityForm(sent, case=case, by=coordinator)
        assert not wrong.is_valid()
        assert not unseen.is_valid()
        assert without.is_valid()
        assert right.is_valid(), right.errors
    services.confirm_criteria(case, by=coordinator, claims=right.claims, on=day(3), at=at(3))
    assert Criterion.objects.get(case=case).document == own
    read = text_of(door(case, "criteria", days=4))
    assert reverse("cases:document", args=[own.pk]) in read


def test_exit_data_are_read_with_their_document_and_corrected(region, page):
    case = make_participant(region, until="collect_exit_data")
    assert "not been collected" in text_of(page(case, "exit_data"))
    tutor = region.people[Role.TUTOR]
    secret = paper(case, tutor, "Umowa o pracę", restricted=True)
    situation = ExitSituation(situation="employment", observed_on=case.left_on, document=secret)
    services.collect_exit_data(case, by=tutor, as_planned=True, situations=[situation], at=at(210))
    link = reverse("cases:document", args=[secret.pk])
    assert link in text_of(page(case, "exit_data"))
    animator = text_of(page(case, "exit_data", Role.ANIMATOR))
    assert link not in animator
    assert "Umowa o pracę" not in animator
    day_of = str(case.left_on)
    sent = {
        "as_planned": "no",
        "situation_1_situation": "employment",
        "situation_1_observed_on": day_of,
        "situation_1_evidence": "umowa",
        "situation_1_document": "",
    }
    assert page(case, "exit_data", Role.ANIMATOR, **sent).status_code == 302
    exit_data = fresh(case).exit_data
    kept = exit_data.situations.get()
    assert (exit_data.as_planned, kept.evidence, kept.document) == (False, "umowa", secret)


def test_the_form_of_exit_data_opens_with_what_is_known(region):
    case = make_participant(region, until="collect_exit_data")
    tutor = region.people[Role.TUTOR]
    situation = ExitSituation(situation="education", observed_on=case.left_on)
    services.collect_exit_data(case, by=tutor, as_planned=False, situations=[situation], at=at(210))
    form = ExitDataForm(case=fresh(case), by=tutor)
    assert form.initial["as_planned"] == "no"
    assert form.initial["situation_1"]["situation"] == "education"


# read and corrected


def test_a_diagnosis_is_read_by_everybody_and_corrected_by_those_who_write(region, page, door):
    case = make_participant(region, until="agree_plan")
    said = {"debts": 4, "detail": "komornik"}
    services.diagnose(case, by=region.people[Role.TUTOR], private=said, at=at(10), strengths="zręczność")
    for role in (Role.ANIMATOR, Role.TUTOR):
        read = text_of(page(case, "diagnosis", role, 15))
        assert "zręczność" in read
        assert "komornik" not in read
    assert page(case, "diagnosis", Role.TUTOR, 15, **DIAGNOSIS).status_code == 302
    case = fresh(case)
    assert (case.diagnosis.communication, case.diagnosis.transport) == (2, 4)
    assert (case.private_barriers.debts, case.private_barriers.detail.open()) == (4, "komornik")
    assert "komornik" in text_of(door(case, "barriers", days=16))
    assert AccessLog.objects.filter(case=case, what="barriers").exists()
    assert door(case, "barriers", Role.ANIMATOR, 16).status_code == 302


def test_nothing_is_corrected_before_it_was_recorded_nor_by_who_only_reads(region, page):
    case = make_participant(region, until="diagnose")
    private = {"debts": "1", "care": "1"}
    assert page(case, "diagnosis", Role.TUTOR, 15, **DIAGNOSIS, **private).status_code == 422
    region.people[Role.AUDITOR] = region.person(Role.AUDITOR, valid_to=date(2027, 1, 1))
    assert page(case, "diagnosis", Role.AUDITOR, 15, **DIAGNOSIS, **private).status_code == 403
    assert not hasattr(fresh(case), "diagnosis")


def test_follow_up_data_are_read_and_corrected(region, page):
    case = make_participant(region, until="end")
    followed_up(type("Unit", (), {"by": region.people[Role.TUTOR], "today": day(390), "at": at(390)}), case)
    assert fresh(case).follow_up_data.in_sample
    assert "Six months" in text_of(page(case, "follow_up", days=391))
    sent = {
        "source": "zus",
        "observed_on": str(day(390)),
        "labour_status": "employed",
        "contract": "employment",
        "weekly_hours": "20",
        "skill_level": "3",
    }
    assert page(case, "follow_up", days=392, **sent).status_code == 302
    said = fresh(case).follow_up_data
    assert (said.source, said.skill_level, said.weekly_hours) == ("zus", "3", 20)


def test_reviews_opinion_and_supplements_are_read_whole(region, page):
    case = make_participant(region, until="approve_incubation")
    tutor, coordinator = region.people[Role.TUTOR], region.people[Role.COORDINATOR]
    services.review(
        case,
        by=tutor,
        kind="month",
        until=day(40),
        progress="on_plan",
        done="warsztat",
        following="praktyka w spółdzielni",
        at=at(40),
    )
    services.ask_for_supplement(case, by=coordinator, wanted="zaświadczenie z ZUS", on=day(2), at=at(2))
    read = text_of(page(case, "progress", Role.ANIMATOR, 90))
    for words in ("praktyka w spółdzielni", "tak widzę", "zaświadczenie z ZUS", "The psychologist supports it."):
        assert words in read


def test_as_many_reviews_as_there_are_cost_the_same(region, page):
    case = make_participant(region, until="recommend")
    tutor = region.people[Role.TUTOR]
    costs = []
    page(case, "progress", days=90)  # what a first visit costs more
    for number in (1, 30):
        for each in range(number):
            facts = {"progress": "on_plan", "done": "x", "following": "y"}
            services.review(case, by=tutor, kind="month", until=day(30 + each), at=at(40), **facts)
            services.recommend(case, by=tutor, verdict="repeat", reasons="r", on=day(30), at=at(40))
        with CaptureQueriesContext(connection) as spent:
            text_of(page(case, "progress", days=90))
        costs.append(len(spent))
    assert costs[0] == costs[1]


# doors


def test_an_imported_remark_has_a_door(region, page, door):
    case = register_participant(region)
    remark = ImportedRemark(case=case, body="po leczeniu", recorded_by=region.people[Role.ANIMATOR])
    remark.save()
    assert "po leczeniu" in text_of(door(case, "remarks", days=3))
    assert AccessLog.objects.filter(case=case, what="remarks").exists()
    assert door(case, "remarks", Role.ANIMATOR, 3).status_code == 302


def test_convictions_are_declared_by_roles_that_may_read_them_back_and_by_nobody_else(region, page, door):
    case = register_participant(region)
    assert page(case, "entry", Role.TUTOR, 3, kind="individual", convictions="no").status_code == 302
    assert Convictions.objects.get(case=case).declared == "no"
    assert "no" in text_of(door(case, "convictions", days=3))
    assert "convictions" not in text_of(page(case, "entry", Role.ANIMATOR, 3))
    page(case, "entry", Role.ANIMATOR, 3, kind="individual", convictions="yes")
    assert Convictions.objects.get(case=case).declared == "no"


def test_a_signature_is_shown_for_a_reason_and_logged(region, client):
    case = make_participant(region, until="recommend")
    tutor = region.people[Role.TUTOR]
    support(case, by=tutor, days=40, sessions=1)
    attendance = case.attendances.get()
    strokes = [[[10 + step, 20 + step] for step in range(12)]]
    confirm_by_signature(attendance, by=tutor, strokes=strokes, at=at(40, hour=12))
    url = reverse("cases:signature", args=[attendance.pk])
    with time_machine.travel(at(41), tick=False):
        client.force_login(tutor)
        session = client.get(reverse("cases:session", args=[attendance.session_id])).content.decode()
        assert url in session
        assert client.post(url, {"reason": ""}).status_code == 302
        assert not AccessLog.objects.filter(what="signature").exists()
        assert "<polyline" in client.post(url, {"reason": "reklamacja"}).content.decode()
    assert AccessLog.objects.get(what="signature").reason == "reklamacja"


def test_a_psychologist_corrects_a_note_of_their_own_and_nobody_elses(region, client):
    case = register_participant(region)
    author = region.people[Role.PSYCHOLOGIST]
    colleague = region.person(Role.PSYCHOLOGIST)
    note = write_psychologist_note(case, "pomyłka", by=author, at=at(1))
    url = reverse("cases:psychologist", args=[case.pk])
    with time_machine.travel(at(2), tick=False):
        client.force_login(colleague)
        assert 'name="replaces" value' not in client.post(url, {"reason": "superwizja"}).content.decode()
        client.post(url, {"body": "cudze", "replaces": note.pk, "reason": "x"})
        assert case.psychologist_notes.count() == 1
        client.force_login(author)
        assert f'name="replaces" value="{note.pk}"' in client.post(url, {"reason": "korekta"}).content.decode()
        client.post(url, {"body": "tak było", "replaces": note.pk})
        assert "corrected by a later note" in client.post(url, {"reason": "korekta"}).content.decode()
    assert case.psychologist_notes.get(replaces=note).body.open() == "tak było"


# access needs


def test_access_needs_stand_on_the_case_and_beside_the_name_for_those_who_see_the_case(region, client):
    person = new_person(region.organisation, access_needs=["sign_language"], preferred_contact="sms")
    case = register_participant(region, person=person)
    leader = region.people[Role.TUTOR]
    session = Session(kind="advice", starts_at=at(5), hours=Decimal(1), leader=leader)
    plan_session(session, [case], by=leader, at=at(1))
    url = reverse("cases:session", args=[session.pk])
    with time_machine.travel(at(2), tick=False):
        client.force_login(leader)
        for address in (case.get_absolute_url(), url):
            shown = text_of(client.get(address))
            assert "sign language" in shown
            assert "by text message" in shown
        leader.mandates.all().delete()
        make_mandate(leader, Role.TRAINER, organisation=region.organisation, territory=region.next_powiat)
        assert client.get(url).status_code == 404


# death


def test_a_death_after_graduation_stops_contacts_of_every_case(region, page):
    case = make_participant(region, until="end")
    assert page(case, "death", days=215, died_on=str(day(214))).status_code == 302
    run_due(at(215, hour=12))
    case = fresh(case)
    assert (case.person.died_on, case.contacts_are_stopped) == (day(214), True)
    assert (case.follow_up_data.source, case.follow_up_data.in_sample) == ("impossible", False)
    assert "Died on" in text_of(page(case, "death", days=216))


def test_a_death_written_down_by_mistake_is_taken_back(region, page):
    case = register_participant(region)
    assert page(case, "death", days=5, died_on=str(day(4))).status_code == 302
    assert page(case, "death", days=5, died_on="").status_code == 302
    assert fresh(case).person.died_on is None
    assert page(case, "death", days=5, died_on="1900-01-01").status_code == 422
    assert page(case, "death", days=5, died_on="2026-04-01").status_code == 422


# sensitive reasons


def test_the_exact_reason_of_a_hold_is_for_those_who_read_special_categories(region, client):
    case = make_participant(region, until="recommend")
    put_on_hold(case, by=region.people[Role.TUTOR], starts_on=day(30), reason="illness", at=at(30))
    with time_machine.travel(at(31), tick=False):
        client.force_login(region.people[Role.TUTOR])
        assert "illness" in text_of(client.get(case.get_absolute_url()))
        client.force_login(region.people[Role.ANIMATOR])
        shown = text_of(client.get(case.get_absolute_url()))
        assert "personal reasons" in shown
        assert "illness" not in shown


def test_the_day_participation_starts_lies_in_the_programme_before_the_first_support(region, page):
    case = make_participant(region, until="recommend")
    support(case, by=region.people[Role.TUTOR], days=40, sessions=1)
    for wrong in ("2024-12-31", str(day(60)), str(day(45))):
        assert page(case, "entry", days=50, kind="individual", starts_on=wrong).status_code == 422
    facts = {"starts_on": str(day(1)), "support_starts_on": str(day(9)), "support_ends_on": str(day(8))}
    assert page(case, "entry", days=50, kind="individual", **facts).status_code == 422


def test_the_case_file_tells_everything_but_the_psychologists_notes(region, page, monkeypatch):
    case = make_participant(region, until="end", person=new_person(region.organisation, street="Leśna 3"))
    tutor, psychologist = region.people[Role.TUTOR], region.people[Role.PSYCHOLOGIST]
    services.diagnose(case, by=tutor, private={"debts": 4, "detail": "komornik"}, at=at(90))
    services.ask_for_supplement(case, by=tutor, wanted="zaświadczenie z ZUS", on=day(2), at=at(2))
    put_on_hold(case, by=tutor, starts_on=day(212), reason="care", at=at(212))
    write_psychologist_note(case, "tylko dla psychologa", by=psychologist, at=at(90))
    told = []

    def compile_and_keep(*args, sys_inputs, **options):
        told.append(json.dumps(json.loads(sys_inputs["data"]), ensure_ascii=False))
        return compile_pdf(*args, sys_inputs=sys_inputs, **options)

    compile_pdf = typst.compile
    monkeypatch.setattr(typst, "compile", compile_and_keep)
    answer = page(case, "case_file", days=215, reason="kontrola")
    assert answer.headers["Content-Type"] == "application/pdf"
    expected = (
        "Leśna 3",
        "Information notice, version 1",
        "zręczność",
        "komornik",
        "zaświadczenie z ZUS",
        "tak widzę",
        "care of a relative",
        "praca w spółdzielni",
        "My situation now",
    )
    missing = [words for words in expected if words not in told[0] and words.lower() not in told[0].lower()]
    assert missing == []
    assert "tylko dla psychologa" not in told[0]
    assert page(case, "case_file", Role.ANIMATOR, days=215, reason="kontrola").status_code == 302
