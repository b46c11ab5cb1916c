"""Absences: who is away, and who stands in."""

from datetime import date, timedelta

from django.db import models
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from roles.errors import NotAllowed
from roles.models import Absence, Mandate, User
from roles.services.acting import acting, lock, refuse_unless_managed

#: How many names a refusal proposes.
NAMES = 5


def record_absence(user: User, *, by: User, deputy: User | None, starts_on: date, ends_on: date) -> Absence:
    """Note that a person is away, both days inclusive; meanwhile their due work reaches the deputy.

    Everybody records their own; whoever manages the person may, too. Raises `NotAllowed`.
    """
    with acting(by):
        lock(user)
        _refuse_others(user, by)
        if ends_on < max(starts_on, localdate()):
            raise NotAllowed(_("The last day lies before the first, or in the past."))
        if Absence.objects.filter(user=user).meeting(starts_on, ends_on).exists():
            raise NotAllowed(_("There is already an absence on some of these days."))
        if deputy is not None:
            _refuse_unfit(deputy, user, starts_on)
        return Absence.objects.create(user=user, deputy=deputy, starts_on=starts_on, ends_on=ends_on)


def end_absence(absence: Absence, *, by: User, on: date) -> Absence:
    """The person is back on `on`; an absence that has not begun by then is called off."""
    with acting(by):
        absence = Absence.objects.select_for_update(of=("self",)).select_related("user").get(pk=absence.pk)
        _refuse_others(absence.user, by)
        if absence.ends_on < on:
            raise NotAllowed(_("This absence is already over."))
        absence.ends_on = max(on, absence.starts_on) - timedelta(days=1)
        absence.save(update_fields=["ends_on"])
    return absence


def possible_deputies_of(user: User, on: date) -> models.QuerySet[User]:
    """Active people with the same role for the same organisation, where their territories overlap on that day."""
    alike = Q(pk__in=[])
    held = Mandate.objects.of(user).in_force(on)
    for role, organisation_id, path in held.values_list("role", "organisation_id", "territory__path"):
        alike |= Q(role=role) & Mandate.meets_scope(organisation_id, path)
    return Mandate.objects.in_force(on).filter(alike).holders().people().exclude(pk=user.pk)


def _refuse_others(user: User, by: User) -> None:
    if user.pk != by.pk:
        refuse_unless_managed(user, by=by)


def _refuse_unfit(deputy: User, user: User, on: date) -> None:
    possible = possible_deputies_of(user, on)
    if possible.filter(pk=deputy.pk).exists():
        return
    words = {"deputy": deputy, "names": ", ".join(str(person) for person in possible[:NAMES])}
    if words["names"]:
        raise NotAllowed(
            _("%(deputy)s does not hold the same role for the same organisation there. These people do: %(names)s.")
            % words
        )
    raise NotAllowed(
        _("%(deputy)s does not hold the same role for the same organisation there, and nobody else does.") % words
    )
