"""Applications that came through the public page, each under a receipt that says nothing of anybody."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.base import CaseFactQuerySet
from cases.participants.models.case import ParticipantCase
from cases.secrets import EncryptedTextField


class ApplicationQuerySet(CaseFactQuerySet["Application"]):
    """Sets of applications."""

    def to_compare(self) -> Self:
        """Those of somebody who may be known already, while nobody has said whether they are."""
        return self.filter(may_be_known=True, compared_at=None)


class Application(models.Model):
    """What somebody sent: it opened a case, or came to one that was open. The receipt is all that the sender was shown."""

    case = models.ForeignKey(
        ParticipantCase, verbose_name=_("case"), on_delete=models.PROTECT, related_name="applications"
    )
    receipt = models.CharField(_("receipt"), max_length=12, unique=True)
    received_at = models.DateTimeField(_("received"))
    opened_the_case = models.BooleanField(_("opened the case"), default=True)
    may_be_known = models.BooleanField(_("may be of somebody known already"), default=False)
    pesel = EncryptedTextField(
        "PESEL", help_text="Kept apart while the organisation knows somebody by it, until the two were compared."
    )
    compared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("compared by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    compared_at = models.DateTimeField(_("compared"), null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        constraints = [
            models.CheckConstraint(
                condition=Q(compared_by__isnull=True, compared_at__isnull=True)
                | Q(compared_by__isnull=False, compared_at__isnull=False, pesel__isnull=True),
                name="application_compared_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.receipt

    def compare(self, *, by: int, at: datetime) -> None:
        """Say that somebody has compared it; the number that was kept apart for that goes."""
        self.compared_by_id, self.compared_at, self.pesel = by, at, None
