"""Giving, confirming, accepting and ending mandates."""

from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from roles.errors import NotAllowed
from roles.models import Mandate, Organisation, Territory, User, mandate_elsewhere, people_managed_by
from roles.role import READS_CASES, READS_PSYCHOLOGIST_NOTES, TIME_BOXED, Role
from roles.services.acting import acting, lock

SECOND_PERSON, OWNER = Mandate.WaitsFor.SECOND_PERSON, Mandate.WaitsFor.OWNER


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

    It waits for a second person when it opens what is most confidential, and for its owner when the account is not
    wholly the giver's to manage. Raises `NotAllowed` when the giver's own mandates do not reach so far, or the mandate makes no sense.
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
        mandate.waits_for = SECOND_PERSON if _needs_a_second_person(mandate) else _consent_to(mandate)
        mandate.save()
        _refuse_out_of_reach(mandate, by)
    return mandate


def confirm_mandate(mandate: Mandate, *, by: User) -> Mandate:
    """Agree, as the second person, that a mandate was rightly given. Raises `NotAllowed`."""
    with acting(by):
        mandate = _held(mandate)
        if not Mandate.objects.to_confirm_by(by, localdate()).filter(pk=mandate.pk).exists():
            raise NotAllowed(_("A second person who could give this mandate, or who protects the data, confirms it."))
        _refuse_the_senseless(mandate)
        mandate.confirmed_by, mandate.waits_for = by, _consent_to(mandate)
        _begin(mandate)
    return mandate


def accept_mandate(mandate: Mandate, *, by: User) -> Mandate:
    """Take on a mandate that somebody offers; it begins today at the earliest. Raises `NotAllowed`."""
    with acting(by):
        mandate = _held(mandate)
        if not Mandate.objects.to_accept_by(by, localdate()).filter(pk=mandate.pk).exists():
            raise NotAllowed(_("There is no such mandate for you to accept."))
        mandate.waits_for = ""
        _begin(mandate)
    return mandate


def decline_mandate(mandate: Mandate, *, by: User) -> Mandate:
    """Turn down a mandate that waits, as its owner or as the second person; it was never in force. Raises `NotAllowed`."""
    with acting(by):
        mandate, on = _held(mandate), localdate()
        mine = Mandate.objects.to_accept_by(by, on) | Mandate.objects.to_confirm_by(by, on)
        if not mine.filter(pk=mandate.pk).exists():
            raise NotAllowed(_("There is no such mandate for you to decline."))
        _withdraw(mandate)
    return mandate


def end_mandate(mandate: Mandate, *, by: User, on: date) -> Mandate:
    """Make `on` the mandate's last day; yesterday takes it away at once, and nothing earlier rewrites the past."""
    with acting(by):
        mandate = _held(mandate)
        _refuse_ones_own(mandate, by)
        _refuse_out_of_reach(mandate, by)
        if mandate.is_waiting:
            return _withdraw(mandate)
        if on < localdate() - timedelta(days=1):
            raise NotAllowed(_("A mandate cannot end further back than yesterday."))
        if mandate.valid_to is not None and mandate.valid_to <= on:
            ends = date_format(mandate.valid_to)
            raise NotAllowed(_("This mandate already ends on %(day)s.") % {"day": ends})
        mandate.valid_to = max(on, mandate.valid_from - timedelta(days=1))
        mandate.save(update_fields=["valid_to"])
    return mandate


def _needs_a_second_person(mandate: Mandate) -> bool:
    """What reads the psychologist's notes; and that somebody who administers gives or gets a way to case files."""
    if mandate.role in READS_PSYCHOLOGIST_NOTES:
        return True
    if mandate.role == Role.SYSTEM_ADMINISTRATOR:
        return Mandate.objects.current(localdate()).of(mandate.user).as_role(*READS_CASES).exists()
    people = [each for each in (mandate.given_by, mandate.user) if each is not None]
    return mandate.role in READS_CASES and any(map(_administers, people))


def _administers(user: User) -> bool:
    held = Mandate.objects.current(localdate()).of(user).as_role(Role.SYSTEM_ADMINISTRATOR)
    return user.is_superuser or user.is_staff or held.exists()


def _consent_to(mandate: Mandate) -> str:
    """Whether the owner must accept it: not where all that they do is the giver's to manage, nor of an unused account."""
    user, by, on = mandate.user, mandate.given_by, localdate()
    if by is None:
        return OWNER
    if by.is_superuser:
        return ""
    if user.is_superuser or user.is_staff or mandate_elsewhere(user, by, on) is not None:
        return OWNER
    is_unused = user.last_login is None and not user.has_usable_password()
    works_here = Mandate.objects.in_force(on).filter(user=user).exists() and people_managed_by(by, on).contains(user)
    return "" if is_unused or works_here else OWNER


def _held(mandate: Mandate) -> Mandate:
    """The row, held until the end of the transaction."""
    return Mandate.objects.select_for_update(of=("self",)).select_related("user", "given_by").get(pk=mandate.pk)


def _begin(mandate: Mandate) -> None:
    """It opens nothing for the days on which it still waited."""
    mandate.valid_from = max(mandate.valid_from, localdate())
    mandate.save(update_fields=["waits_for", "confirmed_by", "valid_from"])


def _withdraw(mandate: Mandate) -> Mandate:
    """Leave it as one that was never in force."""
    mandate.valid_to = mandate.valid_from - timedelta(days=1)
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
