"""The recipient confirms, or says that it did not happen; nobody can do it for them."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.urls import reverse

from cases.confirmation import (
    CODES_A_DAY,
    FAILURES,
    VALID_FOR,
    code_of,
    confirm_by_card,
    confirm_by_code,
    confirm_by_signature,
    dispute_by_code,
    record_dispute,
    request_confirmation,
)
from cases.models import Attendance, ConfirmationCode, Document, Signature
from cases.sessions import log_session, plan_session, record_no_show
from roles.role import Role
from tests.cases.conftest import at
from workflows.errors import NotYet, NotYou, TooLate
from workflows.jobs import run_due
from workflows.models import Case, Job, Notice, WorkItem

LINE = [[[n * 10, 20] for n in range(10)]]


@pytest.fixture
def attendance(a_session, participation, team) -> Attendance:
    return log_session(a_session(), [participation], by=team.tutor, at=at()).attendances.get()


@pytest.fixture
def asked(attendance, team) -> ConfirmationCode:
    return request_confirmation(attendance, by=team.tutor, channel="email", at=at())


def session_url(attendance: Attendance) -> str:
    return settings.PUBLIC_URL + reverse("cases:session", args=[attendance.session_id])


def wrong(code: ConfirmationCode) -> str:
    return f"{(int(code_of(code)) + 1) % 1_000_000:06d}"


# Asking


def test_a_code_goes_to_the_address_of_the_person(asked, attendance):
    assert run_due(at()) >= 1
    (message,) = mail.outbox
    assert message.to == ["andrzej@example.org"]
    assert code_of(asked) in message.body
    assert "Śliwa" not in message.subject + message.body


def test_the_job_carries_no_secret(asked):
    job = Job.objects.get(name="send_confirmation_code")
    assert job.args == {"code": asked.pk}
    assert code_of(asked) not in str(vars(job)) + str(vars(asked))


def test_the_message_is_sent_once_however_often_the_job_runs(asked):
    run_due(at())
    Job.objects.filter(name="send_confirmation_code").update(state="waiting")
    run_due(at())
    assert len(mail.outbox) == 1


def test_a_text_message_goes_to_a_file_without_a_gateway(attendance, team, settings, tmp_path):
    settings.VAR_DIR, settings.SMS_BACKEND = tmp_path, "cases.sms.to_file"
    code = request_confirmation(attendance, by=team.tutor, channel="sms", at=at())
    run_due(at())
    (message,) = (tmp_path / "sms").iterdir()
    assert message.read_text().startswith("600 100 200\n")
    assert code_of(code) in message.read_text()


def test_a_person_without_an_address_cannot_be_asked(attendance, person, team):
    person.email = ""
    person.save()
    with pytest.raises(NotYet):
        request_confirmation(attendance, by=team.tutor, channel="email", at=at())


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_code_never_goes_to_the_staff(attendance, person, region, team, channel):
    team.tutor.email, team.tutor.phone = "Andrzej@Example.org", "+48 600100200"
    team.tutor.save()
    with pytest.raises(NotYet):
        request_confirmation(attendance, by=team.tutor, channel=channel, at=at())


def test_only_so_many_codes_are_sent_a_day(attendance, team):
    for n in range(CODES_A_DAY):
        request_confirmation(attendance, by=team.tutor, channel="email", at=at() + timedelta(minutes=n))
    with pytest.raises(NotYet):
        request_confirmation(attendance, by=team.tutor, channel="email", at=at(hour=12))
    request_confirmation(attendance, by=team.tutor, channel="email", at=at(1, hour=11))


def test_nobody_asks_about_a_case_out_of_reach(attendance, near_misses):
    for user in near_misses.values():
        with pytest.raises(NotYou):
            request_confirmation(attendance, by=user, channel="email", at=at())


def test_only_those_who_were_there_are_asked(a_session, participation, team):
    planned = plan_session(a_session(), [participation], by=team.tutor, at=at())
    with pytest.raises(NotYet):
        request_confirmation(planned.attendances.get(), by=team.tutor, channel="email", at=at())
    record_no_show(planned, by=team.tutor, at=at())
    with pytest.raises(NotYet):
        request_confirmation(planned.attendances.get(), by=team.tutor, channel="email", at=at())


# Answering with a code


def test_the_right_code_confirms(asked, attendance):
    confirm_by_code(attendance, code=f" {code_of(asked)} ", at=at(hour=11))
    attendance.refresh_from_db()
    assert (attendance.confirmation, attendance.method, attendance.answered_at) == ("confirmed", "email", at(hour=11))


def test_a_code_is_used_once(asked, attendance):
    confirm_by_code(attendance, code=code_of(asked), at=at())
    with pytest.raises(TooLate):
        confirm_by_code(attendance, code=code_of(asked), at=at())


def test_a_wrong_code_is_refused_and_counted(asked, attendance):
    with pytest.raises(NotYet):
        confirm_by_code(attendance, code=wrong(asked), at=at())
    asked.refresh_from_db()
    assert (asked.failures, asked.used_at) == (1, None)


def test_guessing_ends_after_some_tries(asked, attendance):
    for _n in range(FAILURES):
        with pytest.raises(NotYet):
            confirm_by_code(attendance, code=wrong(asked), at=at())
    with pytest.raises(TooLate):
        confirm_by_code(attendance, code=code_of(asked), at=at())


def test_a_code_expires(asked, attendance):
    with pytest.raises(TooLate):
        confirm_by_code(attendance, code=code_of(asked), at=at() + VALID_FOR)


def test_only_the_last_code_counts(asked, attendance, team):
    again = request_confirmation(attendance, by=team.tutor, channel="email", at=at(hour=11))
    with pytest.raises(NotYet):
        confirm_by_code(attendance, code=code_of(asked), at=at(hour=12))
    confirm_by_code(attendance, code=code_of(again), at=at(hour=12))


def test_a_code_is_for_its_own_session(asked, a_session, participation, team):
    other = log_session(a_session(), [participation], by=team.tutor, at=at()).attendances.get()
    request_confirmation(other, by=team.tutor, channel="email", at=at())
    with pytest.raises(NotYet):
        confirm_by_code(other, code=code_of(asked), at=at())


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "١٢٣٤٥٦", "\ud800"])
def test_nonsense_is_no_code(asked, attendance, code):
    with pytest.raises(NotYet):
        confirm_by_code(attendance, code=code, at=at())


# It did not happen


def test_a_dispute_goes_to_the_supervisor(asked, attendance, participation):
    dispute_by_code(attendance, code=code_of(asked), complaint="I was not there", at=at())
    attendance.refresh_from_db()
    assert (attendance.confirmation, attendance.complaint, attendance.counted_hours) == (
        "disputed",
        "I was not there",
        0,
    )
    item = WorkItem.objects.get(process=participation, node="ad_hoc")
    assert (item.role, item.organisation_id, item.due) == (Role.SUPERVISOR, participation.organisation_id, at(7).date())
    assert item.note == f"I was not there\n{session_url(attendance)}"


def test_the_supervisor_of_a_closed_case_is_told_of_a_dispute(attendance, participation, region, team):
    Case.objects.filter(pk=participation.pk).update(status="DONE", finished=at(1), closed_on=at(1).date())
    near = region.person("near", Role.SUPERVISOR, territory=region.next_powiat)
    record_dispute(attendance, by=team.coordinator, complaint="I was not there", at=at(2))
    told = Notice.objects.filter(event=Notice.Event.DISPUTED, case=participation)
    assert team.supervisor.pk in set(told.values_list("user", flat=True))
    assert near.pk not in set(told.values_list("user", flat=True))
    assert not WorkItem.objects.filter(process=participation, node="ad_hoc").exists()


def test_a_complaint_is_read_by_who_works_on_the_case_not_by_who_only_looks(client, attendance, team, near_misses):
    record_dispute(attendance, by=team.coordinator, complaint="I was not there", at=at(2))
    url = reverse("cases:session", args=[attendance.session_id])
    with time_machine.travel(at(3), tick=False):
        client.force_login(team.supervisor)
        assert "I was not there" in client.get(url).content.decode()
        client.force_login(near_misses["auditor"])
        assert "I was not there" not in client.get(url).content.decode()
        client.force_login(near_misses["next powiat"])
        assert client.get(url).status_code == 404


def test_the_task_of_a_dispute_shows_the_words_and_leads_to_the_session(client, attendance, participation, team):
    record_dispute(attendance, by=team.coordinator, complaint="I was not there", at=at(2))
    item = WorkItem.objects.get(process=participation, node="ad_hoc")
    with time_machine.travel(at(3), tick=False):
        client.force_login(team.supervisor)
        page = client.get(item.get_absolute_url()).content.decode()
    assert "I was not there" in page
    assert f'href="{session_url(attendance)}"' in page


def test_a_confirmed_session_may_be_disputed_later(asked, attendance, team):
    confirm_by_code(attendance, code=code_of(asked), at=at())
    record_dispute(attendance, by=team.coordinator, complaint="was told to say so", at=at(1))
    attendance.refresh_from_db()
    assert attendance.confirmation == "disputed"
    with pytest.raises(TooLate):
        record_dispute(attendance, by=team.coordinator, complaint="again", at=at(1))


def test_a_dispute_is_recorded_by_somebody_who_sees_the_case_in_words(attendance, team, near_misses):
    with pytest.raises(NotYet):
        record_dispute(attendance, by=team.coordinator, complaint=" ", at=at())
    for name in ("next powiat", "next organisation", "until yesterday", "deactivated"):
        with pytest.raises(NotYou):
            record_dispute(attendance, by=near_misses[name], complaint="x", at=at())


# Signing on the screen


def test_a_drawn_signature_confirms_before_a_witness(attendance, team):
    confirm_by_signature(attendance, by=team.tutor, strokes=LINE, at=at())
    attendance.refresh_from_db()
    assert (attendance.method, attendance.witnessed_by) == ("drawn", team.tutor)
    assert Signature.objects.get().strokes.open() == LINE


def test_a_name_may_be_typed_instead(attendance, team):
    confirm_by_signature(attendance, by=team.tutor, typed="andrzej sliwa", at=at())
    attendance.refresh_from_db()
    assert (attendance.method, Signature.objects.get().typed.open()) == ("typed", "andrzej sliwa")


@pytest.mark.parametrize("typed", ["", "Śliwa", "Anna Nowak"])
def test_another_name_is_no_signature(attendance, team, typed):
    with pytest.raises(NotYet):
        confirm_by_signature(attendance, by=team.tutor, typed=typed, at=at())
    assert not Signature.objects.exists()


def test_a_signature_is_given_once_and_before_somebody_of_the_case(attendance, team, near_misses):
    for user in near_misses.values():
        with pytest.raises(NotYou):
            confirm_by_signature(attendance, by=user, strokes=LINE, at=at())
    confirm_by_signature(attendance, by=team.tutor, strokes=LINE, at=at())
    with pytest.raises(TooLate):
        confirm_by_signature(attendance, by=team.tutor, strokes=LINE, at=at())


# A scanned card


def test_a_scanned_card_confirms(attendance, participation, team):
    card = Document.objects.create(
        case=participation, title="card", size=1, sha256="x", uploaded_by=team.tutor, file="x"
    )
    confirm_by_card(attendance, by=team.tutor, card=card, at=at())
    attendance.refresh_from_db()
    assert (attendance.method, attendance.card) == ("card", card)


def test_the_card_of_another_case_does_not(attendance, case, team):
    card = Document.objects.create(case=case, title="card", size=1, sha256="x", uploaded_by=team.tutor, file="x")
    with pytest.raises(NotYet):
        confirm_by_card(attendance, by=team.tutor, card=card, at=at())


def test_who_only_looks_or_is_out_of_reach_records_no_dispute(attendance, near_misses):
    for name, user in near_misses.items():
        with pytest.raises(NotYou):
            record_dispute(attendance, by=user, complaint="never met", at=at())
        assert name
