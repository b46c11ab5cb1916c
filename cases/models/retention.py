"""Forgetting cases whose time has run out: proposed by one person, approved by another, done by a job, recorded for good."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from roles.models import Organisation, User, case_scopes_of
from roles.role import DECIDES_ERASURES, PROPOSES_ERASURES
from workflows.models import Case
from workflows.models.cases import within


class ErasureQuerySet(models.QuerySet["Erasure"]):
    """Sets of erasures."""

    def visible_to(self, user: User, on: date) -> Self:
        """Those with a case where the person proposes or decides erasures."""
        scopes = case_scopes_of(user, on, roles=PROPOSES_ERASURES | DECIDES_ERASURES)
        return self.filter(Exists(ErasedCase.objects.filter(within(scopes, "case__"), erasure=OuterRef("pk"))))

    def waiting(self) -> Self:
        """Those that nobody has decided."""
        return self.filter(state=Erasure.State.PROPOSED)


class Erasure(models.Model):
    """Cases of one organisation that are to be forgotten, as one decision of two people."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")

    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), on_delete=models.PROTECT, related_name="erasures"
    )
    as_of = models.DateField(_("time had run out by"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("proposed by"), on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(_("proposed"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("decided by"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="erasure_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")), name="erasure_of_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}, {self.as_of}"


class ErasedCaseQuerySet(models.QuerySet["ErasedCase"]):
    """Sets of cases within erasures."""

    def standing(self) -> Self:
        """Those of erasures that nobody has declined."""
        return self.filter(stands=True)


class ErasedCase(models.Model):
    """One case of an erasure: its stub stays, what was known of the person goes."""

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="cases")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="erasures")
    stands = models.BooleanField(default=True, help_text="The erasure has not been declined.")
    erased_at = models.DateTimeField(_("erased"), null=True)
    rows = models.PositiveIntegerField(_("rows deleted"), default=0)

    objects = ErasedCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("erased case")
        verbose_name_plural = _("erased cases")
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(stands=True), name="case_erased_once"),
            models.CheckConstraint(condition=Q(erased_at__isnull=True) | Q(stands=True), name="erased_if_not_declined"),
        ]

    def __str__(self) -> str:
        return f"{self.case}"
