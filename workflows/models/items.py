"""Work items: one thing for a role or a person to do, and the timers between them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import AbstractTask
from viewflow.workflow.status import STATUS

from roles.models import Mandate, Organisation, Scope, Territory, User, absent_people_of, scopes_below
from roles.prepared import Prepared
from roles.role import ONLY_READS, READS_CASES, Role
from workflows.deadlines import Term
from workflows.models.cases import Case, within
from workflows.models.grants import CaseGrant
from workflows.unit import keep_in_unit, links_in_unit

if TYPE_CHECKING:
    from workflows.models.work import Vote

OPEN = (STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED)
HUMAN = "HUMAN"


class WorkItemQuerySet(models.QuerySet["WorkItem"]):
    """Sets of work items."""

    def human(self) -> Self:
        """Those that people do; the rest are timers, joins and jobs."""
        return self.filter(flow_task_type=HUMAN)

    def open(self) -> Self:
        """Waiting to be done."""
        return self.filter(finished__isnull=True)

    def unclaimed(self) -> Self:
        """Open, and nobody's yet."""
        return self.filter(status=STATUS.NEW)

    def visible_to(self, user: User, at: datetime | None = None) -> Self:
        """Items of the cases that the person may read."""
        return self.human().filter(process__in=Case.objects.visible_to(user, at))

    def inbox_of(self, user: User, on: date | None = None) -> Self:
        """What the person owns and may read today, and what those own whom the person stands in for, where the person works."""
        return self.held_by(Sight(user, on or timezone.localdate()))

    def held_by(self, sight: "Sight") -> Self:
        """What the person has to do, for themselves or for somebody away."""
        return self.human().open().filter(sight.held, owner_id__in=sight.selves)

    def queue_for(self, user: User, on: date | None = None) -> Self:
        """What the person may take or vote on: open, within a mandate in force, nothing they asked for or gave evidence to."""
        on = on or timezone.localdate()
        free = self.human().unclaimed().in_scopes(working_scopes_of(user, on))
        return free.not_barred_to(user, on).without_vote_of(user)

    def in_scopes(self, scopes: list[Scope]) -> Self:
        """Items for the role, organisation and territory of one of the scopes."""
        condition = Q(pk__in=[])
        for scope in scopes:
            condition |= within([scope]) & Q(role=scope.role)
        return self.filter(condition)

    def not_barred_to(self, user: User, on: date) -> Self:
        """Without approvals of what the person, or somebody they stand in for, asked for or gave evidence to."""
        return self.not_barred_to_any({user.pk} | absent_people_of(user, on))

    def not_barred_to_any(self, keys: Collection[int]) -> Self:
        """Without approvals that one of these people may not decide."""
        return self.exclude(barred__overlap=sorted(keys))

    def without_vote_of(self, user: User) -> Self:
        """Without decisions of several people on which the person has voted."""
        return self.exclude(quorum__gt=1, votes__user=user)

    def awake(self, on: date) -> Self:
        """Without what was put off to a later day."""
        return self.filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=on))

    def overdue(self, on: date) -> Self:
        """Due before that day."""
        return self.filter(due__lt=on)

    def oldest_first(self) -> Self:
        """By deadline."""
        return self.order_by("due", "pk")


def working_scopes_of(user: User, on: date) -> list[Scope]:
    """The scopes in which the person may act, not merely read."""
    return Sight(user, on).scopes


@dataclass(frozen=True)
class Sight:
    """What a person sees of the work on a day. What it rests on is asked for once: whom they stand in for, and their scopes."""

    user: User
    on: date

    @cached_property
    def selves(self) -> list[int]:
        """The keys under which the person counts: their own and those they stand in for."""
        return sorted({self.user.pk} | absent_people_of(self.user, self.on))

    @cached_property
    def scopes(self) -> list[Scope]:
        """Where the person may act."""
        return [scope for scope in self.reads if scope.role not in ONLY_READS]

    @cached_property
    def at(self) -> datetime:
        """The moment at which the person looks: which grants are in force."""
        return timezone.now()

    @cached_property
    def seen(self) -> Q:
        """The condition on items of the cases that the person may read: `visible_to`, for scopes that are known already."""
        return within(self.scopes) | self._looked_at

    @cached_property
    def held(self) -> Q:
        """The condition on items in somebody's hands: one's own where one reads, a stand-in's where one works oneself."""
        return within(self.scopes) | (Q(owner=self.user.pk) & self._looked_at)

    @cached_property
    def reads(self) -> list[Scope]:
        """Where the person may read."""
        return scopes_below(_mandates_to_read([self.user.pk], self.on))

    @cached_property
    def _looked_at(self) -> Q:
        """Where the person reads and does not act: as an auditor, or by a grant in force."""
        granted = CaseGrant.objects.in_force(self.at).filter(user=self.user.pk, user__is_active=True)
        looks = [scope for scope in self.reads if scope.role in ONLY_READS]
        return within(looks) | Q(process__in=granted.values("content_object"))


