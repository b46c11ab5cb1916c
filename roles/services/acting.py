"""What every verb of this app does first: one transaction, whose history names who acted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import pghistory
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from pghistory.runtime import _tracker

from roles.errors import NotAllowed
from roles.models import User, mandate_elsewhere, people_managed_by


@contextmanager
def acting(by: User | None, at: datetime | None = None) -> Iterator[None]:
    """One transaction; every row of history written in it carries who acted, and when, if that is not the database's own moment."""
    with transaction.atomic(), in_the_name_of(by, at):
        yield


@contextmanager
def in_the_name_of(by: User | None, at: datetime | None = None) -> Iterator[None]:
    """Every row of history written within carries who acted and when; nobody, for what a participant does without an account.

    A verb within another has a name of its own.
    """
    said = ({"by": by.pk} if by else {}) | ({"at": at.isoformat()} if at else {})
    outer = _tracker.__dict__.pop("value", None)  # pghistory would rewrite what the outer verb has said
    try:
        with pghistory.context(**said):
            yield
    finally:
        if outer is not None:
            _tracker.value = outer


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
