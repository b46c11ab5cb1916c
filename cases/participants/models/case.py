"""The participant's case."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import EntryData, Person
from cases.participants.facts import open_appeals_of, places_of, repeats_of
from cases.participants.grounds import grounds_of
from cases.participants.lifecycle import ParticipantLifecycle
from cases.participants.models.facts import Plan
from cases.participants.panels import events_of, evidence_of, panels_of
from cases.participants.plans import plan_in_force
from cases.participants.stages import LeavingOutcome, Stage, WithdrawalReason
from roles.models import User
from workflows.lifecycle import Move
from workflows.models import Case
from workflows.panels import Event, Evidence, Panel


class ParticipantCase(ParticipantLifecycle, Case):  # type: ignore[misc]  # the lifecycle comes first: its moves
    """One person's participation: from first contact to six months after leaving."""

    prefix = "U"
    kind = "participant"
    stages = Stage
    path = (Stage.RECRUITMENT, Stage.PRE_INCUBATION, Stage.INCUBATION, Stage.GRADUATED, Stage.CLOSED)
    supported = (Stage.PRE_INCUBATION, Stage.INCUBATION)
    computed_facts = {"places": places_of, "repeats": repeats_of, "open_appeals": open_appeals_of}

    class Participation(models.TextChoices):
        PARTICIPANT = "participant", _("participant")
        SUPPORTING = "supporting", _("supporting member")

    class Source(models.TextChoices):
        ANIMATOR = "animator", _("registered by the animator")
        APPLICATION = "application", _("own application")
        REFERRAL = "referral", _("referral")
        IMPORT = "import", _("import")

    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.PROTECT, related_name="participations"
    )
    participation = models.CharField(
        _("takes part as"), max_length=11, choices=Participation.choices, default=Participation.PARTICIPANT
    )
    source = models.CharField(_("came by"), max_length=11, choices=Source.choices, default=Source.ANIMATOR)
    came_with = models.ForeignKey(
        "ParticipantImport",
        verbose_name=_("came with the import"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="cases",
    )
    referred_by = models.CharField(_("referred by"), max_length=120, blank=True)
    admitted_on = models.DateField(_("admitted on"), null=True, blank=True)
    left_on = models.DateField(_("last day of participation"), null=True, blank=True)
    leaving = models.CharField(_("leaves with"), max_length=15, choices=LeavingOutcome.choices, blank=True)
    exit_reason = models.CharField(_("reason for leaving"), max_length=15, blank=True)

    class Meta:
        verbose_name = _("participant's case")
        verbose_name_plural = _("participants' cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(left_on__isnull=True)
                | Q(admitted_on__isnull=True)
                | Q(left_on__gte=models.F("admitted_on")),
                name="participant_left_after_admission",
            ),
        ]

    @property
    def needs_criterion(self) -> bool:
        """A supporting member (a student or graduate in a mixed group) needs no criterion of art. 2(6)."""
        return self.participation == self.Participation.PARTICIPANT

    @property
    def contacts_are_stopped(self) -> bool:
        """After a death nothing is sent to the person any more, nor asked of them, on whichever of their cases."""
        return self.exit_reason == WithdrawalReason.DEATH or self.person.died_on is not None

    @property
    def age_at_start(self) -> int | None:
        """The age in whole years on the day participation started; None while either day is unknown."""
        entry: EntryData | None = getattr(self, "entry_data", None)
        return self.person.age_on(entry.starts_on) if entry is not None and entry.starts_on else None

    @property
    def plan_in_force(self) -> Plan | None:
        """The version of the plan that was approved last; None before that."""
        return plan_in_force(self.plans.all(), self.stage_changes.all())

    def evidence_for(self, move: Move) -> list[Evidence]:
        """What shows that the conditions of a move hold."""
        return evidence_of(self, move)

    def grounds_for(self, move: Move) -> list[Evidence]:
        """What was found, said and proposed: what an approver decides on."""
        return grounds_of(self, move)

    def panels(self, user: User) -> list[Panel]:
        """The person, the support, what was agreed, papers and talk."""
        return panels_of(self, user)

    def events(self, user: User, before: datetime, limit: int) -> list[Event]:
        """Documents, notes, comments, sessions, reviews, plans, and facts that were corrected."""
        return events_of(self, user, before, limit)
