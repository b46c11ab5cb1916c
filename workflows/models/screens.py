"""What belongs to the screens: saved views, recent cases, exports, and work on many items at once."""

from datetime import date, datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from roles.models import Mandate, Organisation, User
from roles.role import READS_LOGS, Role
from workflows.models.cases import Case
from workflows.models.items import WorkItem
from workflows.models.jobs import Job


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Sets of saved views."""

    def offered_to(self, user: User) -> Self:
        """One's own, and those shared with a role that one holds today in the organisation."""
        shared = Q(pk__in=[])
        held = user.mandates.in_force(timezone.localdate()).values_list("organisation_id", "role").distinct()
        for organisation_id, role in held:
            shared |= Q(organisation_id=organisation_id, role__in=["", role])
        return self.filter(Q(owner=user, organisation=None) | shared)


class SavedView(models.Model):
    """A list with its filters under a name: one's own, or an organisation's, for one role or for all."""

    class List(models.TextChoices):
        WORK = "work", _("my work")
        CASES = "cases", _("all cases")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="saved_views")
    list = models.CharField(_("list"), max_length=5, choices=List.choices)
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(max_length=500, blank=True)
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("shared in"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(_("shared with"), max_length=30, choices=Role.choices, blank=True)
    opens_first = models.BooleanField(_("opens first"), default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(role="") | Q(organisation__isnull=False), name="view_role_in_organisation"
            ),
            models.UniqueConstraint(
                fields=["owner", "list"], condition=Q(opens_first=True, organisation=None), name="view_own_first_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "role", "list"],
                condition=Q(opens_first=True, organisation__isnull=False),
                name="view_shared_first_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        page = "workflows:inbox" if self.list == self.List.WORK else "workflows:cases"
        return f"{reverse(page)}?{self.query}&view={self.pk}"


class ListSetting(models.Model):
    """How somebody wants a list to open: which columns, in which order; what an address says goes before it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="list_settings")
    list = models.CharField(_("list"), max_length=5, choices=SavedView.List.choices)
    columns = ArrayField(models.CharField(max_length=20), verbose_name=_("columns"))
    sort = models.CharField(_("order"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("setting of a list")
        verbose_name_plural = _("settings of lists")
        constraints = [models.UniqueConstraint(fields=["user", "list"], name="list_setting_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.list}"


class RecentCase(models.Model):
    """A case that somebody has looked at lately; kept by the open page, never by a GET."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recent_cases")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("recent case")
        verbose_name_plural = _("recent cases")
        constraints = [models.UniqueConstraint(fields=["user", "case"], name="recent_case_once")]
        indexes = [models.Index(fields=["user", "-seen_at"], name="recent_case_latest")]

    def __str__(self) -> str:
        return f"{self.user}: {self.case}"


class CaseLook(models.Model):
    """When somebody last had a case before their eyes: what happened later is new to them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="looks")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("last look at a case")
        verbose_name_plural = _("last looks at cases")
        constraints = [models.UniqueConstraint(fields=["user", "case"], name="case_look_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.case}"


class ExportLogQuerySet(models.QuerySet["ExportLog"]):
    """Sets of exports."""

    def visible_to(self, user: User, on: date) -> Self:
        """Those made by anybody with a mandate, past ones too, for the organisations where the person sees the logs."""
        mine = Mandate.objects.of(user).in_force(on).as_role(*READS_LOGS).values("organisation")
        return self.filter(user__in=Mandate.objects.settled().filter(organisation__in=mine).values("user"))


class ExportLog(models.Model):
    """Somebody took a list out of the system: which filters, how many rows, when."""

    class What(models.TextChoices):
        CASES = "cases", _("list of cases")
        WORK = "work", _("my work")
        BOARD = "board", _("board")
        POWIATS = "powiats", _("figures by powiat")
        IMPORT = "import", _("rows that an import refused")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(_("list"), max_length=20, choices=What.choices)
    query = models.CharField(_("filters"), max_length=500, blank=True)
    shape = models.CharField(_("format"), max_length=4)
    rows = models.PositiveIntegerField(_("rows"))
    at = models.DateTimeField()

    objects = ExportLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")

    def __str__(self) -> str:
        return f"{self.user}: {self.what}, {self.rows}"


class BulkRunQuerySet(models.QuerySet["BulkRun"]):
    """Sets of works on many items."""

    def went_on_alone(self) -> Self:
        """Those that were not over with their first chunk: they are at work, or ended after the answer was given."""
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=models.F("started_at")))


class BulkRun(models.Model):
    """One verb on many items, done chunk by chunk: it can be left, watched, stopped, and for a while undone."""

    class Verb(models.TextChoices):
        CLAIM = "claim", _("take")
        RELEASE = "release", _("put back")
        SNOOZE = "snooze", _("put off")
        DELEGATE = "delegate", _("hand over")
        PRIORITISE = "prioritise", _("set the priority")
        DECIDE = "decide", _("decide")

    #: The verbs that an undo takes back, and for how long.
    UNDOABLE = frozenset({Verb.CLAIM, Verb.RELEASE, Verb.DELEGATE, Verb.SNOOZE, Verb.PRIORITISE})
    UNDO_WINDOW = timedelta(minutes=10)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(_("what"), max_length=10, choices=Verb.choices)
    terms = models.JSONField(default=dict, help_text="What the verb was given, as its form sent it.")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    stopped = models.BooleanField(default=False)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = BulkRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("work on many items")
        verbose_name_plural = _("works on many items")

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.started_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("workflows:bulk_run", args=[self.pk])

    @property
    def job_prefix(self) -> str:
        """What the keys of its jobs begin with."""
        return f"bulk-{self.pk}-"

    @property
    def is_given_up(self) -> bool:
        """Whether a worker should be at it, and the job was given up."""
        return self.ended_at is None and Job.objects.dead().filter(key__startswith=self.job_prefix).exists()

    def may_be_undone(self, at: datetime) -> bool:
        """Whether what it did can still be taken back."""
        if self.verb not in self.UNDOABLE or self.undone_at or self.ended_at is None:
            return False
        return at <= self.ended_at + self.UNDO_WINDOW


class BulkRow(models.Model):
    """One item of such a work: waiting, done, or refused with a sentence."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        UNDONE = "undone", _("undone")

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows")
    item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    sentence = models.TextField(blank=True)
    owner_before = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    owner_after = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    snoozed_before = models.DateField(null=True)
    priority_before = models.SmallIntegerField(null=True, choices=WorkItem.Priority.choices)

    class Meta:
        verbose_name = _("row of a work on many items")
        verbose_name_plural = _("rows of works on many items")
        constraints = [models.UniqueConstraint(fields=["run", "item"], name="bulk_row_once")]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.state}"
