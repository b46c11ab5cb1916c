"""The exceptions to mandates: one case shared with somebody, or opened by breaking the glass."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from roles.models import Mandate, Scope, User, case_scopes_of
from roles.role import Role
from workflows.models.cases import Case, within


class CaseGrantQuerySet(models.QuerySet["CaseGrant"]):
    """Sets of grants."""

    def in_force(self, at: datetime) -> Self:
        """Those that open their case at that moment."""
        return self.filter(valid_from__lte=at, expires_at__gt=at)

    def emergencies(self) -> Self:
        """Those by which somebody opened a case to themselves."""
        return self.filter(kind=CaseGrant.Kind.BREAK_GLASS)

    def to_review_by(self, user: User, on: date) -> Self:
        """Emergencies that no data-protection officer has looked at yet, in this officer's scopes or told to them; never their own."""
        if not Mandate.objects.of(user).in_force(on).as_role(Role.DATA_PROTECTION_OFFICER).exists():
            return self.none()
        return self.told_to(user, on, Role.DATA_PROTECTION_OFFICER).filter(reviewed_at=None)

    def told_to(self, user: User, on: date, *roles: Role) -> Self:
        """Emergencies in the scopes where the person holds one of the roles, and those that they were told of; not their own."""
        told = user.notices.filter(event="emergency").values("case")
        scopes = case_scopes_of(user, on, roles=roles)
        known = within(scopes, "content_object__") | Q(content_object__in=told)
        return self.emergencies().filter(known).exclude(user=user)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class CaseGrant(UserObjectPermissionBase):
    """django-guardian's permission on one case, with its reason and its end."""

    class Kind(models.TextChoices):
        SHARED = "shared", _("shared")
        BREAK_GLASS = "break_glass", _("emergency access")

    content_object = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="grants")
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices, default=Kind.SHARED)
    reason = models.CharField(_("reason"), max_length=300)
    valid_from = models.DateTimeField()
    expires_at = models.DateTimeField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    was_right = models.BooleanField(_("was right"), null=True, help_text=_("What the data-protection officer found."))
    review_note = models.CharField(_("note of the review"), max_length=300, blank=True)

    objects = CaseGrantQuerySet.as_manager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = _("access to one case")
        verbose_name_plural = _("access to single cases")
        unique_together: list[list[str]] = []  # type: ignore[misc]
        indexes = [models.Index(fields=["user", "expires_at"])]
        constraints = [models.CheckConstraint(condition=Q(expires_at__gt=F("valid_from")), name="grant_order")]

    def __str__(self) -> str:
        return f"{self.user}: {self.content_object}"


def cases_open_to(user: User, roles: Collection[Role], at: datetime) -> models.QuerySet[Case]:
    """Cases that the person may read in one of these roles: by mandate, or in an emergency while holding the role."""
    return cases_in(case_scopes_of(user, timezone.localdate(at), roles), user, at)


def cases_in(scopes: Collection[Scope], user: User, at: datetime) -> models.QuerySet[Case]:
    """Cases of these scopes of the person, and while there are any, those that they opened in an emergency."""
    opened = within(scopes)
    if scopes:
        emergencies = CaseGrant.objects.in_force(at).filter(user=user, kind=CaseGrant.Kind.BREAK_GLASS)
        opened |= Q(pk__in=emergencies.values("content_object"))
    return Case.objects.filter(opened)
