"""What each role is told that it is for."""

import pytest
from django.test import Client
from django.urls import reverse

from roles.role import OF_SERVICES, PURPOSES, READS_CASES, Role
from tests.factories import make_mandate

pytestmark = pytest.mark.django_db
HUMAN = sorted(set(Role) - OF_SERVICES)


def test_every_role_says_what_it_is_for() -> None:
    assert set(PURPOSES) == set(HUMAN)


@pytest.mark.parametrize("role", HUMAN)
def test_the_first_page_of_a_role_without_cases_says_what_it_opens(role: Role, client: Client) -> None:
    client.force_login(make_mandate(role=role).user)
    page = client.get(reverse("workflows:inbox")).content.decode()
    assert ("What your roles are for" in page) is (role not in READS_CASES)


@pytest.mark.parametrize("role", HUMAN)
def test_every_entry_of_a_roles_menu_opens(role: Role, client: Client) -> None:
    client.force_login(make_mandate(role=role).user)
    menu = client.get(reverse("roles:account")).context["navigation"]
    assert {entry.url: client.get(entry.url, follow=True).status_code for entry in menu.entries} == dict.fromkeys(
        [entry.url for entry in menu.entries], 200
    )
