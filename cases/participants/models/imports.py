"""A workbook of participants on its way in: uploaded, checked, confirmed, taken row by row."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.participants.stages import Stage
from cases.secrets import EncryptedJSONField
from cases.storage import Vault, random_name
from roles.models import Organisation, User
from roles.role import Role
from workflows.models import Programme
from workflows.standing import Standing

#: How long an uploaded workbook is kept once nothing more is to be done with it.
KEPT_FOR = timedelta(days=30)


class ImportQuerySet(models.QuerySet["ParticipantImport"]):
    """Sets of imports."""

    def visible_to(self, user: User) -> Self:
        """Those of organisations for which I register or approve people."""
        scopes = Standing.of(user, timezone.localdate()).reach
        mine = {organisation for role, organisation in scopes if role in IMPORTERS}
        return self.filter(organisation__in=mine)


IMPORTERS = frozenset({Role.ANIMATOR, Role.COORDINATOR, Role.SUPERVISOR})


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
    name = models.CharField(_("name of the file"), max_length=200)
    mapping = models.JSONField(_("columns"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.UPLOADED)
    refusal = models.CharField(_("why it cannot be read"), max_length=300, blank=True)
    unknown_columns = models.JSONField(default=list)
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
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> int:
        """How much of it is done."""
        return 100 * self.done_rows // self.rows if self.rows else 0

    @property
    def needs_approval(self) -> bool:
        """People already in support come in only when the supervisor has approved the batch."""
        return bool(self.taken_over) and self.approved_by_id is None

    def kept_until(self) -> datetime | None:
        """When its file is deleted; None while it is needed."""
        return self.finished_at + KEPT_FOR if self.finished_at else None


class ImportProblem(models.Model):
    """One thing wrong with one cell; what identifies a person is masked, the rest sealed."""

    batch = models.ForeignKey(ParticipantImport, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=200)
    value: Any = EncryptedJSONField(_("value"))
    reason = models.CharField(max_length=300)
    filled_in = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("problem of an import")
        verbose_name_plural = _("problems of imports")
        ordering = ("row", "pk")

    def __str__(self) -> str:
        return f"{self.row}: {self.column}"
