"""Documents, talk, sessions and confirmations through their pages, on participants' cases."""

from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.confirmation import code_of, request_confirmation
from cases.links import token_of
from cases.models import AccessLog, Attendance, Comment, Document, Note, PsychologistNote, Session
from cases.sessions import log_session, plan_session
from roles.role import Role
from roles.views.paging import A_PAGE
from tests.cases.participants.factories import at, day, make_participant, new_person, register_participant
from workflows.models import WorkItem

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(at(30), tick=False):
        yield


@pytest.fixture
def case(region):
    return make_participant(region, until="approve_plan", person=new_person(region.organisation, email="c@example.org"))


@pytest.fixture
def signed_in(client, region):
    def sign_in(role: Role = Role.TUTOR, user=None):
        client.force_login(user or region.people[role])
        return client

    return sign_in


@pytest.fixture
def near_misses(region):
    return [
        region.person(Role.TUTOR, organisation=region.other),
        region.person(Role.TUTOR, territory=region.next_powiat),
        region.person(Role.TUTOR, valid_to=day(29)),
    ]


def url(name: str, *args) -> str:
    return reverse(f"cases:{name}", args=args)


def upload(client, case, **facts):
    file = SimpleUploadedFile("zaświadczenie PUP.pdf", PDF, content_type="application/pdf")
    known = {"title": "Zaświadczenie", "file": file, "visibility": "team", "retention": "B10"}
    return client.post(url("documents", case.pk), known | facts)


# documents


def test_a_document_is_stored_and_handed_out_as_a_file(signed_in, case):
    client = signed_in()
    assert upload(client, case).status_code == 302
    document = Document.objects.get()
    answer = client.get(url("document", document.pk))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "text/html" not in answer["Content-Type"]


def test_what_a_browser_would_run_is_not_taken(signed_in, case):
    file = SimpleUploadedFile("x.html", b"<script>", content_type="text/html")
    assert upload(signed_in(), case, file=file).status_code == 422
    assert not Document.objects.exists()


def test_a_new_version_takes_the_place_of_the_old_and_stays_restricted(signed_in, case):
    client = signed_in()
    upload(client, case, is_restricted="on")
    first = Document.objects.get()
    upload(client, case, replaces=str(first.pk))
    newest = Document.objects.current().get()
    assert (newest.version, newest.is_restricted) == (2, True)


def test_a_restricted_document_is_read_for_a_reason(signed_in, case):
    client = signed_in()
    upload(client, case, is_restricted="on")
    page = url("document", Document.objects.get().pk)
    assert b"%PDF" not in client.get(page).content
    assert not AccessLog.objects.exists()
    answer = client.post(page, {"reason": "weryfikacja kryterium"})
    assert b"".join(answer.streaming_content) == PDF
    assert AccessLog.objects.get().what == "document"


def test_nobody_else_finds_the_documents(signed_in, case, near_misses):
    upload(signed_in(), case)
    document = Document.objects.get()
    for somebody in near_misses:
        client = signed_in(user=somebody)
        assert client.get(url("document", document.pk)).status_code == 404
        assert client.get(url("documents", case.pk)).status_code == 404


# notes and comments


def test_notes_and_comments_are_written(signed_in, region, case):
    client = signed_in()
    client.post(url("note", case.pk), {"note-body": "woli poranki", "note-visibility": "team"})
    mention = f"@{region.people[Role.COORDINATOR].username} proszę spojrzeć"
    client.post(url("comment", case.pk), {"comment-body": mention, "comment-visibility": "team"})
    assert Note.objects.get().body == "woli poranki"
    assert list(Comment.objects.get().mentions.all()) == [region.people[Role.COORDINATOR]]
    assert "woli poranki" in client.get(url("talk", case.pk)).content.decode()


def test_an_empty_note_is_refused_on_its_page(signed_in, case):
    answer = signed_in().post(url("note", case.pk), {"note-body": " ", "note-visibility": "team"})
    assert answer.status_code == 422


