"""The invitation: a mail with the link by which a new person sets a first password."""

import logging
from smtplib import SMTPException

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from roles.models import User

log = logging.getLogger(__name__)


def send_invitation(user: User, request: HttpRequest) -> bool:
    """Mail the link to the person, in their language; returns whether the mail server took it.

    Sent at once, after the account was committed: when it fails the inviter is told, and sends it again.
    """
    context = {"person": user, "link": request.build_absolute_uri(_way_in(user))}
    with override(user.language):
        subject = render_to_string("account/email/invitation_subject.txt", context).strip()
        message = render_to_string("account/email/invitation_message.txt", context)
    try:
        send_mail(subject, message, None, [user.email])
    except (OSError, SMTPException):
        log.exception("invitation not sent", extra={"user": user.pk})
        return False
    return True


def _way_in(user: User) -> str:
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
