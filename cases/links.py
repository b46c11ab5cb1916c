"""The link by which a recipient finds the session that a code is for; it says nothing and opens nothing without the code."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from cases.models import Attendance

SALT = "cases.confirm"


def confirmation_link(attendance: Attendance) -> str:
    """The whole address of the page where the recipient answers."""
    return settings.PUBLIC_URL + reverse("cases:answer", args=[token_of(attendance)])


def token_of(attendance: Attendance) -> str:
    """The part of the address that names the attendance, signed."""
    return signing.Signer(salt=SALT).sign_object(attendance.pk)


def attendance_of(token: str) -> Attendance | None:
    """What the token names; None for one that we did not sign."""
    try:
        key = signing.Signer(salt=SALT).unsign_object(token)
    except signing.BadSignature:
        return None
    return Attendance.objects.select_related("session").filter(pk=key).first()
