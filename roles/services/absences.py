"""Absences: who is away, and who stands in."""

from datetime import date, timedelta

from django.db import models
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from roles.errors import NotAllowed
from roles.models import Absence, Mandate, User
from roles.services.acting import acting, lock, whole

#: How many names a refusal proposes.
NAMES = 5


def record_absence(user: User, *, by: User, deputy: User | None, starts_on: date, ends_on: date) -> Absence:
    """Note that a person is away, both days inclusive; meanwhile their due work reaches the deputy, where the deputy works too.

    On the same days there may be several, each with a deputy of its own. Everybody records their own; whoever manages
    the person may, too. Raises `NotAllowed`.
    """
    with acting(by):
        lock(user)
        _refuse_others(user, by)
        if ends_on < max(starts_on, localdate()):
            raise NotAllowed(_("The last day lies before the first, or in the past."))
        others = Absence.objects.filter(user=user).meeting(starts_on, ends_on)
        if others.exists() and (deputy is None or others.filter(deputy=None).exists()):
            raise NotAllowed(_("There is already an absence on some of these days."))
        if others.filter(deputy=deputy).exists():
            raise NotAllowed(_("%(deputy)s stands in already on some of these days.") % {"deputy": deputy})
        if deputy is not None:
            _refuse_unfit(deputy, user, starts_on)
        return Absence.objects.create(user=user, deputy=deputy, starts_on=starts_on, ends_on=ends_on)


def end_absence(absence: Absence, *, by: User, on: date) -> Absence:
    """The person is back on `on`, whoever stands in; an absence that has not begun by then is called off."""
    with acting(by):
        lock(absence.user)
        absence.refresh_from_db()
        _refuse_others(absence.user, by)
        if absence.ends_on < on:
            raise NotAllowed(_("This absence is already over."))
        same_days = Absence.objects.filter(user=absence.user).meeting(max(on, absence.starts_on), absence.ends_on)
        for each in {absence, *same_days}:
            each.ends_on = max(on, each.starts_on) - timedelta(days=1)
            each.save(update_fields=["ends_on"])
        absence.refresh_from_db()
    return absence


def not_covered(absence: Absence) -> list[Mandate]:
    """The absent person's mandates of those days that no deputy of theirs holds throughout and over the whole territory.

    Work in them waits, or is somebody's of the same role to take. Three queries.
    """
    first, last = absence.starts_on, absence.ends_on
    held = Mandate.objects.settled().meeting(first, last).select_related("organisation", "territory")
    deputies = Absence.objects.filter(user=absence.user, deputy__isnull=False, deputy__is_active=True)
    standing_in = deputies.meeting(first, last).values("deputy")
    theirs = list(held.filter(user__in=standing_in))
    return [
        mandate
        for mandate in held.filter(user=absence.user).by_role()
        if not any(_covers(each, mandate, first, last) for each in theirs)
    ]


def deputies_lost(on: date) -> list[Absence]:
    """Absences, running or to come, whose deputy was deactivated or holds nothing in common with the absent person on their days."""
    absences = Absence.objects.not_over(on).filter(deputy__isnull=False).select_related("user", "deputy")
    return [
        absence
        for absence in absences.order_by("starts_on", "pk")
        if absence.deputy not in possible_deputies_of(absence.user, max(on, absence.starts_on))
    ]


def possible_deputies_of(user: User, on: date) -> models.QuerySet[User]:
    """Active people with the same role for the same organisation, where their territories overlap on that day."""
    alike = Q(pk__in=[])
    held = Mandate.objects.of(user).in_force(on)
    for role, organisation_id, path in held.values_list("role", "organisation_id", "territory__path"):
        alike |= Q(role=role) & Mandate.meets_scope(organisation_id, path)
    return Mandate.objects.in_force(on).filter(alike).holders().people().exclude(pk=user.pk)


def _covers(deputys: Mandate, mandate: Mandate, first: date, last: date) -> bool:
    begins = max(first, mandate.valid_from)
    ends = min(last, mandate.valid_to or last)
    alike = (deputys.role, deputys.organisation_id) == (mandate.role, mandate.organisation_id)
    lasts = deputys.valid_from <= begins and (deputys.valid_to is None or deputys.valid_to >= ends)
    return alike and lasts and mandate.territory.path.startswith(deputys.territory.path)


def _refuse_others(user: User, by: User) -> None:
    if user.pk != by.pk:
        whole(user, by=by)


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
