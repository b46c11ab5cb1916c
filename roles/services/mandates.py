"""Giving and ending mandates."""

from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from roles.errors import NotAllowed
from roles.models import Mandate, Organisation, Territory, User
from roles.role import TIME_BOXED, Role
from roles.services.acting import acting, lock


def give_mandate(
    user: User,
    *,
    by: User,
    role: Role,
    organisation: Organisation,
    territory: Territory,
    valid_from: date,
    valid_to: date | None = None,
    is_reserve: bool = False,
) -> Mandate:
    """Let a person act in a role for an organisation within a territory, from a day to a day, both inclusive.

    Raises `NotAllowed` when the giver's own mandates do not reach so far, or the mandate makes no sense.
    """
    mandate = Mandate(
        user=user,
        role=role,
        organisation=organisation,
        territory=territory,
        valid_from=valid_from,
        valid_to=valid_to,
        is_reserve=is_reserve,
        given_by=by,
    )
    with acting(by):
        _refuse_ones_own(mandate, by)
        mandate.user = lock(user)
        _refuse_the_senseless(mandate)
        _refuse_the_repeated(mandate)
        mandate.save()
        _refuse_out_of_reach(mandate, by)
    return mandate


def end_mandate(mandate: Mandate, *, by: User, on: date) -> Mandate:
    """Make `on` the mandate's last day; yesterday takes it away at once, and nothing earlier rewrites the past."""
    with acting(by):
        mandate = Mandate.objects.select_for_update(of=("self",)).select_related("user").get(pk=mandate.pk)
        _refuse_ones_own(mandate, by)
        _refuse_out_of_reach(mandate, by)
        if on < localdate() - timedelta(days=1):
            raise NotAllowed(_("A mandate cannot end further back than yesterday."))
        if mandate.valid_to is not None and mandate.valid_to <= on:
            ends = date_format(mandate.valid_to)
            raise NotAllowed(_("This mandate already ends on %(day)s.") % {"day": ends})
        mandate.valid_to = max(on, mandate.valid_from - timedelta(days=1))
        mandate.save(update_fields=["valid_to"])
    return mandate


def _refuse_out_of_reach(mandate: Mandate, by: User) -> None:
    """Asked of the same query set that fills the screens, after the row is there to be asked about."""
    if not Mandate.objects.within_reach_of(by, localdate()).filter(pk=mandate.pk).exists():
        words = {
            "role": mandate.get_role_display(),
            "organisation": mandate.organisation,
            "territory": mandate.territory,
        }
        raise NotAllowed(
            _("Your mandates do not let you decide about “%(role)s” for %(organisation)s in %(territory)s.") % words
        )


def _refuse_ones_own(mandate: Mandate, by: User) -> None:
    if by.pk == mandate.user_id:
        raise NotAllowed(_("Nobody gives or ends a mandate of their own."))


def _refuse_the_senseless(mandate: Mandate) -> None:
    if not mandate.user.is_active or mandate.user.is_service:
        raise NotAllowed(_("%(person)s cannot hold a mandate: the account is not active.") % {"person": mandate.user})
    if mandate.valid_to is None and mandate.role in TIME_BOXED:
        raise NotAllowed(_("The mandate of an auditor needs a last day."))
    if mandate.valid_to is not None and mandate.valid_to < mandate.valid_from:
        raise NotAllowed(_("The last day lies before the first."))
    if mandate.is_reserve and mandate.role != Role.SUPERVISOR:
        raise NotAllowed(_("Only a supervisor can be the reserve approver."))


def _refuse_the_repeated(mandate: Mandate) -> None:
    alike = Mandate.objects.filter(
        user=mandate.user, role=mandate.role, organisation=mandate.organisation, territory=mandate.territory
    )
    if alike.meeting(mandate.valid_from, mandate.valid_to).exists():
        raise NotAllowed(_("%(person)s already holds this mandate on some of these days.") % {"person": mandate.user})
