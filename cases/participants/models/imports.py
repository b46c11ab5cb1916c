"""A workbook of participants on its way in: uploaded, checked, confirmed, taken row by row."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Count, Max, Min, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.participants.stages import Stage
from cases.secrets import EncryptedJSONField, EncryptedTextField
from cases.storage import Vault, random_name
from cases.workbook import because
from roles.models import Organisation, Territory, User
from roles.role import Role
from workflows.models import Job, Programme
from workflows.standing import Standing

#: How long an uploaded workbook is kept once nothing more is to be done with it.
KEPT_FOR = timedelta(days=30)

POWIATS = (Territory.Level.POWIAT, Territory.Level.CITY_POWIAT)
UPLOADERS = frozenset({Role.ANIMATOR, Role.COORDINATOR})
APPROVERS = frozenset({Role.SUPERVISOR})
IMPORTERS = UPLOADERS | APPROVERS


def powiats_of(user: User, roles: Collection[Role], at: datetime | None = None) -> dict[int, list[str]]:
    """By organisation, the codes of the powiats that the person's mandates in these roles cover."""
    paths: dict[int, tuple[str, ...]] = {}
    for (role, organisation), some in Standing.of(user, timezone.localdate(at)).reach.items():
        if role in roles:
            paths[organisation] = paths.get(organisation, ()) + some
    if not paths:
        return {}
    codes = set(Territory.objects.filter(level__in=POWIATS).values_list("code", flat=True))
    return {key: [code for code in codes if Territory.path_of(code).startswith(some)] for key, some in paths.items()}


class ImportQuerySet(models.QuerySet["ParticipantImport"]):
    """Sets of imports."""

    def visible_to(self, user: User, at: datetime | None = None) -> Self:
        """Those whose people I register or approve."""
        return self.open_to(user, IMPORTERS, at)

    def open_to(self, user: User, roles: Collection[Role], at: datetime | None = None) -> Self:
        """Those whose every powiat my mandates in these roles cover; of the others my own, as long as no powiat is known."""
        mine = Q(pk__in=[])
        for organisation, codes in powiats_of(user, roles, at).items():
            known = Q(powiats__len__gt=0, powiats__contained_by=codes)
            mine |= Q(organisation=organisation) & (known | Q(powiats=[], uploaded_by=user))
        return self.filter(mine)

    def waiting_for(self, user: User) -> Self:
        """Those that go no further before I decide or confirm."""
        state = ParticipantImport.State
        if not self.filter(Q(state=state.WAITING) | Q(state=state.CHECKED, uploaded_by=user)).exists():
            return self.none()
        to_approve = self.open_to(user, APPROVERS).exclude(Q(uploaded_by=user) | Q(confirmed_by=user))
        waits = Q(state=state.WAITING, pk__in=to_approve.values("pk"))
        mine = Q(state=state.CHECKED, uploaded_by=user)
        return self.filter(waits | mine)

    def ended_since(self, at: datetime) -> Self:
        """Those that are over, lately."""
        return self.filter(finished_at__gt=at)


