"""How an installation gets its first account."""

from allauth.account.models import EmailAddress
from django.db import transaction

from roles.errors import NotAllowed
from roles.models import User
from roles.services.people import create_account


def make_first_administrator(email: str) -> User:
    """The superuser who appoints all others, made when there is none; the same again for the same address.

    Raises `NotAllowed` when the address or the rank belongs to somebody else.
    """
    with transaction.atomic():
        known = User.objects.select_for_update().filter(email__iexact=email).first()
        if known is not None and known.is_superuser and known.is_active:
            return known
        if known is not None:
            raise NotAllowed("This address belongs to an account that does not administer the installation.")
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            raise NotAllowed("Somebody else administers the installation already, and appoints others in its pages.")
        user = create_account(email, "", "")
        user.is_superuser = user.is_staff = True
        user.save(update_fields=["is_superuser", "is_staff"])
        EmailAddress.objects.filter(user=user).update(verified=True)
    return user
