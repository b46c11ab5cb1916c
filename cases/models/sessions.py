"""Sessions: one mechanism for one person or a group, and what the recipients say of them."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cases.models.base import CaseFactQuerySet, Fact, Recorded
from cases.secrets import EncryptedJSONField, EncryptedTextField
from roles.models import Organisation, User
from workflows.models import Case


class SessionQuerySet(models.QuerySet["Session"]):
    """Sets of sessions."""

    def visible_to(self, user: User, at: datetime | None = None) -> Self:
        """Those that a case I may read takes part in, whoever leads them."""
        return self.filter(pk__in=Attendance.objects.visible_to(user, at).values("session"))

    def led_by(self, user: User) -> Self:
        """Those that somebody leads."""
        return self.filter(leader=user)

    def planned(self) -> Self:
        """Those still to come, or waiting to be written up."""
        return self.filter(status=Session.Status.PLANNED)

    def held(self) -> Self:
        """Those that took place."""
        return self.filter(status=Session.Status.HELD)

    def between(self, start: datetime, end: datetime) -> Self:
        """Those that start in this half-open span of time."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Session(Recorded):
    """A training, a piece of advice or another meeting, for one person or many."""

    class Kind(models.TextChoices):
        TRAINING = "training", _("training")
        ADVICE = "advice", _("advice")
        PSYCHOLOGIST = "psychologist", _("psychological support")
        MENTORING = "mentoring", _("mentoring")

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        HELD = "held", _("held")
        NO_SHOW = "no_show", _("nobody came")
        CANCELLED = "cancelled", _("cancelled")

    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), on_delete=models.PROTECT, related_name="sessions"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    status = models.CharField(_("state"), max_length=9, choices=Status.choices, default=Status.PLANNED)
    topic = models.CharField(_("topic"), max_length=200, blank=True)
    starts_at = models.DateTimeField(_("starts at"))
    hours = models.DecimalField(
        _("hours"),
        max_digits=4,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.25")), MaxValueValidator(24)],
    )
    place = models.CharField(_("venue"), max_length=120, blank=True)
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("led by"), on_delete=models.PROTECT, related_name="sessions"
    )
    cancelled_because = models.CharField(_("reason of the cancellation"), max_length=200, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints = [
            models.CheckConstraint(condition=Q(hours__gt=0, hours__lte=24), name="session_hours_of_a_day"),
            models.CheckConstraint(
                condition=(Q(status="cancelled") & ~Q(cancelled_because=""))
                | (~Q(status="cancelled") & Q(cancelled_because="")),
                name="session_cancelled_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["leader", "-starts_at"], name="session_leader"),
            models.Index(fields=["organisation", "-starts_at"], name="session_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {date_format(timezone.localtime(self.starts_at), 'SHORT_DATETIME_FORMAT')}"


class AttendanceQuerySet(CaseFactQuerySet["Attendance"]):
    """Sets of attendances."""

    def counting(self) -> Self:
        """Those whose hours count: the person was there, and has not said that it did not happen."""
        return self.filter(present=True).exclude(confirmation=Attendance.Confirmation.DISPUTED)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class Attendance(models.Model):
    """One case's part in a session: present or not, and whether the recipient confirms it."""

    class Confirmation(models.TextChoices):
        NOT_ASKED = "not_asked", _("not asked for yet")
        ASKED = "asked", _("asked for")
        CONFIRMED = "confirmed", _("confirmed")
        DISPUTED = "disputed", _("it did not happen")

    class Method(models.TextChoices):
        SMS = "sms", _("one-time code by SMS")
        EMAIL = "email", _("one-time code by e-mail")
        DRAWN = "drawn", _("signature on screen")
        TYPED = "typed", _("name typed on screen")
        CARD = "card", _("scanned card")

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="attendances")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attendances")
    present = models.BooleanField(_("present"), null=True, blank=True)
    hours = models.DecimalField(
        _("hours, if fewer"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.25"))],
    )
    confirmation = models.CharField(
        _("confirmation"), max_length=9, choices=Confirmation.choices, default=Confirmation.NOT_ASKED
    )
    method = models.CharField(_("way of confirming"), max_length=5, choices=Method.choices, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    witnessed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("in the presence of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    card = models.ForeignKey(
        "cases.Document",
        verbose_name=_("scanned card"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    complaint = models.CharField(_("what the person says"), max_length=500, blank=True)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.UniqueConstraint(fields=["session", "case"], name="attendance_once_a_session"),
            models.CheckConstraint(
                condition=Q(confirmation="not_asked") | Q(present=True), name="attendance_confirmed_when_present"
            ),
            models.CheckConstraint(
                condition=Q(confirmation__in=["confirmed", "disputed"], answered_at__isnull=False)
                | Q(confirmation__in=["not_asked", "asked"], answered_at__isnull=True),
                name="attendance_answered_when_it_was",
            ),
            models.CheckConstraint(
                condition=~Q(confirmation="confirmed") | ~Q(method=""), name="attendance_confirmed_somehow"
            ),
            models.CheckConstraint(
                condition=~Q(confirmation="confirmed", method="card") | Q(card__isnull=False),
                name="attendance_card_is_there",
            ),
            models.CheckConstraint(
                condition=Q(hours__isnull=True) | Q(present=True, hours__gt=0), name="attendance_hours_when_present"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}"

    @property
    def is_signed(self) -> bool:
        """Whether the recipient signed on the screen, drawn or typed."""
        return self.method in {self.Method.DRAWN, self.Method.TYPED}

    @property
    def counted_hours(self) -> Decimal:
        """The hours that count for this case: its own, else the session's; none unless present and undisputed."""
        if not self.present or self.confirmation == self.Confirmation.DISPUTED:
            return Decimal(0)
        return self.session.hours if self.hours is None else self.hours


class AttendanceFactQuerySet(CaseFactQuerySet[Fact]):
    """Facts that hang on an attendance."""

    case_path: ClassVar[str] = "attendance__case"


class ConfirmationCode(models.Model):
    """A one-time code sent to the recipient; it is stored nowhere, but computed from a secret key and the salt."""

    class Channel(models.TextChoices):
        SMS = "sms", _("by SMS")
        EMAIL = "email", _("by e-mail")

    attendance = models.ForeignKey(Attendance, on_delete=models.CASCADE, related_name="codes")
    channel = models.CharField(max_length=5, choices=Channel.choices)
    address = EncryptedTextField(null=False, blank=False)
    salt = models.CharField(max_length=32, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)

    objects = AttendanceFactQuerySet["ConfirmationCode"].as_manager()

    class Meta:
        verbose_name = _("confirmation code")
        verbose_name_plural = _("confirmation codes")
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("asked_at")), name="code_expires_later"),
        ]

    def __str__(self) -> str:
        return f"{self.attendance}"


class Signature(models.Model):
    """What the recipient drew or typed on the screen, kept as evidence."""

    attendance = models.OneToOneField(Attendance, on_delete=models.PROTECT, related_name="signature")
    strokes = EncryptedJSONField(_("drawn"))
    typed = EncryptedTextField(_("typed"))
    signed_at = models.DateTimeField()

    objects = AttendanceFactQuerySet["Signature"].as_manager()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [
            models.CheckConstraint(
                condition=Q(strokes__isnull=False, typed__isnull=True) | Q(strokes__isnull=True, typed__isnull=False),
                name="signature_drawn_or_typed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attendance}"
