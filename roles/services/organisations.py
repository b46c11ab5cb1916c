"""Organisations, and the service accounts that act for them."""

from collections.abc import Iterable
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from roles.errors import NotAllowed
from roles.models import Mandate, Organisation, Territory, User, organisations_kept_by
from roles.role import Role
from roles.services.acting import acting

#: User name and role of every service account.
SERVICES = {"clock": Role.CLOCK, "importer": Role.IMPORTER}


def register_organisation(*, by: User, **facts: Any) -> Organisation:
    """Add an organisation, checked, and let the clock and the importer act for it. Raises `ValidationError`, `NotAllowed`."""
    with acting(by):
        organisation = Organisation(**facts)
        organisation.full_clean()
        organisation.save()
        _refuse_out_of_reach(organisation, by)
        give_services_their_mandates([organisation])
    return organisation


def correct_organisation(organisation: Organisation, *, by: User, **facts: Any) -> Organisation:
    """Change what is known of an organisation, checked; its history keeps what stood before. Raises as above."""
    with acting(by):
        row = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
        _refuse_out_of_reach(row, by)
        for name, value in facts.items():
            setattr(row, name, value)
        row.full_clean()
        row.save()
        _refuse_out_of_reach(row, by)
    return row


def _refuse_out_of_reach(organisation: Organisation, by: User) -> None:
    if not organisations_kept_by(by, localdate()).filter(pk=organisation.pk).exists():
        raise NotAllowed(_("You keep organisations with their seat in your own territory, and not those of others."))


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
