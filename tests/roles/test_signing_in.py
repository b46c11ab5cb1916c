"""Signing in: second factor, guessing, time limits, closed accounts."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now

from roles.errors import NotAllowed
from roles.models import User, service_account
from roles.role import NEEDS_SECOND_FACTOR, READS_CASES, Role
from roles.services import deactivate, end_sessions, install_service_accounts, reactivate, reset_second_factor
from tests.factories import make_mandate, make_organisation, make_territory, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "cztery konie w galopie"
LOGIN = "/account/login/"
ACCOUNT = "/people/me/"


@pytest.fixture(autouse=True)
def _fresh_rates() -> None:
    cache.clear()


@pytest.fixture
def anna() -> User:
    return make_user("Anna", "Nowak", username="anna", email="anna@example.org", password=PASSWORD)


def sign_in(client: Client, login: str = "anna", password: str = PASSWORD, **where: str):
    return client.post(LOGIN, {"login": login, "password": password}, **where)


def confirm(client: Client) -> None:
    """Say the password again, as what touches the account's safety demands."""
    client.post("/account/reauthenticate/", {"password": PASSWORD})


def is_signed_in(client: Client) -> bool:
    return client.get(ACCOUNT).status_code == 200


@pytest.mark.parametrize("login", ["anna", "ANNA", "anna@example.org", "Anna@Example.org"])
def test_one_signs_in_by_user_name_or_address(login: str, client: Client, anna: User) -> None:
    sign_in(client, login)
    assert is_signed_in(client)


def test_nobody_registers(client: Client) -> None:
    response = client.post("/account/signup/", {"username": "x", "email": "x@example.org", "password1": PASSWORD})
    assert response.status_code == 200
    assert not User.objects.people().exists()


def test_the_sign_in_page_says_the_same_of_a_known_and_an_unknown_name(client: Client, anna: User) -> None:
    wrong = [sign_in(client, login, "cztery konie w stępie").content.decode() for login in ("anna", "nikt")]
    assert wrong[0].replace("anna", "nikt").count("nikt") == wrong[1].count("nikt")
    assert "error" in wrong[0]


# Second factor


