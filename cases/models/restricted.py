"""Special-category and conviction data (arts. 9 and 10 GDPR): tables of their own, every reading logged."""

from collections.abc import Collection
from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.base import Recorded, RestrictedQuerySet, TriState, barrier
from cases.secrets import EncryptedTextField
from roles.role import READS_PSYCHOLOGIST_NOTES, Role
from workflows.models import Case


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class SensitiveAnswers(Recorded):
    """The four questions a participant may refuse to answer; that they were asked is documented."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="sensitive_answers")
    disability = models.CharField(_("disability"), max_length=7, choices=TriState.choices, blank=True)
    minority = models.CharField(_("national or ethnic minority"), max_length=7, choices=TriState.choices, blank=True)
    foreign_origin = models.CharField(_("foreign origin"), max_length=7, choices=TriState.choices, blank=True)
    homelessness = models.CharField(
        _("homelessness or housing exclusion"), max_length=7, choices=TriState.choices, blank=True
    )
    asked_on = models.DateField(_("asked on"), null=True, blank=True)

    objects = RestrictedQuerySet["SensitiveAnswers"].as_manager()

    class Meta:
        verbose_name = _("special-category answers")
        verbose_name_plural = _("special-category answers")

    def __str__(self) -> str:
        return f"{self.case}"


class CriterionLetter(models.TextChoices):
    """The letters of art. 2(6) of the act of 5 August 2022 on social economy."""

    A = "a", _("letter a")
    B = "b", _("letter b")
    C = "c", _("letter c")
    D = "d", _("letter d")
    E = "e", _("letter e")
    F = "f", _("letter f")
    G = "g", _("letter g")
    H = "h", _("letter h")
    I = "i", _("letter i")  # noqa: E741  the law's own letter
    J = "j", _("letter j")
    K = "k", _("letter k")
    L = "l", _("letter l")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Criterion(Recorded):
    """A criterion that makes the person eligible, with its evidence; met once somebody has confirmed it."""

    class Evidence(models.TextChoices):
        PUP = "pup", _("certificate of the labour office")
        ZUS = "zus", _("certificate of ZUS")
        DISABILITY_RULING = "disability_ruling", _("disability ruling")
        OPS = "ops", _("statement of the social assistance centre")
        COURT = "court", _("court or prison document")
        MEDICAL = "medical", _("medical document")
        STATEMENT = "statement", _("the person's own statement")
        OTHER = "other", _("other")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="criteria")
    letter = models.CharField(_("criterion (art. 2(6))"), max_length=1, choices=CriterionLetter.choices)
    evidence = models.CharField(_("evidence"), max_length=17, choices=Evidence.choices, blank=True)
    document = models.ForeignKey(
        "cases.Document", verbose_name=_("document"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("confirmed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    confirmed_on = models.DateField(_("confirmed on"), null=True, blank=True)

    objects = RestrictedQuerySet["Criterion"].as_manager()

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.UniqueConstraint(fields=["case", "letter"], name="criterion_once_a_case"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_on__isnull=True)
                | (Q(confirmed_by__isnull=False, confirmed_on__isnull=False) & ~Q(evidence="")),
                name="criterion_confirmed_with_evidence",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}"

    @property
    def is_met(self) -> bool:
        """Whether somebody has seen the evidence; this much everybody on the case may know."""
        return self.confirmed_on is not None


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Convictions(Recorded):
    """Whether the person declares convictions (art. 10 GDPR): a flag of its own, no free text."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="convictions")
    declared = models.CharField(_("convictions declared"), max_length=7, choices=TriState.choices)

    objects = RestrictedQuerySet["Convictions"].as_manager()

    class Meta:
        verbose_name = _("declaration of convictions")
        verbose_name_plural = _("declarations of convictions")

    def __str__(self) -> str:
        return f"{self.case}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class PrivateBarriers(Recorded):
    """Debts and family as barriers, 0 (none) to 5 (very strong), with what there is to say: notes that stay restricted."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="private_barriers")
    debts = barrier(_("debts"))
    care = barrier(_("care of a relative"))
    detail = EncryptedTextField(_("about debts and family"))

    objects = RestrictedQuerySet["PrivateBarriers"].as_manager()

    class Meta:
        verbose_name = _("debts and family")
        verbose_name_plural = _("debts and family")

    def __str__(self) -> str:
        return f"{self.case}"


class PsychologistNoteQuerySet(RestrictedQuerySet["PsychologistNote"]):
    """Sets of psychologists' notes: for psychologists of the case alone."""

    readers: ClassVar[Collection[Role]] = READS_PSYCHOLOGIST_NOTES


class PsychologistNote(models.Model):
    """What a psychologist writes down about a case; a correction is a new note that replaces the old one."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="psychologist_notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("author"), on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("written"), default=timezone.now)
    body = EncryptedTextField(_("note"), null=False, blank=False)
    replaces = models.OneToOneField(
        "self", verbose_name=_("replaces"), null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )

    objects = PsychologistNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("psychologist's note")
        verbose_name_plural = _("psychologist's notes")

    def __str__(self) -> str:
        return f"{self.case}"


class ImportedRemark(Recorded):
    """The free remark of an imported row: nobody knows what is in it, so it is treated as special-category."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="imported_remark")
    body = EncryptedTextField(_("remark"), null=False, blank=False)

    objects = RestrictedQuerySet["ImportedRemark"].as_manager()

    class Meta:
        verbose_name = _("imported remark")
        verbose_name_plural = _("imported remarks")

    def __str__(self) -> str:
        return f"{self.case}"
