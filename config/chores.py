"""What the house tidies up every day: sessions that have run out, and who tried to sign in long ago."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session

from workflows.chores import chore


@chore("clear-sessions")
def clear_sessions(at: datetime) -> int:
    """Delete sessions that have run out, and what was noted of their browsers."""
    count, _by_table = Session.objects.filter(expire_date__lt=at).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return count


@chore("forget-sign-ins")
def forget_sign_ins(at: datetime) -> int:
    """Delete who signed in, or tried to, from which address, more than `SIGN_IN_LOG_DAYS` ago."""
    long_ago = at - timedelta(days=settings.SIGN_IN_LOG_DAYS)
    return sum(
        table.objects.filter(attempt_time__lt=long_ago).delete()[0]
        for table in (AccessAttempt, AccessFailureLog, AccessLog)
    )
