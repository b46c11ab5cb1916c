"""The facts of a participant's path: notices, checks, diagnosis, plan, reviews, recommendation."""

from typing import TYPE_CHECKING, Self

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.base import CaseFactQuerySet, Recorded, barrier
from workflows.models import Case

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Notice(Recorded):
    """The information notice (art. 13 GDPR) that the person was given."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notices")
    version = models.CharField(_("version"), max_length=20)
    delivered_on = models.DateField(_("given on"))

    objects = CaseFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("information notice given")
        verbose_name_plural = _("information notices given")
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="notice_once_a_version")]

    def __str__(self) -> str:
        return f"{self.case} {self.version}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class EligibilityCheck(Recorded):
    """What the coordinator found: eligible or not, on which day."""

    class Finding(models.TextChoices):
        ELIGIBLE = "eligible", _("eligible")
        SUPPLEMENT = "supplement", _("something is missing")
        NOT_ELIGIBLE = "not_eligible", _("not eligible")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="eligibility")
    finding = models.CharField(_("finding"), max_length=12, choices=Finding.choices)
    checked_on = models.DateField(_("checked on"))
    remarks = models.CharField(_("remarks"), max_length=500, blank=True)

    objects = CaseFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("check of eligibility")
        verbose_name_plural = _("checks of eligibility")

    def __str__(self) -> str:
        return f"{self.case}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Supplement(Recorded):
    """Something that was asked for, and when it came."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="supplements")
    wanted = models.CharField(_("what is missing"), max_length=500)
    asked_on = models.DateField(_("asked for on"))
    brought_on = models.DateField(_("brought on"), null=True, blank=True)

    objects = CaseFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("supplement")
        verbose_name_plural = _("supplements")
        constraints = [
            models.CheckConstraint(
                condition=Q(brought_on__isnull=True) | Q(brought_on__gte=models.F("asked_on")), name="supplement_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Appeal(Recorded):
    """An appeal against a refusal or an exclusion: the day it came is what counts, not the day it is decided."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="appeals")
    received_on = models.DateField(_("received on"))
    grounds = models.TextField(_("grounds"), max_length=2000)

    objects = CaseFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")

    def __str__(self) -> str:
        return f"{self.case} {self.received_on}"


def scale(label: "str | _StrPromise") -> "models.PositiveSmallIntegerField[int, int]":
    """A question answered from 1 (very weak) to 5 (very strong)."""
    return models.PositiveSmallIntegerField(label, validators=[MinValueValidator(1), MaxValueValidator(5)])


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Diagnosis(Recorded):
    """Competences and barriers on scales; debts, family and what a psychologist writes stand in tables of their own."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="diagnosis")
    diagnosed_on = models.DateField(_("diagnosed on"))
    communication = scale(_("communication"))
    cooperation = scale(_("cooperation"))
    initiative = scale(_("initiative"))
    organisation = scale(_("organising oneself"))
    vocational = scale(_("vocational skills"))
    digital = scale(_("digital skills"))
    transport = barrier(_("no transport"))
    housing = barrier(_("housing"))
    strengths = models.TextField(_("strengths"), max_length=2000)
    needs = models.TextField(_("needs"), max_length=2000)

    objects = CaseFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("diagnosis")
        verbose_name_plural = _("diagnoses")

    def __str__(self) -> str:
        return f"{self.case}"


class PlanQuerySet(CaseFactQuerySet["Plan"]):
    """Sets of plans."""

    def current(self) -> Self:
        """The latest version of each."""
        return self.order_by("case", "-version").distinct("case")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Plan(Recorded):
    """The individual support plan, agreed by the participant and the tutor; each change is a new version."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="plans")
    version = models.PositiveSmallIntegerField(_("version"))
    goal = models.TextField(_("goal"), max_length=1000)
    agreed_by_participant_on = models.DateField(_("agreed by the participant on"), null=True, blank=True)
    agreed_by_tutor_on = models.DateField(_("agreed by the tutor on"), null=True, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="plan_version_once")]

    def __str__(self) -> str:
        return f"{self.case} v{self.version}"

    @property
    def is_agreed(self) -> bool:
        """Both sides agree."""
        return bool(self.agreed_by_participant_on and self.agreed_by_tutor_on)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class PlanAction(models.Model):
    """One step of a plan: what, who, until when, how one will know."""

    class Who(models.TextChoices):
        PARTICIPANT = "participant", _("the participant")
        TUTOR = "tutor", _("the tutor")
        OTHER = "other", _("somebody else")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="actions")
    what = models.CharField(_("action"), max_length=300)
    who = models.CharField(_("who"), max_length=11, choices=Who.choices, default=Who.PARTICIPANT)
    until = models.DateField(_("until"))
    measure = models.CharField(_("how one will know"), max_length=200)
    done_on = models.DateField(_("done on"), null=True, blank=True)

    class Meta:
        verbose_name = _("action of a plan")
        verbose_name_plural = _("actions of plans")
        ordering = ("until", "pk")

    def __str__(self) -> str:
        return self.what


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Review(Recorded):
    """A tutor's review of a month or a quarter."""

    class Kind(models.TextChoices):
        MONTH = "month", _("monthly review")
        PLAN = "plan", _("quarterly plan review")

    class Progress(models.TextChoices):
        AHEAD = "ahead", _("ahead of the plan")
        ON_PLAN = "on_plan", _("as planned")
        BEHIND = "behind", _("behind the plan")
        STUCK = "stuck", _("stuck")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices, default=Kind.MONTH)
    until = models.DateField(_("period ends on"))
    hours = models.DecimalField(_("hours of support"), max_digits=6, decimal_places=2, default=0)
    progress = models.CharField(_("progress"), max_length=7, choices=Progress.choices)
    done = models.TextField(_("what was done"), max_length=2000)
    following = models.TextField(_("what comes next"), max_length=2000)

    objects = CaseFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("until", "pk")

    def __str__(self) -> str:
        return f"{self.case} {self.until}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Recommendation(Recorded):
    """The tutor's opinion at the end of pre-incubation; the latest counts."""

    class Verdict(models.TextChoices):
        GO = "go", _("GO – ready for incubation")
        REPEAT = "repeat", _("REPEAT – pre-incubation again")
        REDIRECT = "redirect", _("REDIRECT – other support suits better")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="recommendations")
    verdict = models.CharField(_("recommendation"), max_length=8, choices=Verdict.choices)
    reasons = models.TextField(_("reasons"), max_length=2000)
    idea = models.CharField(_("group or idea to incubate"), max_length=300, blank=True)
    given_on = models.DateField(_("given on"))
    confirmed_on = models.DateField(_("confirmed by the coordinator on"), null=True, blank=True)

    objects = CaseFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(condition=~Q(verdict="go") | ~Q(idea=""), name="recommendation_go_has_an_idea"),
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.get_verdict_display()}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Opinion(Recorded):
    """The psychologist's opinion for a recommendation: only whether it supports it; the notes are kept apart."""

    recommendation = models.OneToOneField(Recommendation, on_delete=models.PROTECT, related_name="opinion")
    supports = models.BooleanField(_("supports the recommendation"))
    given_on = models.DateField(_("given on"))

    class Meta:
        verbose_name = _("psychologist's opinion")
        verbose_name_plural = _("psychologists' opinions")

    def __str__(self) -> str:
        return f"{self.recommendation}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class ExitQuestionnaire(Recorded):
    """What the person says when leaving."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="exit_questionnaire")
    filled_in_on = models.DateField(_("filled in on"))
    situation = scale(_("my situation now"))
    usefulness = scale(_("usefulness of the support"))
    would_recommend = models.BooleanField(_("would recommend it to others"), default=True)
    remarks = models.TextField(_("remarks"), max_length=1000, blank=True)

    objects = CaseFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("exit questionnaire")
        verbose_name_plural = _("exit questionnaires")

    def __str__(self) -> str:
        return f"{self.case}"
