"""The invitation, a mail with the link by which a new person sets a first password; and the offer of a further mandate."""

import logging
from smtplib import SMTPException

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from roles.models import Mandate, User

log = logging.getLogger(__name__)


def send_invitation(user: User, request: HttpRequest) -> bool:
    """Mail the link to the person, in their language; returns whether the mail server took it.

    Sent at once, after the account was committed: when it fails the inviter is told, and sends it again.
    """
    return _mail(user, "invitation", {"person": user, "link": request.build_absolute_uri(way_in(user))})


def send_offer(mandate: Mandate, request: HttpRequest) -> bool:
    """Tell whoever has an account that a mandate waits for them; returns whether the mail server took it."""
    return _mail(mandate.user, "offer", {"link": request.build_absolute_uri(reverse("roles:account"))})


def send_lost_deputies(user: User, absent: list[User]) -> bool:
    """Tell who manages them that somebody absent has a deputy no more, by address of their page and no name."""
    links = [settings.PUBLIC_URL + reverse("roles:person", kwargs={"pk": each.pk}) for each in absent]
    return _mail(user, "lost_deputies", {"links": links})


def _mail(user: User, name: str, context: dict[str, object]) -> bool:
    with override(user.language):
        subject = render_to_string(f"account/email/{name}_subject.txt", context).strip()
        message = render_to_string(f"account/email/{name}_message.txt", context)
    try:
        send_mail(subject, message, None, [user.email])
    except (OSError, SMTPException):
        log.exception("%s not sent", name, extra={"user": user.pk})
        return False
    return True


def way_in(user: User) -> str:
    """The path of the page on which a person sets a first password; good for three days and once."""
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
