"""People: inviting, renaming, deactivating, ending sessions, taking away a lost second factor."""

from datetime import date

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import F
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from roles.errors import NotAllowed
from roles.models import Mandate, Organisation, Territory, User
from roles.polish import search_text
from roles.role import RESETS_SECOND_FACTOR, Role
from roles.services.acting import acting, lock, whole
from roles.services.mandates import give_mandate


def invite(
    email: str,
    *,
    by: User,
    first_name: str,
    last_name: str,
    role: Role,
    organisation: Organisation,
    territory: Territory,
    valid_from: date,
    valid_to: date | None = None,
    is_reserve: bool = False,
) -> Mandate:
    """Make an account with its first mandate, or offer the mandate to whoever already has the address.

    The account has no password until its owner sets one by the link that the invitation carries.
    """
    with acting(by):
        user = User.objects.filter(email__iexact=email).first() or create_account(email, first_name, last_name)
        return give_mandate(
            user,
            by=by,
            role=role,
            organisation=organisation,
            territory=territory,
            valid_from=valid_from,
            valid_to=valid_to,
            is_reserve=is_reserve,
        )


def rename(user: User, *, by: User, first_name: str, last_name: str, phone: str) -> User:
    """Correct a person's name or telephone; the address is theirs to change."""
    with acting(by):
        user = whole(user, by=by)
        user.first_name, user.last_name, user.phone = first_name, last_name, phone
        user.save(update_fields=["first_name", "last_name", "phone", "sort_key", "search"])
    return user


def deactivate(user: User, *, by: User) -> User:
    """Close an account: it can no longer sign in, its mandates open nothing, its sessions end at once."""
    with acting(by):
        user = whole(user, by=by)
        user.is_active = False
        user.save(update_fields=["is_active"])
        _end_sessions(user)
    return user


def reactivate(user: User, *, by: User) -> User:
    """Open a closed account again, with the mandates whose days are not over."""
    with acting(by):
        user = whole(user, by=by)
        user.is_active = True
        user.save(update_fields=["is_active"])
    return user


def end_sessions(user: User, *, by: User) -> None:
    """Sign a person out everywhere, from the next request on."""
    with acting(by):
        if user.pk != by.pk:
            whole(user, by=by)
        _end_sessions(user)


def reset_second_factor(user: User, *, by: User) -> None:
    """Take away a lost second factor and the sessions that rested on it; the next sign-in sets up a new one."""
    with acting(by):
        whole(user, by=by)
        if not may_reset_second_factors(by):
            raise NotAllowed(_("Only a system administrator takes away a second factor."))
        Authenticator.objects.filter(user=user).delete()
        _end_sessions(user)


def choose_preferences(user: User, *, by: User, language: str, notify: str, shortcuts: bool) -> User:
    """How the system speaks to a person; only they decide."""
    if user.pk != by.pk:
        raise NotAllowed(_("Everybody chooses this for themselves."))
    with acting(by):
        user = lock(user)
        user.language, user.notify, user.shortcuts = language, notify, shortcuts
        user.save(update_fields=["language", "notify", "shortcuts"])
    return user


def may_reset_second_factors(by: User) -> bool:
    """Whether somebody may take away the second factor of the people they manage."""
    return by.is_superuser or Mandate.objects.of(by).in_force(localdate()).as_role(*RESETS_SECOND_FACTOR).exists()


def _end_sessions(user: User) -> None:
    """The epoch is part of what every session must show; the list of sessions follows it."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    UserSession.objects.filter(user=user).delete()


def create_account(email: str, first_name: str, last_name: str) -> User:
    """An account without a password: its owner sets one by the link that goes to the address."""
    user = User(email=email.lower(), first_name=first_name, last_name=last_name)
    user.username = _free_username(first_name, last_name)
    user.set_unusable_password()
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    return user


def _free_username(first_name: str, last_name: str) -> str:
    """`anna.nowak`, or with the first number nobody has."""
    wanted = ".".join(search_text(first_name, last_name).split()) or "person"
    taken = set(User.objects.filter(username__startswith=wanted).values_list("username", flat=True))
    numbered = (f"{wanted}{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (wanted, *numbered) if name not in taken)
