"""What the house looks after every day: sessions that have run out, who tried to sign in long ago, deputies who are gone."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils.timezone import localdate

from roles.deputies import tell_of_lost_deputies
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


@chore("lost-deputies")
def tell_lost_deputies(at: datetime) -> int:
    """Tell the coordinators of those absent whose deputy was deactivated or lost their mandate."""
    return tell_of_lost_deputies(localdate(at))
