"""Verbs on notes and comments: writing them down, and telling those mentioned."""

import re
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Comment, Note, PsychologistNote, Visibility
from cases.models.base import cases_open_to, may_write
from roles.models import User
from roles.role import READS_PSYCHOLOGIST_NOTES
from workflows.batch import batch
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import Case, Notice
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
    case: Case, body: str, *, by: User, visibility: str = Visibility.TEAM, at: datetime | None = None
) -> Comment:
    """Say something on a case to the others on it; those mentioned who may see it are told."""
    at = at or timezone.now()
    with batch([], by=by, at=at) as unit:
        if not Case.objects.visible_to(by, at).filter(pk=case.pk).exists():
            raise NotYou(_("You do not see this case."))
        comment = Comment(case=case, body=_text(body), visibility=visibility, author=by, written_at=at)
        comment.full_clean()
        comment.save()
        mentioned = [user for user in mentioned_in(comment.body) if _may_read(comment, user, at)]
        comment.mentions.set(mentioned)
        notify(unit, [user.pk for user in mentioned], Notice.Event.MENTIONED, case=case)
    return comment


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
