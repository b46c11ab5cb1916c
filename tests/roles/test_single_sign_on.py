"""Single sign-on: an identity of the institution's provider opens an existing account, and makes none."""

import pytest
from allauth.core import context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from django.urls import reverse

from roles.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PROVIDER = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": "Urząd Marszałkowski",
                "client_id": "spoiwo",
                "secret": "x",
                "settings": {"server_url": "https://id.example.org"},
            }
        ]
    }
}


@pytest.fixture(autouse=True)
def _provider(settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = PROVIDER


def arrive(email: str, *, sub: str = "sub-1", verified: bool = True, acr: str = "") -> tuple[str, object]:
    """Come back from the provider with this identity; where one is sent, and who one is then."""
    request = RequestFactory().get("/account/oidc/login/callback/")
    request.session, request.user = SessionStore(), AnonymousUser()
    request._messages = FallbackStorage(request)
    claims = {"sub": sub, "email": email, "email_verified": verified, "acr": acr}
    with context.request_context(request):
        provider = get_adapter().get_provider(request, "oidc")
        login = provider.sociallogin_from_response(request, {"userinfo": claims, "id_token": claims})
        login.state = {}
        response = complete_social_login(request, login)
    return response.get("Location", ""), request.user


def test_a_verified_address_opens_the_account_that_has_it() -> None:
    anna = make_user(email="anna@example.org")
    _where, user = arrive("Anna@example.org")
    assert user == anna


def test_the_identity_is_known_afterwards_by_issuer_and_subject_not_by_address() -> None:
    anna = make_user(email="anna@example.org")
    arrive("anna@example.org")
    make_user(email="other@example.org")
    _where, user = arrive("other@example.org", sub="sub-1")
    assert user == anna
    assert SocialAccount.objects.get().uid == "sub-1"


@pytest.mark.parametrize("miss", ["unknown address", "address not verified", "deactivated", "service account"])
def test_a_near_miss_opens_nothing_and_makes_no_account(miss: str) -> None:
    service = miss == "service account"
    make_user(email="anna@example.org", is_active=miss != "deactivated", is_service=service)
    address = "anna@example.com" if miss == "unknown address" else "anna@example.org"
    before = User.objects.count()
    _where, user = arrive(address, verified=miss != "address not verified")
    assert not user.is_authenticated
    assert User.objects.count() == before


@pytest.mark.parametrize(("acr", "accepted"), [("high", True), ("low", False), ("", False)])
def test_a_weak_sign_in_at_the_institution_is_refused_where_strength_is_demanded(
    acr: str, *, accepted: bool, settings
) -> None:
    settings.OIDC_REQUIRED_ACR = ["high"]
    make_user(email="anna@example.org")
    where, user = arrive("anna@example.org", acr=acr)
    assert user.is_authenticated is accepted
    assert accepted or where == reverse("account_login")


def test_the_sign_in_page_offers_it(client: Client) -> None:
    assert "Urząd Marszałkowski" in client.get(reverse("account_login")).content.decode()
