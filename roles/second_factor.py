"""Who must have signed in with a second factor, and whether this session has."""

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.dispatch import receiver
from django.http import HttpRequest

from roles.models import User, roles_today
from roles.role import NEEDS_SECOND_FACTOR

#: Where the session keeps that a factor was set up in it.
SET_UP = "roles_second_factor"

#: What counts: recovery codes alone are a way back, not a factor.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

#: What else opens case files to somebody; the apps above add their own.
Rule = Callable[[User], bool]
_rules: list[Rule] = []


def asks_for_second_factor(rule: Rule) -> Rule:
    """Register another reason why somebody needs a second factor."""
    _rules.append(rule)
    return rule


def needs_second_factor(user: User) -> bool:
    """Whether a mandate in force today, the rank of a superuser or of staff, or a case opened to them asks for one."""
    if user.is_superuser or user.is_staff or not NEEDS_SECOND_FACTOR.isdisjoint(roles_today(user)):
        return True
    return any(rule(user) for rule in _rules)


def has_second_factor(user: User) -> bool:
    """Whether the account has one, whoever is signed in to it."""
    return Authenticator.objects.filter(user=user.pk, type__in=FACTORS).exists()


def has_passed_second_factor(request: HttpRequest) -> bool:
    """Whether this very session passed one when it began, or has set one up; asks no database."""
    if request.session.get(SET_UP) == request.user.pk:
        return True
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


@receiver(authenticator_added)
def note_what_was_set_up(request: HttpRequest, user: User, authenticator: Authenticator, **_more: Any) -> None:
    """Setting one up shows that it is at hand; a session that had to pass another first gets no further by it."""
    if authenticator.type in FACTORS:
        request.session[SET_UP] = user.pk
