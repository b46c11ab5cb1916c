"""Verbs on notes and comments: writing them down, and telling those mentioned."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Attendance, Comment, Note, PsychologistNote, Visibility
from cases.models.base import cases_open_to, may_write
from roles.models import Mandate, User
from roles.models.users import UserQuerySet
from roles.role import OVERSEES_WORK, READS_CASES, READS_PSYCHOLOGIST_NOTES
from workflows.batch import batch
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import Case, CaseAssignment, CaseGrant, Notice, WorkItem
from workflows.notifications import notify

#: `@anna.nowak`, at the beginning or after something that is no part of an address.
MENTION = re.compile(r"(?<![\w.@])@([\w.+-]*\w)")


def write_note(
    case: Case, body: str, *, by: User, visibility: str = Visibility.TEAM, at: datetime | None = None
) -> Note:
    """Write a note on a case."""
    at = at or timezone.now()
    if not may_write(by, at).filter(pk=case.pk).exists():
        raise NotYou(_("You may not write notes on this case."))
    note = Note(case=case, body=_text(body), visibility=visibility, author=by, written_at=at)
    note.full_clean()
    note.save()
    return note


@transaction.atomic
def write_psychologist_note(
    case: Case, body: str, *, by: User, replaces: PsychologistNote | None = None, at: datetime | None = None
) -> PsychologistNote:
    """Write a restricted note, or a corrected one in place of an earlier one of the same author."""
    at = at or timezone.now()
    if not cases_open_to(by, READS_PSYCHOLOGIST_NOTES, at).filter(pk=case.pk).exists():
        raise NotYou(_("Only a psychologist of this case writes here."))
    if replaces is not None:
        old = PsychologistNote.objects.select_for_update(of=("self",)).get(pk=replaces.pk, case=case)
        if old.author_id != by.pk:
            raise NotYou(_("Only its author corrects a note."))
        if PsychologistNote.objects.filter(replaces=old).exists():
            raise TooLate(_("This note has been corrected already."))
    return PsychologistNote.objects.create(case=case, author=by, written_at=at, body=_text(body), replaces=replaces)


def write_comment(
    case: Case,
    body: str,
    *,
    by: User,
    visibility: str = Visibility.TEAM,
    tell: Iterable[User] = (),
    at: datetime | None = None,
) -> Comment:
    """Say something on a case; those mentioned or ticked who may read it are told, and so are those who watch the case.

    Raises NotYou for who only looks, and for a guest who does not write to all parties.
    """
    at = at or timezone.now()
    with batch([], by=by, at=at) as unit:
        allowed = visibilities_for(case, by, at)
        if not allowed:
            raise NotYou(_("You may not write comments on this case."))
        if visibility not in allowed:
            raise NotYou(_("This case is shared with you: what you say is for all parties."))
        comment = Comment(case=case, body=_text(body), visibility=visibility, author=by, written_at=at)
        comment.full_clean()
        comment.save()
        named = {*mentioned_in(comment.body), *tell} - {by}
        comment.mentions.set(named)  # being mentioned is what lets somebody read it
        mentioned = [user for user in named if _may_read(comment, user, at)]
        comment.mentions.set(mentioned)
        notify(unit, [user.pk for user in mentioned], Notice.Event.MENTIONED, case=case)
        watches = case.watches.exclude(user__in=mentioned).who_may_read(at).select_related("user")
        watching = [watch.user_id for watch in watches if _may_read(comment, watch.user, at)]
        notify(unit, watching, Notice.Event.COMMENTED, case=case)
    return comment


def visibilities_for(case: Case, user: User, at: datetime) -> list[Visibility]:
    """For whom the person may write comments on the case: none for who only looks, all parties for who it is shared with."""
    if may_write(user, at).filter(pk=case.pk).exists():
        return list(Visibility)
    is_reader = cases_open_to(user, READS_CASES, at).filter(pk=case.pk).exists()
    is_guest = not is_reader and Case.objects.visible_to(user, at).filter(pk=case.pk).exists()
    return [Visibility.ALL_PARTIES] if is_guest else []


def people_on(case: Case, at: datetime) -> UserQuerySet:
    """Whom a comment on the case may be meant for: its team, and those it is shared with."""
    overseers = Mandate.objects.in_force(timezone.localdate(at)).as_role(*OVERSEES_WORK)
    guests = CaseGrant.objects.in_force(at).filter(content_object=case.pk, kind=CaseGrant.Kind.SHARED)
    sources = (
        CaseAssignment.objects.filter(case=case.pk).values("user"),
        WorkItem.objects.human().open().filter(process=case.pk, owner__isnull=False).values("owner"),
        Attendance.objects.filter(case=case.pk).values("session__leader"),
        overseers.covering(case.organisation_id, case.territory).values("user"),
        guests.values("user"),
    )
    anywhere = reduce(or_, (Q(pk__in=source) for source in sources))
    return User.objects.people().active().filter(anywhere).by_name()


def mentioned_in(body: str) -> list[User]:
    """The active people whose user names stand in the text after an @."""
    names = {name.lower() for name in MENTION.findall(body)}
    people = User.objects.people().active().alias(lower=Lower("username"))
    return list(people.filter(lower__in=names).by_name()) if names else []


def _may_read(comment: Comment, user: User, at: datetime) -> bool:
    return Comment.objects.visible_to(user, at).filter(pk=comment.pk).exists()


def _text(body: str) -> str:
    text = body.replace("\0", "").strip()
    if not text:
        raise NotYet(_("There is nothing written here."))
    return text
