"""The calendar of one person, for the programme on their phone: sessions that they lead, and deadlines of their work.

Numbers and tasks stand in it, never a name: it leaves the house.
"""

import hmac
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases.ical import Entry, calendar
from cases.models import CalendarKey, Session
from roles.models import User
from workflows.models import WorkItem
from workflows.notifications import task_of

#: So many random bytes make the secret of an address.
SECRET = 32
MOST = 1000


def make_key(*, by: User, at: datetime | None = None) -> str:
    """A new secret for the person's own calendar, shown this once; the one before opens nothing any more."""
    secret = secrets.token_urlsafe(SECRET)
    CalendarKey.objects.update_or_create(user=by, defaults={"digest": _digest(secret), "made_at": at or timezone.now()})
    return secret


def revoke_key(*, by: User) -> None:
    """Close the address of the person's own calendar."""
    CalendarKey.objects.filter(user=by).delete()


def owner_of(secret: str) -> User | None:
    """Whose calendar the secret opens: nobody's, if it was revoked or the account is closed."""
    digest = _digest(secret)  # looked for instead of the secret, so that the search's time says nothing of it
    found = CalendarKey.objects.filter(digest=digest, user__is_active=True).select_related("user").first()
    return found.user if found and hmac.compare_digest(found.digest, digest) else None


def calendar_of(user: User, at: datetime) -> bytes:
    """The file, in the person's language."""
    with override(user.language):
        return calendar(_("Spoiwo: my work"), [*_sessions(user), *_deadlines(user, at)])


def _sessions(user: User) -> Iterator[Entry]:
    planned = Session.objects.planned().filter(leader=user).order_by("-starts_at", "-pk")
    for session in planned.prefetch_related("attendances__case")[:MOST]:
        numbers = ", ".join(sorted(each.case.number for each in session.attendances.all()))
        yield Entry(
            uid=_uid("session", session.pk),
            stamp=session.recorded_at,
            begins=session.starts_at,
            ends=session.starts_at + timedelta(minutes=int(session.hours * 60)),
            summary=f"{session.get_kind_display()}: {numbers}",
            url=settings.PUBLIC_URL + reverse("cases:session", args=[session.pk]),
        )


def _deadlines(user: User, at: datetime) -> Iterator[Entry]:
    mine = WorkItem.objects.visible_to(user, at).inbox_of(user, localdate(at))
    for item in mine.select_related("process").oldest_first()[:MOST]:
        if item.due is None:
            continue
        yield Entry(
            uid=_uid("task", item.pk),
            stamp=item.created,
            begins=item.due,
            ends=None,
            summary=f"{item.process.number}: {task_of(item)}",
            url=settings.PUBLIC_URL + item.get_absolute_url(),
        )


def _uid(kind: str, key: int) -> str:
    return f"{kind}-{key}@{settings.PUBLIC_URL.split('//')[-1]}"


def _digest(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()
