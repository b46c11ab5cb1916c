"""How an installation gets its first account."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from roles.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

EMAIL = "ewa@example.org"


def printed(capsys, email: str = EMAIL) -> str:
    call_command("first_administrator", email)
    return capsys.readouterr().out


def test_the_link_that_is_printed_sets_a_password_and_one_signs_in(capsys, client: Client, settings) -> None:
    said = printed(capsys)
    path = re.search(rf"{re.escape(settings.PUBLIC_URL)}(/account/password/reset/key/\S+)", said)[1]
    page = client.get(path, follow=True)
    password = "cztery konie w galopie"
    client.post(page.request["PATH_INFO"], {"password1": password, "password2": password})
    user = User.objects.get(email=EMAIL)
    assert user.check_password(password)
    assert (user.is_superuser, user.is_staff) == (True, True)
    assert f"User name: {user.username}" in said


def test_a_second_time_makes_nobody_new_and_a_link_only_until_a_password_is_set(capsys) -> None:
    assert "/account/password/reset/key/" in printed(capsys)
    assert "/account/password/reset/key/" in printed(capsys, EMAIL.upper())
    user = User.objects.get()
    user.set_password("cztery konie w galopie")
    user.save()
    assert "/account/password/reset/key/" not in printed(capsys)
    assert User.objects.count() == 1


@pytest.mark.parametrize("known", ["another administrator", "the address of somebody else"])
def test_it_appoints_nobody_beside_or_over_somebody_else(known: str, capsys) -> None:
    make_user(**({"is_superuser": True} if known == "another administrator" else {"email": EMAIL}))
    with pytest.raises(SystemExit) as refusal:
        printed(capsys)
    assert refusal.value.code == 1
    assert User.objects.count() == 1


def test_something_else_than_an_address_is_wrong_use(capsys) -> None:
    with pytest.raises(CommandError) as refusal:
        printed(capsys, "ewa")
    assert refusal.value.returncode == 2
