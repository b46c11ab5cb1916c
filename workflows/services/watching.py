"""Verbs on being told: watching a case, reading notices, choosing how they come."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from roles.models import User
from workflows.errors import NotYet, NotYou
from workflows.models import Case, CaseWatch, Notice, NoticeChoice, Pace


def watch(case: Case, *, by: User, at: datetime | None = None) -> None:
    """Be told from now on of moves and comments on a case that one may read. Raises NotYou."""
    at = at or timezone.now()
    if not Case.objects.visible_to(by, at).filter(pk=case.pk).exists():
        raise NotYou(_("You do not see this case."))
    CaseWatch.objects.bulk_create([CaseWatch(user=by, case_id=case.pk, since=at)], ignore_conflicts=True)


def stop_watching(case: Case, *, by: User) -> None:
    """Be told no more."""
    CaseWatch.objects.filter(user=by, case=case.pk).delete()


def mark_read(notice: Notice, *, by: User, at: datetime | None = None) -> None:
    """Put a notice of one's own away as read; one read before stays as it is."""
    Notice.objects.of(by).unread().filter(pk=notice.pk).update(read_at=at or timezone.now())


def mark_all_read(*, by: User, up_to: int, at: datetime | None = None) -> int:
    """Put away everything up to the newest notice that the person has seen; how many."""
    return Notice.objects.of(by).unread().filter(pk__lte=up_to).update(read_at=at or timezone.now())


def mark_case_read(case: Case, *, by: User, at: datetime | None = None) -> None:
    """Put away what was told of a case that the person has opened."""
    Notice.objects.of(by).unread().filter(case=case.pk).update(read_at=at or timezone.now())


@transaction.atomic
def choose_paces(paces: Mapping[str, str], *, by: User) -> None:
    """How one wants to be told of these events; an empty pace leaves an event to the general choice. Raises NotYet."""
    if paces.get(Notice.Event.EMERGENCY) == Pace.NEVER:
        raise NotYet(_("Emergency access is always told by mail as well."))
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)  # two tabs that save follow each other
    NoticeChoice.objects.filter(user=by, event__in=paces).delete()
    NoticeChoice.objects.bulk_create(
        NoticeChoice(user=by, event=Notice.Event(event), pace=Pace(pace)) for event, pace in paces.items() if pace
    )
