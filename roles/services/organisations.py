"""Organisations, and the service accounts that act for them."""

from collections.abc import Iterable
from typing import Any

from roles.models import Mandate, Organisation, Territory, User
from roles.role import Role
from roles.services.acting import acting

#: User name and role of every service account.
SERVICES = {"clock": Role.CLOCK, "importer": Role.IMPORTER}


def register_organisation(*, by: User, **facts: Any) -> Organisation:
    """Add an organisation, checked, and let the clock and the importer act for it. Raises `ValidationError`."""
    with acting(by):
        organisation = Organisation(**facts)
        organisation.full_clean()
        organisation.save()
        give_services_their_mandates([organisation])
    return organisation


def install_service_accounts() -> list[User]:
    """The accounts of the clock and the importer, made when missing; nobody can sign in to them."""
    accounts = []
    for username in SERVICES:
        account = User.objects.filter(username=username).first()
        if account is None:
            account = User(username=username, is_service=True)
            account.set_unusable_password()
            account.save()
        accounts.append(account)
    return accounts


def give_services_their_mandates(organisations: Iterable[Organisation]) -> int:
    """Let every service act for these organisations in the voivodeship of their seat; returns how many were new."""
    accounts = install_service_accounts()
    held = set(Mandate.objects.filter(user__in=accounts).values_list("user_id", "organisation_id"))
    roots = {root.code: root for root in Territory.objects.filter(parent=None, valid_to=None)}
    missing = [
        Mandate(
            user=account,
            role=SERVICES[account.username],
            organisation=organisation,
            territory=(root := roots[organisation.territory.path.split("/", 1)[0]]),
            valid_from=root.valid_from,
        )
        for organisation in organisations
        for account in accounts
        if (account.pk, organisation.pk) not in held
    ]
    return len(Mandate.objects.bulk_create(missing))
