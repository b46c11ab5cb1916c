"""What every verb on an import begins with: whether it is theirs, and whether it still stands where they saw it."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from cases.participants.models import ParticipantImport
from roles.models import User
from roles.role import Role
from workflows.errors import NotYet, NotYou, TooLate

State = ParticipantImport.State


def only_for(batch: ParticipantImport, user: User, at: datetime, roles: Collection[Role]) -> None:
    """Raises NotYou unless the person's mandates in one of these roles cover everybody in the file."""
    if not ParticipantImport.objects.open_to(user, roles, at).filter(pk=batch.pk).exists():
        raise NotYou(_("Your role does not do this here."))


def locked(batch: ParticipantImport, *states: str) -> ParticipantImport:
    """The row, locked until the transaction ends. Raises NotYet while it is being checked, TooLate in any other state."""
    imports = ParticipantImport.objects.filter(pk=batch.pk)
    if imports.filter(state=State.UPLOADED).exists():  # the check holds the lock, perhaps for a minute
        raise NotYet(_("The workbook is still being checked."))
    mine = imports.select_for_update(of=("self",)).get()
    if mine.state not in states:
        raise TooLate(_("The import has moved on: %(state)s.") % {"state": mine.get_state_display()})
    return mine