def test_only_the_psychologist_reads_the_psychologists_notes(signed_in, case):
    client = signed_in(Role.PSYCHOLOGIST)
    client.post(url("psychologist", case.pk), {"body": "tylko dla nas"})
    answer = client.post(url("psychologist", case.pk), {"reason": "sesja"})
    assert "tylko dla nas" in answer.content.decode()
    assert AccessLog.objects.get().what == "psychologist_note"
    for role in (Role.TUTOR, Role.SUPERVISOR, Role.COORDINATOR):
        client = signed_in(role)
        assert client.post(url("psychologist", case.pk), {"reason": "ciekawość"}).status_code == 403
        assert url("psychologist", case.pk) not in client.get(case.get_absolute_url()).content.decode()
    assert PsychologistNote.objects.count() == 1


# sessions


def planned(region, cases, days: int = 29) -> Session:
    session = Session(kind="training", starts_at=at(days, hour=8), hours=Decimal(4), leader=region.people[Role.TUTOR])
    return plan_session(session, cases, by=region.people[Role.TUTOR], at=at(days - 1))


def held(region, case) -> Attendance:
    session = Session(kind="advice", starts_at=at(29, hour=8), hours=Decimal(2), leader=region.people[Role.TUTOR])
    log_session(session, [case], by=region.people[Role.TUTOR], at=at(29, hour=11))
    return Attendance.objects.get(session=session)


def test_a_session_is_two_clicks_from_the_case(signed_in, case):
    client = signed_in()
    link = f"{reverse('cases:new_session')}?case={case.pk}"
    assert link in client.get(case.get_absolute_url()).content.decode()
    page = client.get(link).content.decode()
    assert f'value="{case.pk}"' in page
    assert "checked" in page
    sent = {"cases": [case.pk], "kind": "advice", "starts_at": "2026-03-31T08:00", "hours": "1.5", "took_place": "on"}
    assert client.post(link, sent).status_code == 302
    attendance = Attendance.objects.get()
    assert (attendance.session.status, attendance.present, attendance.counted_hours) == ("held", True, Decimal("1.5"))


def test_what_has_not_started_did_not_take_place(signed_in, case):
    sent = {"cases": [case.pk], "kind": "advice", "starts_at": "2026-04-30T08:00", "hours": "1", "took_place": "on"}
    assert signed_in().post(reverse("cases:new_session"), sent).status_code == 422
    assert not Session.objects.exists()


def test_nobody_plans_a_session_for_people_of_others(signed_in, region, case, near_misses):
    sent = {"cases": [case.pk], "kind": "advice", "starts_at": "2026-03-31T08:00", "hours": "1"}
    for somebody in near_misses:
        assert signed_in(user=somebody).post(reverse("cases:new_session"), sent).status_code == 422
    assert not Session.objects.exists()


def test_attendance_of_a_group_is_one_screen(signed_in, region, case):
    other = register_participant(region, person=new_person(region.organisation))
    session = planned(region, [case, other])
    client, page = signed_in(), url("session", session.pk)
    there = Attendance.objects.get(case=case)
    away = Attendance.objects.get(case=other)
    assert client.get(page).content.decode().count("present_") >= 2
    sent = {"hours": "4", f"present_{there.pk}": "on", f"hours_{there.pk}": "3", f"hours_{away.pk}": ""}
    assert client.post(page, sent).status_code == 302
    there.refresh_from_db()
    away.refresh_from_db()
    assert (there.present, there.counted_hours, away.present) == (True, Decimal(3), False)


def test_a_session_is_cancelled_with_a_reason(signed_in, region, case):
    session = planned(region, [case])
    client = signed_in()
    client.post(url("cancel_session", session.pk), {"reason": ""})
    session.refresh_from_db()
    assert session.status == "planned"
    client.post(url("cancel_session", session.pk), {"reason": "choroba"})
    session.refresh_from_db()
    assert session.status == "cancelled"
    assert client.get(url("session", session.pk)).status_code == 200


def test_sessions_list_what_is_to_be_written_up(signed_in, region, case):
    session = planned(region, [case])
    assert url("session", session.pk) in signed_in().get(reverse("cases:sessions")).content.decode()


