"""How signing in behaves here: nobody registers, secrets are encrypted, single sign-on finds existing people only."""

from base64 import b64decode, b64encode
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from roles.models import User
from roles.sealing import seal, unseal
from roles.second_factor import FACTORS, needs_second_factor

LOCAL = "127.0.0.1"
SEALED_FOR = "roles.second_factor"


class AccountAdapter(DefaultAccountAdapter):
    """People are invited; service accounts never sign in."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The caller's address; a request over a local socket carries none."""
        try:
            address: str = super().get_client_ip(request)
        except PermissionDenied:
            return LOCAL
        return address

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords count by name and address together, so that nobody is locked out by a stranger.

        Wrong codes of a second factor count by account: who gets so far knows the password.
        """
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{self.get_client_ip(request)}"

    def login(self, request: HttpRequest, user: User) -> None:
        """Also notes the address as one that could be confirmed, where whoever made the account has not."""
        if user.email and not EmailAddress.objects.filter(user=user).exists():
            EmailAddress.objects.create(user=user, email=user.email, primary=True)
        super().login(request, user)

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        if user.is_service:
            return redirect("account_inactive")
        refusal: HttpResponse | None = super().pre_login(request, user, **options)
        return refusal


class MfaAdapter(DefaultMFAAdapter):
    """Second-factor secrets rest sealed; the last factor stays while the work asks for one."""

    def encrypt(self, text: str) -> str:
        return b64encode(seal(text.encode(), SEALED_FOR)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(b64decode(encrypted_text), SEALED_FOR).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        user = authenticator.user
        if not settings.SECOND_FACTOR_REQUIRED or not needs_second_factor(user):
            return True
        others = Authenticator.objects.filter(user=user, type__in=FACTORS).exclude(pk=authenticator.pk)
        is_spare: bool = others.exists()
        return is_spare


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """An identity of the institution's provider opens the account with the same verified address, and makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        stated = sociallogin.account.extra_data.get("id_token", sociallogin.account.extra_data).get("acr")
        if settings.OIDC_REQUIRED_ACR and stated not in settings.OIDC_REQUIRED_ACR:
            messages.error(request, _("Your institution's sign-in was not strong enough for this system."))
            raise ImmediateHttpResponse(redirect("account_login"))


def attempted_name(request: HttpRequest, credentials: dict[str, str] | None) -> str:
    """Whom a sign-in was tried for, for counting failures: one name, whether the user name or the address was typed."""
    tried = credentials or {}
    typed = (tried.get("username") or tried.get("email") or request.POST.get("login", "")).strip()
    known = User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed, email__gt=""))
    return known.values_list("username", flat=True).first() or typed.casefold()


def client_ip(request: HttpRequest) -> str:
    """The caller's address, by the one rule about trusted proxies."""
    address: str = account_adapter().get_client_ip(request)
    return address