class ParticipantImport(models.Model):
    """One workbook; its file is sealed, and deleted after a set time."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("being checked")
        CHECKED = "checked", _("checked")
        UNREADABLE = "unreadable", _("cannot be read")
        WAITING = "waiting", _("waits for the supervisor")
        RUNNING = "running", _("being taken in")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    #: States in which a worker is at it.
    AT_WORK = frozenset({State.UPLOADED, State.RUNNING})

    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), on_delete=models.PROTECT, related_name="imports"
    )
    programme = models.ForeignKey(
        Programme, verbose_name=_("programme"), on_delete=models.PROTECT, related_name="imports"
    )
    stage = models.CharField(
        _("stage of everybody in the file"),
        max_length=20,
        choices=Stage.choices,
        blank=True,
        help_text=_("For people already in support; a column of the file goes before it."),
    )
    file = models.FileField(_("workbook"), storage=Vault(), upload_to=random_name, max_length=120, blank=True)
    to_correct = models.FileField(
        _("rows to correct"), storage=Vault(), upload_to=random_name, max_length=120, blank=True
    )
    name = models.CharField(_("name of the file"), max_length=200)
    mapping = models.JSONField(_("columns"), default=dict)
    checks = models.PositiveSmallIntegerField(default=0, help_text="How often it was given to be checked.")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.UPLOADED)
    refusal = models.CharField(_("why it cannot be read"), max_length=300, blank=True)
    refusal_filled_in = models.JSONField(default=dict)
    unknown_columns = models.JSONField(default=list, help_text="Headings that nobody knows.")
    known_columns = models.JSONField(default=list, help_text="Names of the columns that were found.")
    powiats = ArrayField(
        models.CharField(max_length=4),
        default=list,
        help_text="Codes of the powiats of the people whose rows are good.",
    )
    rows = models.PositiveIntegerField(_("rows"), default=0)
    bad_rows = models.PositiveIntegerField(_("rows with problems"), default=0)
    taken_over = models.PositiveIntegerField(_("people already in support"), default=0)
    done_rows = models.PositiveIntegerField(_("rows dealt with"), default=0)
    imported = models.PositiveIntegerField(_("cases opened"), default=0)
    already_there = models.PositiveIntegerField(_("already there"), default=0)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("uploaded by"), on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("confirmed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("takeover returned by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_because = models.CharField(_("why it was returned"), max_length=300, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("takeover approved by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of participants")
        verbose_name_plural = _("imports of participants")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("uploaded_by")),
                name="import_takeover_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("confirmed_by")),
                name="import_takeover_not_by_who_asked",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its report."""
        return reverse("participants:import_report", args=[self.pk])

    @property
    def is_at_work(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.state in self.AT_WORK

    @property
    def percent(self) -> int:
        """How much of it is done."""
        return 100 * self.done_rows // self.rows if self.rows else 0

    @property
    def good_rows(self) -> int:
        """How many rows can be taken in."""
        return self.rows - self.bad_rows

    @property
    def needs_approval(self) -> bool:
        """People already in support come in only when the supervisor has approved the batch."""
        return bool(self.taken_over) and self.approved_by_id is None

    @property
    def why_refused(self) -> str:
        """Why it cannot be read or was stopped, in the reader's language."""
        return str(because(self.refusal, **self.refusal_filled_in)) if self.refusal else ""

    @property
    def headings_to_say(self) -> list[str]:
        """Headings that the reader did not recognise by itself, whether or not somebody has said since what they are."""
        return list(dict.fromkeys([*self.mapping, *self.unknown_columns]))

    @property
    def is_given_up(self) -> bool:
        """Whether a worker should be at it, and the job was given up."""
        keys = {self.State.UPLOADED: self.check_key, self.State.RUNNING: self.take_key}
        key = keys.get(self.State(self.state))
        return key is not None and Job.objects.dead().filter(key=key).exists()

    @property
    def check_key(self) -> str:
        """The key of the job that checks it."""
        return f"check-import-{self.pk}-{self.checks}"

    @property
    def take_key(self) -> str:
        """The key of the job that takes it in."""
        return f"take-import-{self.pk}"

    @property
    def give_back_key(self) -> str:
        """The key of the job that writes the rows to correct."""
        return f"give-back-{self.pk}-{self.checks}"

    @property
    def cannot_give_back(self) -> bool:
        """Whether the job that writes the rows to correct was given up."""
        return not self.to_correct and Job.objects.dead().filter(key=self.give_back_key).exists()

    def kept_until(self) -> datetime | None:
        """When its file is deleted; None while it is needed."""
        return self.finished_at + KEPT_FOR if self.finished_at else None


class ProblemQuerySet(models.QuerySet["ImportProblem"]):
    """Sets of problems."""

    def that_refuse(self) -> Self:
        """Those for which a row does not come in."""
        return self.filter(is_warning=False)

    def warnings(self) -> Self:
        """Those of rows that come in all the same."""
        return self.filter(is_warning=True)


class ImportProblem(models.Model):
    """One thing wrong with one cell, or a warning; what identifies a person is masked, the rest sealed, special categories left out."""

    batch = models.ForeignKey(ParticipantImport, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=200)
    value: Any = EncryptedJSONField(_("value"))
    reason = models.CharField(max_length=300)
    filled_in = models.JSONField(default=dict)
    is_warning = models.BooleanField(_("warning"), default=False, help_text="The row comes in all the same.")

    objects = ProblemQuerySet.as_manager()

    class Meta:
        verbose_name = _("problem of an import")
        verbose_name_plural = _("problems of imports")
        ordering = ("row", "pk")

    def __str__(self) -> str:
        return f"{self.row}: {self.column}"

    @property
    def shown_value(self) -> str:
        """The value as the report shows it."""
        return str(self.value.open()) if self.value else ""

    @property
    def why(self) -> str:
        """The reason, in the reader's language."""
        return str(because(self.reason, **self.filled_in))


class TakeoverQuerySet(models.QuerySet["ImportedTakeover"]):
    """Sets of people to be taken over."""

    def by_stage(self) -> list[dict[str, Any]]:
        """How many at each stage, in the order of life, and since when."""
        order = Case(
            *(When(stage=stage, then=place) for place, stage in enumerate(Stage)), output_field=models.IntegerField()
        )
        found = self.order_by().values("stage").annotate(count=Count("pk"), first=Min("since"), last=Max("since"))
        return [dict(each) for each in found.order_by(order)]

    def exceptions(self) -> Self:
        """Those whose dates are odd."""
        return self.exclude(oddity="")


class ImportedTakeover(models.Model):
    """Somebody of the file who is in support already: what the supervisor lets in at which stage, since when."""

    class Oddity(models.TextChoices):  # the first two are refused by now; imports of earlier days have them
        TO_COME = "to_come", _("since a day that is still to come")
        BEFORE_START = "before_start", _("at this stage before taking part")
        BEFORE_PROGRAMME = "before_programme", _("took part before the programme began")

    batch = models.ForeignKey(ParticipantImport, on_delete=models.CASCADE, related_name="takeovers")
    row = models.PositiveIntegerField(_("row"))
    who: Any = EncryptedTextField(_("person"))
    stage = models.CharField(_("stage"), max_length=20, choices=Stage.choices)
    since = models.DateField(_("at this stage since"))
    starts_on = models.DateField(_("takes part since"))
    oddity = models.CharField(_("exception"), max_length=16, choices=Oddity.choices, blank=True)

    objects = TakeoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("person to be taken over")
        verbose_name_plural = _("people to be taken over")
        ordering = ("row", "pk")

    def __str__(self) -> str:
        return f"{self.row}: {self.get_stage_display()}"

    @property
    def name(self) -> str:
        """Whom the supervisor lets in."""
        return str(self.who.open()) if self.who else ""
