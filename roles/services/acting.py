"""What every verb of this app does first: one transaction, whose history names who acted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pghistory
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from roles.errors import NotAllowed
from roles.models import User, mandate_elsewhere, people_managed_by


@contextmanager
def acting(by: User) -> Iterator[None]:
    """One transaction; every row of history written in it carries who acted."""
    with transaction.atomic(), pghistory.context(by=by.pk):
        yield


def lock(user: User) -> User:
    """The person's row, held until the end of the transaction, so that two verbs about one person follow each other."""
    return User.objects.select_for_update().get(pk=user.pk)


def refuse_unless_managed(user: User, *, by: User, on: date | None = None) -> None:
    """The person must be within what the other's mandates let them manage."""
    if not people_managed_by(by, on or localdate()).filter(pk=user.pk).exists():
        raise NotAllowed(_("%(person)s is not among the people that you manage.") % {"person": user})


def whole(user: User, *, by: User) -> User:
    """The person, locked, when everything they do today or are to do is the other's to decide about."""
    user = lock(user)
    refuse_unless_managed(user, by=by)
    elsewhere = mandate_elsewhere(user, by, localdate())
    if elsewhere is not None:
        words = {"person": user, "organisation": elsewhere.organisation, "role": elsewhere.get_role_display()}
        raise NotAllowed(
            _(
                "%(person)s is also “%(role)s” for %(organisation)s, which is not yours to decide about. "
                "End the mandates that you may end instead."
            )
            % words
        )
    return user
