"""People who sign in, and the service accounts that act for the clock and the importers."""

from typing import Any, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import ProtectedError, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from roles.polish import SearchTextField, SortKeyField, containing
from roles.role import OF_SERVICES, Role

NEVER_DELETED = _("People are deactivated, never deleted.")


class UserQuerySet(models.QuerySet["User"]):
    """Sets of people."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused: people are deactivated."""
        raise ProtectedError(str(NEVER_DELETED), set(self))

    def active(self) -> Self:
        """Those who may sign in or act."""
        return self.filter(is_active=True)

    def people(self) -> Self:
        """Human beings: no service accounts."""
        return self.filter(is_service=False)

    def by_name(self) -> Self:
        """By surname, then first name, in the order of the Polish alphabet."""
        return self.order_by("sort_key", "pk")

    def called(self, text: str) -> Self:
        """Those whose names, user name or address contain every word of the text."""
        return self.filter(containing("search", text) | Q(email__icontains=text.strip()))


UserManager = DjangoUserManager.from_queryset(UserQuerySet)
UserManager.use_in_migrations = False


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    exclude=["password", "last_login", "sort_key", "search"],
    append_only=True,
)
class User(AbstractUser):
    """Somebody who acts in the system. Deactivated, never deleted."""

    class Notify(models.TextChoices):
        AT_ONCE = "at_once", _("at once")
        DAILY = "daily", _("once a day")
        NEVER = "never", _("never")

    class Language(models.TextChoices):
        POLISH = "pl", "polski"
        ENGLISH = "en", "English"

    sort_key = SortKeyField("last_name", "first_name", "username")
    search = SearchTextField("first_name", "last_name", "username")
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.POLISH)
    notify = models.CharField(_("mail about my work"), max_length=7, choices=Notify.choices, default=Notify.DAILY)
    is_service = models.BooleanField(
        _("service account"), default=False, help_text=_("Acts for the clock or an importer; cannot sign in.")
    )
    shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_once"),
            models.CheckConstraint(
                condition=Q(is_service=False)
                | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX, is_staff=False, is_superuser=False),
                name="user_service_cannot_sign_in",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        if self.is_service and self.username in OF_SERVICES:
            return str(Role(self.username).label)
        return self.get_full_name() or self.username

    def delete(self, *_args: Any, **_options: Any) -> tuple[int, dict[str, int]]:
        """Refused: people are deactivated."""
        raise ProtectedError(str(NEVER_DELETED), {self})

    def get_session_auth_hash(self) -> str:
        """What a session must carry to stay valid: it changes with the password and when all sessions are ended."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Any:
        """The same under the secrets used before."""
        return (self._session_hash(secret) for secret in settings.SECRET_KEY_FALLBACKS)

    def _session_hash(self, secret: str | bytes) -> str:
        value = f"{self.password}:{self.session_epoch}"
        return salted_hmac("roles.User.session", value, secret=secret, algorithm="sha256").hexdigest()


def service_account(name: str) -> User:
    """The account of the clock or of the importer; `User.DoesNotExist` before `load_reference`."""
    return User.objects.get(username=name, is_service=True)


def clock_of() -> User:
    """The account in whose name time acts."""
    return service_account("clock")
