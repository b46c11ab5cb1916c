"""What the house forgets: sessions that have run out, and who signed in long ago."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session

from config.chores import clear_sessions, forget_sign_ins
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def test_sessions_that_have_run_out_go_with_what_was_noted_of_their_browsers():
    user = make_user()
    for key, ends in (("over", NOW - DAY), ("alive", NOW + DAY)):
        Session.objects.create(session_key=key, session_data="", expire_date=ends)
        UserSession.objects.create(user=user, session_key=key, ip="192.0.2.1", user_agent="x")
    assert clear_sessions(NOW) == 1
    assert [each.session_key for each in UserSession.objects.all()] == ["alive"]
    assert clear_sessions(NOW) == 0


def test_sign_ins_are_forgotten_after_the_days_set(settings):
    settings.SIGN_IN_LOG_DAYS = 30
    for table in (AccessLog, AccessAttempt):
        for username, days in (("old", 31), ("young", 29)):
            more = {"failures_since_start": 1} if table is AccessAttempt else {}
            row = table.objects.create(username=username, ip_address="192.0.2.1", user_agent="x", **more)
            table.objects.filter(pk=row.pk).update(attempt_time=NOW - days * DAY)
    assert forget_sign_ins(NOW) == 2
    assert {row.username for row in [*AccessLog.objects.all(), *AccessAttempt.objects.all()]} == {"young"}
