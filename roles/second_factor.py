"""Who must sign in with a second factor, and whether they have one."""

from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from roles.models import User, roles_today
from roles.role import NEEDS_SECOND_FACTOR

PROVEN = "roles_second_factor"

#: What counts: recovery codes alone are a way back, not a factor.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def needs_second_factor(user: User) -> bool:
    """Whether a mandate in force today, or the rank of a superuser or of staff, asks for one."""
    return user.is_superuser or user.is_staff or not NEEDS_SECOND_FACTOR.isdisjoint(roles_today(user))


def has_second_factor(request: HttpRequest) -> bool:
    """Whether the person has set one up; signing in has asked for it then. Remembered with the session."""
    if not request.session.get(PROVEN):
        if not Authenticator.objects.filter(user=request.user.pk, type__in=FACTORS).exists():
            return False
        request.session[PROVEN] = True
    return True