_mandates_to_read = Prepared(
    lambda keys, on: (
        Mandate.objects.of(*(User(pk=key) for key in keys))
        .in_force(on)
        .as_role(*READS_CASES)
        .values_list("role", "organisation_id", "territory_id", "territory__path")
    )
)


class WorkItem(AbstractTask):
    """A node of a case's workflow that has been reached: work, an approval, or a timer that waits."""

    class Priority(models.IntegerChoices):
        LOW = -1, _("low")
        NORMAL = 0, _("normal")
        HIGH = 1, _("high")

    # viewflow's columns, without the indexes and the permissions that we do not use
    status = models.CharField(_("state"), max_length=9, choices=STATUS.choices, default=STATUS.NEW)
    created = models.DateTimeField(_("created"), default=timezone.now)
    scheduled = models.DateTimeField(_("scheduled"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="work_items",
    )
    external_task_id = None
    owner_permission = None
    owner_permission_content_type = None
    owner_permission_obj_pk = None

    process = models.ForeignKey(
        Case, verbose_name=_("case"), db_column="case_id", on_delete=models.PROTECT, related_name="task_set"
    )
    node = models.CharField(_("task"), max_length=60)
    title_text = models.CharField(
        _("what is to be done"), max_length=200, blank=True, help_text=_("For items made by hand.")
    )
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(_("for"), max_length=30, choices=Role.choices, blank=True)
    priority = models.SmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    due = models.DateField(_("due"), null=True, blank=True)
    anchor = models.DateField(_("counted from"), null=True, blank=True)
    term = models.CharField(max_length=40, blank=True)
    snoozed_until = models.DateField(_("put off until"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=30, blank=True)
    note = models.TextField(_("note"), blank=True)
    move = models.CharField(max_length=40, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("on behalf of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    barred = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="Who may not decide it.")
    effective_on = models.DateField(_("takes effect on"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=30, blank=True)
    quorum = models.PositiveSmallIntegerField(default=1)
    host = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="timers", db_index=False
    )
    round = models.PositiveSmallIntegerField(default=1, help_text="Which time a recurring timer waits for.")
    then = models.CharField(
        max_length=60, blank=True, help_text="After a task made by hand: the node at which the flow goes on."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    #: Whether somebody has a half-filled form on it; known of items in a unit of work.
    has_drafts = False

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("work item")
        verbose_name_plural = _("work items")
        indexes = [
            models.Index(
                fields=["organisation", "role", "territory", "due", "id"],
                name="item_queue_narrow",
                condition=Q(status="NEW", flow_task_type=HUMAN),
            ),
            models.Index(
                fields=["organisation", "role", "due", "id"],
                name="item_queue_wide",
                condition=Q(status="NEW", flow_task_type=HUMAN),
            ),
            models.Index(fields=["owner", "due", "id"], name="item_inbox", condition=Q(finished__isnull=True)),
            models.Index(
                fields=["due", "id"], name="item_due", condition=Q(finished__isnull=True, flow_task_type=HUMAN)
            ),
            models.Index(
                fields=["asked_by", "due", "id"],
                name="item_asked",
                condition=Q(finished__isnull=True, asked_by__isnull=False),
            ),
            models.Index(fields=["scheduled"], name="item_scheduled", condition=Q(status="SCHEDULED")),
            models.Index(fields=["owner", "-finished"], name="item_done_by", condition=Q(finished__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(flow_task_type=HUMAN) | (~Q(role="") & Q(due__isnull=False)),
                name="item_human_has_role_and_deadline",
            ),
            models.CheckConstraint(
                condition=Q(finished__isnull=True) | ~Q(status__in=["NEW", "ASSIGNED", "STARTED", "SCHEDULED"]),
                name="item_finished_is_not_open",
            ),
            models.CheckConstraint(
                condition=~Q(status="ASSIGNED") | Q(owner__isnull=False), name="item_assigned_has_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node} #{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Be kept by the unit of work, which writes all items at once; outside one, refuse."""
        keep_in_unit(self)

    def get_absolute_url(self) -> str:
        return reverse("workflows:item", args=[self.pk])

    @property
    def case(self) -> Case:
        """The case that it belongs to."""
        return self.process

    @property
    def label(self) -> str:
        """What is to be done, in the reader's language."""
        return self.title_text or str(self.flow_task.task_title if self.flow_task else self.node)

    @property
    def is_open(self) -> bool:
        """Still to be done."""
        return self.finished is None

    @cached_property
    def ledger(self) -> "list[Vote]":
        """Every vote so far where several people decide, those of the running unit included."""
        return list(self.votes.all()) if self.quorum > 1 and self.pk else []

    @property
    def is_statutory(self) -> bool:
        """Whether the deadline is set by law or by the grant: nothing moves it."""
        term = self.deadline_term
        return term is not None and term.is_statutory

    @property
    def deadline_term(self) -> Term | None:
        """How long it may take, counted from `anchor`."""
        return Term.parse(self.term) if self.term else None


# Django copies an abstract base's generic foreign key even where its columns are hidden.
WorkItem._meta.private_fields.clear()
WorkItem.owner_permission_obj = None
WorkItem.previous = links_in_unit(WorkItem.previous)
