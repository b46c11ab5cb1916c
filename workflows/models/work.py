"""What goes with a work item: votes, drafts of half-filled forms, extensions, comments of presence."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from workflows.models.cases import Case
from workflows.models.history import never_truncated
from workflows.models.items import WorkItem
from workflows.models.jobs import Job


class Outcome(models.TextChoices):
    """How an approval may end."""

    APPROVED = "approved", _("approved")
    RETURNED = "returned", _("returned")
    REFUSED = "refused", _("refused")


class Vote(models.Model):
    """One person's decision on an approval; a quorum of them decides it. Insert-only."""

    item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="votes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("decision"), max_length=8, choices=Outcome.choices)
    reason = models.CharField(_("reason"), max_length=30, blank=True)
    note = models.TextField(_("note"), blank=True)
    cast_at = models.DateTimeField()

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="one_vote_a_person")]
        triggers = [
            pgtrigger.Protect(name="vote_insert_only", operation=pgtrigger.Update | pgtrigger.Delete),
            never_truncated("vote_never_truncated"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_outcome_display()}"


class HoldQuerySet(models.QuerySet["Hold"]):
    """Sets of holds."""

    def standing(self) -> Self:
        """Those not withdrawn by a correction."""
        return self.filter(corrected_at__isnull=True)

    def open(self) -> Self:
        """Those that have no last day yet."""
        return self.standing().filter(ends_on__isnull=True)


class Hold(models.Model):
    """A suspension of a case from a day to a day, both inclusive, with a coded reason; internal deadlines stop."""

    class Reason(models.TextChoices):
        ILLNESS = "illness", _("illness")
        CARE = "care", _("care of a relative")
        FAMILY = "family", _("family matters")
        DOCUMENTS = "documents", _("waiting for documents")
        JUSTICE = "justice", _("court or custody")
        OTHER = "other", _("another reason")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holds")
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=200, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField(
        null=True, blank=True, help_text="When a correction withdrew it; it counts no more."
    )
    corrected_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="hold_order"
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(ends_on__isnull=True, corrected_at__isnull=True),
                name="one_open_hold_a_case",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.get_reason_display()}"


class Extension(models.Model):
    """More time for one item: how much, why, who asked for it, who gave it; one that nobody has given is a request."""

    item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="extensions")
    working_days = models.PositiveSmallIntegerField(_("working days"))
    reason = models.CharField(_("reason"), max_length=200)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(null=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("extension of a deadline")
        verbose_name_plural = _("extensions of deadlines")
        constraints = [
            models.CheckConstraint(
                condition=Q(given_by__isnull=True, given_at__isnull=True, asked_by__isnull=False)
                | Q(given_by__isnull=False, given_at__isnull=False),
                name="extension_is_asked_for_or_given",
            ),
            models.CheckConstraint(
                condition=Q(given_by__isnull=True) | Q(asked_by__isnull=True) | ~Q(given_by=F("asked_by")),
                name="extension_is_not_given_to_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} +{self.working_days}"


class Draft(models.Model):
    """A half-filled form of one person on one item, sealed; gone when the form is sent on."""

    item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="one_draft_a_person")]

    def __str__(self) -> str:
        return f"{self.item}"


class Presence(models.Model):
    """Somebody has an item open; the page says so to the others."""

    item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="one_presence_a_person")]

    def __str__(self) -> str:
        return f"{self.user}"


class Reminder(models.Model):
    """A rung of the escalation ladder that was sent for an item: once each."""

    class Rung(models.TextChoices):
        OWNER = "owner", _("the owner was reminded")
        SUPERVISOR = "supervisor", _("the supervisor was reminded")

    item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="reminders")
    rung = models.CharField(max_length=10, choices=Rung.choices)
    due = models.DateField(help_text="The deadline it was sent for: a moved deadline starts the ladder anew.")
    sent_at = models.DateTimeField()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [models.UniqueConstraint(fields=["item", "rung", "due"], name="a_rung_once_a_deadline")]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_rung_display()}"


class HandoverQuerySet(models.QuerySet["Handover"]):
    """Sets of handovers."""

    def delegations_in_force(self) -> Self:
        """Those by which somebody handed work to whoever has it now, and has had it ever since."""
        still = Q(to_user=F("item__owner"), at=F("item__assigned"), item__finished__isnull=True)
        return self.filter(still, why=Handover.Why.DELEGATED)


class Handover(models.Model):
    """Work that passed from one person to another or back to the queue, and why; work never changes hands unseen."""

    class Why(models.TextChoices):
        DELEGATED = "delegated", _("handed over")
        ASSIGNED = "assigned", _("the role on the case was given to somebody else")
        GONE = "gone", _("the owner has left")
        AWAY = "away", _("the owner is away, and nobody stands in")
        BACK = "back", _("handed back")

    item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="handovers")
    from_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    to_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    why = models.CharField(max_length=9, choices=Why.choices)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")

    def __str__(self) -> str:
        return f"{self.item}: {self.get_why_display()}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Sets of notices."""

    def waiting(self) -> Self:
        """Those that no mail has taken yet."""
        return self.filter(settled=False)


class Notice(models.Model):
    """Something that happened about a person's work; a mail takes what waits for them, each notice once."""

    class Event(models.TextChoices):
        ASSIGNED = "assigned", _("given to you")
        RETURNED = "returned", _("returned to you")
        DECIDED = "decided", _("decided, as you asked")
        MENTIONED = "mentioned", _("you were mentioned")
        DUE = "due", _("due")
        OVERDUE = "overdue", _("overdue")
        OUTDATED = "outdated", _("what you asked for is not possible any more")
        TAKEN_BACK = "taken_back", _("a move was taken back")
        EMERGENCY = "emergency", _("emergency access to a case")
        STUCK = "stuck", _("nobody is there who may decide")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices", db_index=False)
    event = models.CharField(max_length=10, choices=Event.choices)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(WorkItem, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    settled = models.BooleanField(default=False, help_text="A mail has taken it, or the person wants none.")
    mail = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="notices")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [models.Index(fields=["user", "id"], name="notice_waiting", condition=Q(settled=False))]

    def __str__(self) -> str:
        return f"{self.get_event_display()}: {self.case_id}"
