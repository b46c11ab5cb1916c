"""What goes with a work item: votes, drafts of half-filled forms, extensions, comments of presence."""

from datetime import datetime
from typing import ClassVar, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Left, Length
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from roles.models import Mandate, User
from roles.role import READS_CASES
from workflows.models.cases import Case
from workflows.models.grants import CaseGrant
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


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Hold(models.Model):
    """A suspension of a case from a day to a day, both inclusive, with a coded reason; internal deadlines stop."""

    class Reason(models.TextChoices):
        ILLNESS = "illness", _("illness")
        CARE = "care", _("care of a relative")
        FAMILY = "family", _("family matters")
        DOCUMENTS = "documents", _("waiting for documents")
        JUSTICE = "justice", _("court or custody")
        OTHER = "other", _("another reason")

    #: Reasons that tell of health or of the courts; `workflows.reasons` knows who reads them.
    SENSITIVE: ClassVar[frozenset[str]] = frozenset({Reason.ILLNESS, Reason.JUSTICE})

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


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
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


class PageDraft(models.Model):
    """A half-filled form of one person on a page that is no work item, sealed; gone when the form is sent on, or in time."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    page = models.CharField(max_length=60)
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("draft of a page")
        verbose_name_plural = _("drafts of pages")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "case"], nulls_distinct=False, name="one_draft_a_page_and_case"
            )
        ]

    def __str__(self) -> str:
        return self.page


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
        RELEASED = "released", _("put back for others to take")
        UNDONE = "undone", _("work on many tasks was undone")
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
        triggers = [pgtrigger.Protect(name="handover_never_edited", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_why_display()}"


class Pace(models.TextChoices):
    """How a notice reaches a person; the values are those of `User.notify`, which holds where nothing else was chosen."""

    AT_ONCE = "at_once", _("at once")
    DAILY = "daily", _("in the daily digest")
    NEVER = "never", _("only here")


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Sets of notices."""

    def waiting(self) -> Self:
        """Those that no mail has taken yet."""
        return self.filter(settled=False)

    def at_pace(self, *paces: str) -> Self:
        """Those that reach their person so: as they chose for the event, else for all; an emergency is mailed in any case."""
        chosen = NoticeChoice.objects.filter(user=OuterRef("user"), event=OuterRef("event")).values("pace")[:1]
        wish = Coalesce(Subquery(chosen), "user__notify", output_field=models.CharField())
        is_silent = Q(event=Notice.Event.EMERGENCY, wish=Pace.NEVER)
        told = models.Case(models.When(is_silent, then=models.Value(Pace.AT_ONCE.value)), default="wish")
        return self.alias(wish=wish).alias(told=told).filter(told__in=paces)

    def of(self, user: User) -> Self:
        """Those that were left for the person."""
        return self.filter(user=user)

    def of_readable(self, user: User, at: datetime | None = None) -> Self:
        """Those of cases that the person may still read; an emergency is told of without its case."""
        return self.filter(Q(event=Notice.Event.EMERGENCY) | Q(case__in=Case.objects.visible_to(user, at)))

    def unread(self) -> Self:
        """Those that the person has not read yet."""
        return self.filter(read_at__isnull=True)

    def newest_first(self) -> Self:
        """In the order they came, the latest first."""
        return self.order_by("-pk")


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
        FINISHED = "finished", _("long work is over")
        MOVED = "moved", _("a case that you watch has moved")
        COMMENTED = "commented", _("a comment on a case that you watch")
        STUCK = "stuck", _("nobody is there who may decide")
        DISPUTED = "disputed", _("a participant says that a session did not happen")
        PLACE_FREE = "place_free", _("a place in the programme has come free")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices", db_index=False)
    event = models.CharField(max_length=10, choices=Event.choices)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(WorkItem, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    link = models.CharField(max_length=200, blank=True, help_text="Where it leads when it is not about a case.")
    at = models.DateTimeField()
    settled = models.BooleanField(default=False, help_text="A mail has taken it, or the person wants none.")
    mail = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="notices")
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["user", "id"], name="notice_waiting", condition=Q(settled=False)),
            models.Index(fields=["user", "-id"], name="notice_of_person"),
            models.Index(fields=["user", "case"], name="notice_unread", condition=Q(read_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=False, link="") | (Q(case__isnull=True) & ~Q(link="")),
                name="notice_of_a_case_or_a_link",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_event_display()}: {self.case_id or self.link}"

    def get_absolute_url(self) -> str:
        """What it is about: the work item, else the case; the list of emergencies for an emergency."""
        if self.event == self.Event.EMERGENCY:
            return reverse("workflows:emergencies")
        return self.item.get_absolute_url() if self.item else self.case.get_absolute_url() if self.case else self.link


class NoticeChoice(models.Model):
    """How a person wants to be told of one event; of the others they are told as `User.notify` says."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notice_choices")
    event = models.CharField(max_length=10, choices=Notice.Event.choices)
    pace = models.CharField(_("how"), max_length=7, choices=Pace.choices)

    class Meta:
        verbose_name = _("choice about notices")
        verbose_name_plural = _("choices about notices")
        constraints = [
            models.UniqueConstraint(fields=["user", "event"], name="notice_choice_once_an_event"),
            models.CheckConstraint(condition=~Q(event="emergency", pace="never"), name="notice_of_emergency_is_mailed"),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_display()}: {self.get_pace_display()}"


class CaseWatchQuerySet(models.QuerySet["CaseWatch"]):
    """Sets of watches."""

    def who_may_read(self, at: datetime) -> Self:
        """Those whose person may read the case at that moment: `Case.objects.visible_to`, asked the other way round."""
        covering = Left(OuterRef("case__territory__path"), Length("territory__path"))
        mandates = Mandate.objects.in_force(localdate(at)).as_role(*READS_CASES)
        by_mandate = mandates.filter(
            user=OuterRef("user"), organisation=OuterRef("case__organisation"), territory__path=covering
        )
        by_grant = CaseGrant.objects.in_force(at).filter(user=OuterRef("user"), content_object=OuterRef("case"))
        return self.filter(Exists(by_mandate) | Exists(by_grant), user__is_active=True)


class CaseWatch(models.Model):
    """Somebody wants to be told of what happens on a case; it opens nothing to them."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="case_watches", db_index=False
    )
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="watches")
    since = models.DateTimeField()

    objects = CaseWatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("watch on a case")
        verbose_name_plural = _("watches on cases")
        constraints = [models.UniqueConstraint(fields=["user", "case"], name="watch_once_a_case")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.case_id}"