def test_sessions_that_are_over_come_in_pages(signed_in, region, case):
    to_write_up = planned(region, [case])
    told = {"kind": "advice", "hours": Decimal("1.50"), "status": "cancelled", "cancelled_because": "choroba"}
    whose = {name: getattr(to_write_up, name) for name in ("leader", "organisation", "recorded_by")}
    over = [Session(starts_at=at(number), topic=f"dzień {number}", **told, **whose) for number in range(1, A_PAGE + 2)]
    Attendance.objects.bulk_create(Attendance(session=each, case=case) for each in Session.objects.bulk_create(over))
    client, address = signed_in(), reverse("cases:sessions")
    first, second = client.get(address), client.get(address, {"page": 2})
    assert [each.topic for each in second.context["rows"]] == ["dzień 1"]
    assert url("session", to_write_up.pk) in first.content.decode()
    assert url("session", to_write_up.pk) not in second.content.decode()
    assert "1,5 h" in first.content.decode()


# confirmation by the recipient


def test_the_recipient_confirms_with_the_code_and_without_signing_in(client, region, case):
    attendance = held(region, case)
    code = request_confirmation(attendance, by=region.people[Role.TUTOR], channel="email", at=at(30))
    page = url("answer", token_of(attendance))
    shown = client.get(page).content.decode()
    assert case.person.last_name not in shown
    assert case.number not in shown
    assert client.post(page, {"code": "000000x", "outcome": "yes"}).status_code == 422
    assert client.post(page, {"code": code_of(code), "outcome": "yes"}).status_code == 302
    attendance.refresh_from_db()
    assert (attendance.confirmation, attendance.method) == ("confirmed", "email")


def test_it_did_not_happen_goes_to_the_supervisor(client, region, case):
    attendance = held(region, case)
    code = request_confirmation(attendance, by=region.people[Role.TUTOR], channel="email", at=at(30))
    sent = {"code": code_of(code), "outcome": "no", "complaint": "nikogo nie było"}
    client.post(url("answer", token_of(attendance)), sent)
    attendance.refresh_from_db()
    assert attendance.confirmation == "disputed"
    assert WorkItem.objects.open().get(process=case, node="ad_hoc").role == Role.SUPERVISOR


def test_a_forged_address_leads_nowhere(client, region, case):
    attendance = held(region, case)
    token = token_of(attendance)
    assert client.get(url("answer", token[:-1] + ("A" if token[-1] != "A" else "B"))).status_code == 404


def test_the_recipient_types_a_signature(signed_in, region, case):
    attendance = held(region, case)
    client = signed_in()
    assert client.get(url("confirm", attendance.pk)).status_code == 200
    client.post(url("sign", attendance.pk), {"typed": "Kto Inny"})
    attendance.refresh_from_db()
    assert attendance.confirmation == "not_asked"
    client.post(url("sign", attendance.pk), {"typed": str(case.person)})
    attendance.refresh_from_db()
    assert (attendance.confirmation, attendance.method) == ("confirmed", "typed")


def test_the_recipient_draws_a_signature(signed_in, region, case):
    attendance = held(region, case)
    client = signed_in()
    assert client.post(url("sign", attendance.pk), {"strokes": "not json"}).status_code == 422
    strokes = [[[10 * step, 20] for step in range(12)]]
    client.post(url("sign", attendance.pk), {"strokes": str(strokes)})
    attendance.refresh_from_db()
    assert attendance.method == "drawn"


def test_a_scanned_card_confirms_or_leaves_nothing(signed_in, region, case):
    attendance = held(region, case)
    client = signed_in()
    client.post(url("scan", attendance.pk), {"file": SimpleUploadedFile("x.pdf", b"nothing")})
    assert not Document.objects.exists()
    client.post(url("scan", attendance.pk), {"file": SimpleUploadedFile("karta.pdf", PDF)})
    attendance.refresh_from_db()
    assert (attendance.method, attendance.card) == ("card", Document.objects.get())


@pytest.mark.parametrize("name", ["send_code", "sign", "scan", "dispute"])
def test_nobody_else_touches_a_confirmation(signed_in, region, case, near_misses, name):
    attendance = held(region, case)
    for somebody in near_misses:
        assert signed_in(user=somebody).post(url(name, attendance.pk)).status_code == 404