@pytest.mark.parametrize("role", list(Role))
def test_roles_that_see_cases_need_a_second_factor(role: Role, client: Client, anna: User, settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    make_mandate(anna, role)
    client.force_login(anna)
    response = client.get("/people/")
    if role in NEEDS_SECOND_FACTOR:
        assert response.url == reverse("mfa_index")
    else:
        assert response.status_code == 200


def test_every_role_that_reads_cases_is_among_them() -> None:
    assert {role for role in READS_CASES if role not in (Role.CLOCK, Role.IMPORTER)} <= NEEDS_SECOND_FACTOR


@pytest.mark.parametrize("miss", ["ended yesterday", "begins tomorrow", "the demo does without"])
def test_a_near_miss_needs_none(miss: str, client: Client, anna: User, settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = miss != "the demo does without"
    days = {"ended yesterday": {"valid_to": localdate() - timedelta(days=1)}}
    days["begins tomorrow"] = {"valid_from": localdate() + timedelta(days=1)}
    make_mandate(anna, **days.get(miss, {}))
    client.force_login(anna)
    assert is_signed_in(client)


def test_a_part_of_a_page_is_led_to_the_setup_as_a_whole(client: Client, anna: User, settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    make_mandate(anna)
    client.force_login(anna)
    response = client.get("/people/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (200, reverse("mfa_index"))


def test_an_administrator_by_rank_needs_one_too(client: Client, settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client.force_login(make_user(is_superuser=True, is_staff=True))
    assert client.get("/admin/").url == reverse("mfa_index")


@pytest.mark.django_db(transaction=True)
def test_one_sets_up_an_app_signs_in_with_it_and_each_code_works_once(client: Client, anna: User, settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    make_mandate(anna)
    sign_in(client)
    confirm(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert is_signed_in(client)
    stored = Authenticator.objects.get(user=anna, type=Authenticator.Type.TOTP).data["secret"]
    assert stored != secret
    assert mfa_adapter().decrypt(stored) == secret

    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        code = code_of(secret)
        first, second = Client(), Client()
        for browser in (first, second):
            assert sign_in(browser).url == reverse("mfa_authenticate")
            assert not is_signed_in(browser)
            browser.post(reverse("mfa_authenticate"), {"code": code})
        assert is_signed_in(first)
        assert not is_signed_in(second)


def test_the_last_factor_stays_while_the_work_needs_one(client: Client, anna: User, settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    mandate = make_mandate(anna)
    add_totp(anna)
    client.force_login(anna)
    adapter = mfa_adapter()
    factor = Authenticator.objects.get(user=anna, type=Authenticator.Type.TOTP)
    assert not adapter.can_delete_authenticator(factor)
    mandate.valid_to = localdate() - timedelta(days=1)
    mandate.save()
    assert adapter.can_delete_authenticator(Authenticator.objects.get(pk=factor.pk))


def test_recovery_codes_alone_are_no_second_factor(client: Client, anna: User, settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    make_mandate(anna)
    RecoveryCodes.activate(anna)
    client.force_login(anna)
    assert client.get("/people/").url == reverse("mfa_index")


def test_a_new_password_does_not_bypass_the_second_factor(client: Client, anna: User) -> None:
    add_totp(anna)
    client.post("/account/password/reset/", {"email": anna.email})
    [message] = mail.outbox
    link = re.search(r"http://testserver(/account/password/reset/key/\S+)", message.body)[1]
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": PASSWORD + "!", "password2": PASSWORD + "!"})
    assert not is_signed_in(client)
    sign_in(client, password=PASSWORD + "!")
    assert not is_signed_in(client)


def test_a_reset_says_the_same_of_a_known_and_an_unknown_address(client: Client, anna: User) -> None:
    answers = [client.post("/account/password/reset/", {"email": email}).url for email in (anna.email, "x@example.org")]
    assert len(set(answers)) == 1


def test_a_lost_factor_is_taken_away_by_an_administrator_only(client: Client, anna: User) -> None:
    add_totp(anna)
    organisation, powiat = make_organisation(), make_territory()
    make_mandate(anna, organisation=organisation, territory=powiat)
    client.force_login(anna)
    for role in (Role.COORDINATOR, Role.SUPERVISOR):
        with pytest.raises(NotAllowed):
            reset_second_factor(anna, by=make_mandate(None, role, organisation, powiat).user)
    with pytest.raises(NotAllowed):
        reset_second_factor(anna, by=make_mandate(None, Role.SYSTEM_ADMINISTRATOR, make_organisation(), powiat).user)
    assert Authenticator.objects.filter(user=anna).exists()
    reset_second_factor(anna, by=make_mandate(None, Role.SYSTEM_ADMINISTRATOR, organisation, powiat).user)
    assert not Authenticator.objects.filter(user=anna).exists()
    assert not is_signed_in(client)


# Guessing


def test_guessing_is_stopped_for_that_name_from_that_place_only(client: Client, anna: User) -> None:
    make_user("Jan", "Kot", username="jan", password=PASSWORD)
    for _try in range(8):
        sign_in(client, password="wrong password")
    assert sign_in(client).status_code == 429
    assert not is_signed_in(client)
    assert sign_in(client, "jan").status_code == 302
    assert sign_in(Client(), REMOTE_ADDR="203.0.113.7").status_code == 302


def test_whoever_mistyped_may_try_again_after_a_while(client: Client, anna: User) -> None:
    for _try in range(9):
        sign_in(client, password="wrong password")
    with time_machine.travel(now() + timedelta(minutes=16), tick=False):
        sign_in(client)
        assert is_signed_in(client)


def test_user_name_and_address_are_one_name_to_guess(client: Client, anna: User) -> None:
    for turn in range(8):
        sign_in(client, "anna" if turn % 2 else "ANNA@example.org", "wrong password")
    assert sign_in(client).status_code == 429


# Passwords


@pytest.mark.parametrize(
    "password",
    ["elevenchars", "Spoiwo123456", "owes-konin-2026", "password1234", "anna@example.org1", "ekonomia spoleczna"],
)
def test_a_poor_password_is_refused(password: str, anna: User) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, anna)


@pytest.mark.parametrize(
    "password",
    [
        "cztery konie w galopie",
        "tylkomaleliterki",
        "x" * 20 + "żółć" * 15,
        "moje konińskie łąki o świcie",
        "correct horse battery staple",
    ],
)
def test_any_long_phrase_will_do(password: str, anna: User) -> None:
    validate_password(password, anna)


# Sessions


def test_a_deactivated_person_loses_the_session_on_the_next_request(client: Client, anna: User) -> None:
    client.force_login(anna)
    assert is_signed_in(client)
    administrator = make_user(is_superuser=True)
    deactivate(anna, by=administrator)
    assert not is_signed_in(client)
    reactivate(anna, by=administrator)
    assert not is_signed_in(client)
    sign_in(client)
    assert is_signed_in(client)


def test_a_deactivated_person_does_not_sign_in(client: Client, anna: User) -> None:
    deactivate(anna, by=make_user(is_superuser=True))
    sign_in(client)
    assert not is_signed_in(client)


def test_ending_all_sessions_ends_those_on_every_device(anna: User) -> None:
    devices = [Client(), Client()]
    for device in devices:
        device.force_login(anna)
    end_sessions(anna, by=make_user(is_superuser=True))
    assert not any(is_signed_in(device) for device in devices)
    assert not UserSession.objects.filter(user=anna).exists()


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(client: Client, anna: User) -> None:
    other = Client()
    sign_in(other)
    sign_in(client)
    new = "pięć koni w galopie"
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_signing_in_changes_the_session_id(client: Client, anna: User) -> None:
    client.get(LOGIN)
    client.session["planted"] = True
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_a_session_ends_after_idle_time_and_leads_back(client: Client, anna: User) -> None:
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        client.force_login(anna)
        assert is_signed_in(client)
        for _turn in range(3):
            clock.shift(timedelta(minutes=29))
            assert is_signed_in(client)
        clock.shift(timedelta(minutes=31))
        response = client.get(f"{ACCOUNT}?tab=x")
        assert response.url == f"{LOGIN}?next=/people/me/%3Ftab%3Dx"
        assert not is_signed_in(client)


def test_a_session_ends_after_a_working_day_however_busy(client: Client, anna: User) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        client.force_login(anna)
        for _turn in range(36):
            assert is_signed_in(client)
            clock.shift(timedelta(minutes=20))
        clock.shift(timedelta(minutes=1))
        assert not is_signed_in(client)


def test_what_the_page_asks_by_itself_does_not_keep_the_session_awake(client: Client, anna: User) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        client.force_login(anna)
        assert is_signed_in(client)
        clock.shift(timedelta(minutes=20))
        assert client.get("/session/").json()["signed_in"]
        clock.shift(timedelta(minutes=11))
        assert not is_signed_in(client)


def test_changing_the_second_factor_asks_who_is_there(client: Client, anna: User) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        sign_in(client)
        clock.shift(timedelta(minutes=10))
        assert client.get(reverse("mfa_activate_totp")).url.startswith("/account/reauthenticate/")


# Accounts


def test_a_service_account_cannot_sign_in(client: Client) -> None:
    install_service_accounts()
    clock = service_account("clock")
    assert not clock.has_usable_password()
    assert str(clock) == str(Role.CLOCK.label)
    sign_in(client, "clock", "")
    assert not is_signed_in(client)
    clock.set_password(PASSWORD)
    with pytest.raises(IntegrityError, match="user_service_cannot_sign_in"), transaction.atomic():
        clock.save()


@pytest.mark.parametrize(
    ("way", "refusal"),
    [
        (lambda people: people.get().delete(), ProtectedError),
        (lambda people: people.delete(), ProtectedError),
        (lambda people: people._raw_delete(using="default"), DatabaseError),
    ],
    ids=["the row", "the set", "the database"],
)
def test_people_are_never_deleted(way, refusal: type[Exception], anna: User) -> None:
    people = User.objects.filter(pk=anna.pk)
    with pytest.raises(refusal), transaction.atomic():
        way(people)
    assert people.exists()


def test_the_history_of_a_person_holds_no_password(anna: User) -> None:
    names = {field.name for field in anna.events.model._meta.fields}
    assert not names & {"password", "last_login"}
    anna.set_password("inne długie hasło")
    anna.save()
    assert anna.events.count() == 1


@pytest.mark.parametrize(
    "page",
    [
        *("account_login", "account_reset_password", "account_signup", "account_change_password", "account_email"),
        *("mfa_index", "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn", "usersessions_list"),
        *("account_logout", "account_inactive", "account_reauthenticate"),
    ],
)
@pytest.mark.parametrize("language", ["pl", "en"])
def test_the_pages_of_signing_in_show_in_both_languages(page: str, language: str, client: Client, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(language=language)
    if page not in ("account_login", "account_reset_password", "account_signup", "account_inactive"):
        sign_in(client)
        confirm(client)
    response = client.get(reverse(page), headers={"Accept-Language": language})
    text = response.content.decode()
    assert response.status_code == 200
    assert f'<html lang="{language}"' in text
    assert "style=" not in text
    assert text.count("<h1") == 1
    inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    assert inline == []


def code_of(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))


def add_totp(user: User) -> None:
    totp.TOTP.activate(user, totp.generate_totp_secret())
