"""Django's admin: what it shows, and that it offers no way round the pages."""

import pytest
from django.test import Client
from django.urls import reverse

from roles.models import Mandate, Organisation
from roles.role import Role
from tests.factories import LONG_AGO, make_absence, make_mandate, make_territory, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(make_user(is_superuser=True, is_staff=True))
    return client


@pytest.mark.parametrize("model", ["territory", "subregion", "organisation", "user", "mandate", "absence"])
def test_lists_open_and_can_be_searched(model: str, administrator: Client) -> None:
    mandate = make_mandate()
    make_absence(mandate.user, None, LONG_AGO, LONG_AGO)
    address = reverse(f"admin:roles_{model}_changelist")
    assert administrator.get(address).status_code == 200
    assert administrator.get(address, {"q": "nowak"}).status_code == 200


@pytest.mark.parametrize("model", ["user", "mandate", "absence"])
def test_people_and_mandates_are_only_looked_at(model: str, administrator: Client) -> None:
    mandate = make_mandate()
    shown = {"user": mandate.user, "mandate": mandate, "absence": make_absence(mandate.user, None, LONG_AGO, LONG_AGO)}
    pk = shown[model].pk
    assert administrator.get(reverse(f"admin:roles_{model}_change", args=[pk])).status_code == 200
    assert administrator.post(reverse(f"admin:roles_{model}_change", args=[pk]), {}).status_code == 403
    assert administrator.get(reverse(f"admin:roles_{model}_add")).status_code == 403
    assert administrator.post(reverse(f"admin:roles_{model}_delete", args=[pk])).status_code == 403


def test_a_new_organisation_is_served_by_the_clock_and_its_numbers_are_checked(administrator: Client) -> None:
    data = {
        "name": "OWES Konin",
        "short_name": "OWES",
        "type": "owes",
        "territory": make_territory().pk,
        "is_active": "on",
    }
    address = reverse("admin:roles_organisation_add")
    assert administrator.post(address, data | {"nip": "8567346216"}).status_code == 200
    assert not Organisation.objects.exists()
    administrator.post(address, data | {"nip": "856-734-62-15", "krs": "0000123456"})
    organisation = Organisation.objects.get(nip="8567346215")
    assert Mandate.objects.filter(organisation=organisation, role=Role.CLOCK).exists()
