"""Notices and mails: the right people, once, at the pace each chose, and no name in them."""

from datetime import date, timedelta

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends import locmem
from django.test import override_settings

from roles.models import User
from roles.role import Role
from tests.workflows.conftest import at, item_of
from workflows import jobs, notifications
from workflows.models import Job, Notice
from workflows.outbox import EmailBackend
from workflows.services import add_item, assign, break_glass, delegate


@pytest.fixture
def tutor(team) -> User:
    return wants(team.tutor, "at_once", language="en")


def wants(user, notify, **facts) -> User:
    User.objects.filter(pk=user.pk).update(notify=notify, email=f"{user.username}@example.org", **facts)
    user.refresh_from_db()
    return user


def given(new_errand, team, to, day=0):
    """An errand on which a task made by hand was given to somebody."""
    case = new_errand()
    return add_item(
        case, by=team.animator, title="Call Jan Kowalski", role=Role.TUTOR, due=date(2026, 3, 6), to=to, at=at(day)
    )


def test_one_who_wants_it_at_once_gets_one_mail_for_a_burst(new_errand, team, tutor, mailoutbox):
    for _ in range(3):
        given(new_errand, team, tutor)
    for _ in range(2):
        notifications.mail_at_once(at())
        jobs.run_due(at())
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["tutor@example.org"], "Spoiwo: 3 notices about your work")


def test_a_mail_names_the_case_and_the_task_and_nobody(new_errand, team, tutor, mailoutbox):
    item = given(new_errand, team, tutor)
    notifications.mail_at_once(at())
    jobs.run_due(at())
    (mail,) = mailoutbox
    html = mail.alternatives[0][0]
    for text in (mail.body, html):
        assert item.case.number in text
        assert "task made by hand" in text
        assert item.get_absolute_url() in text
    for text in (mail.subject, mail.body, html):
        assert not {name for name in ("Kowalski", "Źródlana", "Łucja", "animator") if name in text}


def test_the_language_is_the_readers(new_errand, team, tutor, mailoutbox):
    wants(tutor, "at_once", language="pl")
    given(new_errand, team, tutor)
    notifications.mail_at_once(at())
    jobs.run_due(at())
    assert '<html lang="pl">' in mailoutbox[0].alternatives[0][0]


def test_a_digest_comes_once_a_day(new_errand, team, tutor, mailoutbox):
    wants(tutor, "daily")
    for _ in range(2):
        given(new_errand, team, tutor)
    notifications.mail_at_once(at())
    jobs.run_due(at())
    assert mailoutbox == []
    for _ in range(3):
        notifications.send_digests(at(1, hour=5))
        jobs.run_due(at(1, hour=5))
    assert [mail.subject for mail in mailoutbox] == ["Spoiwo: 2 notices about your work"]
    given(new_errand, team, tutor)
    notifications.send_digests(at(1, hour=6))
    jobs.run_due(at(1, hour=6))
    assert len(mailoutbox) == 1
    notifications.send_digests(at(2, hour=5))
    jobs.run_due(at(2, hour=5))
    assert len(mailoutbox) == 2


@pytest.mark.parametrize("facts", [{"notify": "never"}, {"notify": "daily", "is_active": False}])
def test_who_wants_none_or_has_left_gets_none_and_nothing_piles_up(new_errand, team, tutor, mailoutbox, facts):
    given(new_errand, team, tutor)
    User.objects.filter(pk=tutor.pk).update(**facts)
    notifications.mail_at_once(at())
    notifications.send_digests(at(1))
    jobs.run_due(at(1))
    assert (mailoutbox, Notice.objects.waiting().count()) == ([], 0)


def test_nothing_is_mailed_of_a_case_that_one_may_no_longer_read(new_errand, team, tutor, mailoutbox):
    given(new_errand, team, tutor)
    tutor.mandates.update(valid_to=date(2026, 3, 1))
    notifications.mail_at_once(at())
    jobs.run_due(at())
    assert mailoutbox == []


def test_a_mail_that_failed_is_sent_again_with_the_same_words_under_the_same_id(
    new_errand, team, tutor, mailoutbox, monkeypatch
):
    given(new_errand, team, tutor)
    notifications.mail_at_once(at())
    with monkeypatch.context() as outside:
        outside.setattr(locmem.EmailBackend, "send_messages", _no_server)
        jobs.run_due(at())
    assert Job.objects.get().last_error.startswith("ConnectionRefusedError ECONNREFUSED")
    given(new_errand, team, tutor)
    jobs.run_due(at() + timedelta(minutes=2))
    (mail,) = mailoutbox
    assert mail.subject == "Spoiwo: 1 notice about your work"
    assert mail.extra_headers["Message-ID"] == f"<{Job.objects.get().key}@localhost>"


def _no_server(*_args):
    raise ConnectionRefusedError(111, "nobody is there")


def test_who_acts_is_not_told_of_it(new_errand, team):
    case = new_errand()
    assign(case, by=team.coordinator, role=Role.COORDINATOR, to=team.coordinator, at=at())
    assert not Notice.objects.exists()


def test_work_handed_over_is_told_to_who_gets_it_and_kept(new_errand, region, team):
    case, colleague = new_errand(), region.person("colleague", Role.COORDINATOR)
    item = item_of(case, "prepare")
    delegate([item], by=team.coordinator, to=team.coordinator, at=at()).only()
    delegate([item], by=team.coordinator, to=colleague, at=at()).only()
    assert list(Notice.objects.values_list("user__username", "event")) == [("colleague", "assigned")]
    assert list(item.handovers.values_list("from_user__username", "to_user__username", "why")) == [
        ("coordinator", "colleague", "delegated")
    ]


@pytest.mark.parametrize(("outcome", "event"), [("approved", "decided"), ("returned", "returned")])
def test_who_asked_is_told_what_was_decided(new_errand, team, walk, decide, show_permit, outcome, event):
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    decide(
        case, "approve_begin", outcome, by=team.supervisor, day=1, reason="unclear" if outcome == "returned" else ""
    ).only()
    assert list(Notice.objects.values_list("user__username", "event")) == [("coordinator", event)]


def test_without_a_mail_server_a_message_is_one_file_however_often_it_is_sent(tmp_path):
    with override_settings(EMAIL_FILE_PATH=tmp_path / "mail"):
        for key in ("one", "one", "two"):
            message = EmailMessage(
                "Subject", "Body", to=["a@example.org"], headers={"Message-ID": f"<{key}@localhost>"}
            )
            assert EmailBackend().send_messages([message]) == 1
        assert len(list((tmp_path / "mail").iterdir())) == 2


def test_a_mail_about_an_emergency_leads_to_the_page_that_the_officer_may_open(new_errand, region, team, mailoutbox):
    wants(region.person("officer", Role.DATA_PROTECTION_OFFICER), "at_once")
    near = region.person("near", Role.TUTOR, territory=region.next_powiat)
    case = new_errand()
    break_glass(case, by=near, reason="Zagrożenie życia, brak opiekuna", at=at())
    notifications.mail_at_once(at())
    jobs.run_due(at())
    assert "/emergencies/" in mailoutbox[0].body
    assert case.get_absolute_url() not in mailoutbox[0].body
