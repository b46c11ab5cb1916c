"""The second factor: which addresses do without, that every session passes its own, and that codes are not guessed."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib import admin
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils.timezone import now

from roles.middleware import ALWAYS_OPEN, TO_SET_ONE_UP
from roles.models import User
from tests.factories import make_mandate, make_user
from tests.roles.test_signing_in import LOGIN, PASSWORD, code_of, is_signed_in, sign_in
from tests.test_urls import names

pytestmark = pytest.mark.django_db

SHOW_IT = reverse("mfa_reauthenticate")


@pytest.fixture(autouse=True)
def _strict(settings) -> None:
    cache.clear()
    settings.SECOND_FACTOR_REQUIRED = True
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0


@pytest.fixture
def anna() -> User:
    return make_user("Anna", "Nowak", username="anna", email="anna@example.org", password=PASSWORD)


@pytest.fixture
def secret(anna: User) -> str:
    """Of the app that Anna has set up."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(anna, secret)
    return secret


def led_to(client: Client, address: str = "/people/") -> str:
    return urlsplit(client.get(address).get("Location", "")).path


# Which addresses do without


def test_exactly_these_addresses_open_without_a_second_factor() -> None:
    assert set(names(get_resolver())) & (ALWAYS_OPEN | TO_SET_ONE_UP) == {
        *("set_language", "session", "accessibility", "about", "help", "healthz", "readyz", "set_shortcuts"),
        *("account_logout", "admin:logout", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
        *("account_reauthenticate", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn"),
    }


def test_no_address_is_open_by_the_last_part_of_its_name_alone(client: Client, anna: User) -> None:
    make_mandate(anna)
    client.force_login(anna)
    for address in (reverse("cases:session", args=[1]), reverse("account_email"), reverse("mfa_view_recovery_codes")):
        assert led_to(client, address) == reverse("mfa_index"), address


def test_nothing_of_the_admin_opens_before_the_second_factor(client: Client) -> None:
    client.force_login(make_user(is_superuser=True, is_staff=True))
    for name in (
        "admin:index",
        "admin:password_change",
        "admin:roles_user_changelist",
        "admin:axes_accesslog_changelist",
    ):
        assert led_to(client, reverse(name)) == reverse("mfa_index"), name


def test_the_admin_has_no_door_of_its_own(client: Client, anna: User, secret: str) -> None:
    User.objects.filter(pk=anna.pk).update(is_staff=True, is_superuser=True)
    answer = client.post("/admin/login/?next=/people/", {"username": "anna", "password": PASSWORD})
    assert answer.url == f"{LOGIN}?next=/people/"
    assert not is_signed_in(client)
    other = make_user("Jan", "Kot", password=PASSWORD)
    client.force_login(other)
    assert client.get("/admin/login/").status_code == 403


def test_the_admin_holds_nobodys_ways_into_an_account() -> None:
    ways = {"EmailAddress", "Authenticator", "UserSession", "SocialAccount", "SocialApp", "SocialToken", "Group"}
    assert not ways & {model.__name__ for model in admin.site._registry}


@pytest.mark.parametrize("table", ["accessattempt", "accesslog", "accessfailurelog"])
def test_the_admin_only_shows_who_signed_in(table: str, client: Client, settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(make_user(is_superuser=True, is_staff=True))
    assert client.get(reverse(f"admin:axes_{table}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:axes_{table}_add")).status_code == 403


# Every session passes its own


def test_a_session_from_before_the_factor_was_set_up_has_not_passed_it(client: Client, anna: User) -> None:
    make_mandate(anna)
    sign_in(client)
    assert led_to(client) == reverse("mfa_index")
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(anna, secret)  # the owner, in another browser
    assert led_to(client) == SHOW_IT
    assert led_to(client, reverse("mfa_activate_totp")) == SHOW_IT
    assert led_to(client, reverse("mfa_add_webauthn")) == SHOW_IT
    client.post(SHOW_IT, {"code": code_of(secret)})
    assert client.get("/people/").status_code == 200


def test_whoever_has_a_factor_needs_it_whatever_their_role(client: Client, anna: User, secret: str) -> None:
    client.force_login(anna)
    assert led_to(client, "/people/me/") == SHOW_IT


def test_what_was_asked_for_opens_after_the_factor_was_shown(client: Client, anna: User, secret: str) -> None:
    client.force_login(anna)
    address = client.get("/people/?q=nowak").url
    assert client.post(address, {"code": code_of(secret)}).url == "/people/?q=nowak"


def test_a_factor_set_up_in_one_session_counts_for_no_other_person(client: Client, anna: User) -> None:
    client.force_login(make_mandate().user)
    session = client.session
    session["roles_second_factor"] = anna.pk
    session.save()
    assert led_to(client) == reverse("mfa_index")


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("mfa_activate_totp", {}),
        ("mfa_deactivate_totp", {}),
        ("mfa_add_webauthn", {}),
        ("mfa_generate_recovery_codes", {}),
        ("account_email", {"email": "new@example.org", "action_add": ""}),
    ],
)
def test_what_touches_the_accounts_safety_asks_who_is_there(
    name: str, sent: dict[str, str], client: Client, anna: User, secret: str
) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        sign_in(client)
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        clock.shift(timedelta(minutes=10))
        answer = client.post(reverse(name), sent)
    assert urlsplit(answer["Location"]).path in {reverse("account_reauthenticate"), SHOW_IT}
    assert Authenticator.objects.filter(user=anna).count() == 1


# Codes are not guessed


def guess(address: str, code: str) -> str:
    """Sign in by password from an address, and try a code; what the form says, nothing when it was right."""
    client = Client(REMOTE_ADDR=address, headers={"Accept-Language": "en"})
    sign_in(client)
    answer = client.post(reverse("mfa_authenticate"), {"code": code})
    return answer.context["form"].errors.as_text() if answer.status_code == 200 else ""


def test_the_eleventh_wrong_code_within_a_quarter_of_an_hour_is_refused_wherever_from(
    client: Client, anna: User, secret: str
) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        said = [guess(f"203.0.113.{number}", "000000") for number in range(11)]
        assert all("Incorrect code" in each for each in said[:10])
        assert "Too many" in said[10]
        assert "Too many" in guess("203.0.113.99", code_of(secret))
        clock.shift(timedelta(minutes=16))
        assert guess("203.0.113.99", code_of(secret)) == ""


def test_a_stranger_who_guesses_passwords_locks_nobody_out(client: Client, anna: User) -> None:
    for number in range(20):
        sign_in(Client(REMOTE_ADDR=f"203.0.113.{number % 2}"), password="wrong password")
    sign_in(client)
    assert is_signed_in(client)
