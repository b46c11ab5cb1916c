"""The case: anything that moves through a lifecycle."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField
from viewflow.workflow.fields import FlowReferenceField
from viewflow.workflow.models import AbstractProcess
from viewflow.workflow.status import PROCESS

from roles.models import Organisation, Scope, Territory, User, case_scopes_of
from roles.polish import search_text, sort_key
from roles.role import Role
from workflows.facts import Facts
from workflows.lifecycle import Move, moves_of
from workflows.models.programmes import Programme

if TYPE_CHECKING:
    from workflows.panels import Event, Evidence, Panel


def within(scopes: Iterable[Scope], prefix: str = "") -> Q:
    """The condition "in one of these scopes" on a table with organisation and territory; one part for each organisation."""
    places: defaultdict[int, set[int]] = defaultdict(set)
    for scope in scopes:
        places[scope.organisation_id].update(scope.territory_ids)
    conditions = [
        Q(**{f"{prefix}organisation_id": organisation, f"{prefix}territory_id__in": sorted(territories)})
        for organisation, territories in sorted(places.items())
    ]
    return reduce(or_, conditions) if conditions else Q(pk__in=[])


class CaseQuerySet(models.QuerySet["Case"]):
    """Sets of cases."""

    def visible_to(self, user: User, at: datetime | None = None) -> Self:
        """Cases of the organisations and territories of my mandates, and those opened to me by a grant in force."""
        at = at or timezone.now()
        opened = Q(grants__user=user, grants__valid_from__lte=at, grants__expires_at__gt=at)
        if not user.is_active:
            return self.none()
        in_scope = within(case_scopes_of(user, timezone.localdate(at)))
        if user.is_superuser:  # who administers sees no case, whoever shares one
            return self.filter(in_scope)
        granted = self.model._base_manager.filter(opened).values("pk")
        return self.filter(in_scope | Q(pk__in=granted))

    def open(self) -> Self:
        """Those whose work is not finished."""
        return self.filter(finished__isnull=True)

    def matching(self, words: str) -> Self:
        """Those whose number or name begins with each of the words."""
        terms = [term for term in search_text(words).replace("/", " ").split() if term.isalnum()]
        if not terms:
            return self
        query = " & ".join(f"{term}:*" for term in terms)
        vector = SearchVector("search", config="simple")
        return self.annotate(found=vector).filter(found=SearchQuery(query, config="simple", search_type="raw"))

    def newest_first(self) -> Self:
        """By number, the latest opened first."""
        return self.order_by("-pk")


class StageHasItsRecord(pgtrigger.Trigger):
    """At commit, refuse a stage that the chain of the case does not end in."""

    name = "stage_has_its_record"
    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.UpdateOf("stage", "history_length", "history_hash")  # type: ignore[no-untyped-call]
    timing = pgtrigger.Deferred
    declare = [("now_is", "RECORD")]
    func = """
        SELECT stage, history_length, history_hash INTO now_is FROM workflows_case WHERE id = NEW.id;
        IF FOUND AND NOT EXISTS (
            SELECT 1 FROM workflows_stagechange AS change
            WHERE change.case_id = NEW.id AND change.seq = now_is.history_length
              AND change.target = now_is.stage AND change.hash = now_is.history_hash
        ) THEN
            RAISE EXCEPTION 'case %: the stage % has no record', NEW.id, now_is.stage USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    """


class Case(AbstractProcess):
    """Anything that moves through a lifecycle; it is viewflow's process and django-fsm's model in one row."""

    #: The letter that its numbers begin with, and the word for one such case; every room sets both.
    prefix: ClassVar[str] = ""
    kind: ClassVar[str] = ""
    #: Stages in the order of life, for the stepper; ends apart from the way there stand last.
    path: ClassVar[Sequence[str]] = ()
    stages: ClassVar[type[models.TextChoices]]
    #: Stages in which the case receives what the programme gives; all, where a room names none.
    supported: ClassVar[Sequence[str]] = ()
    #: Facts that are counted rather than related: a function of many cases that gives a value by key.
    computed_facts: ClassVar[Mapping[str, Callable[[Sequence[Any]], Mapping[int, Any]]]] = {}

    flow_class = FlowReferenceField(_("workflow"), max_length=100)
    status = models.CharField(_("state of the work"), max_length=8, choices=PROCESS.choices, default=PROCESS.NEW)
    created = models.DateTimeField(_("recorded"), default=timezone.now)
    number = models.CharField(_("number"), max_length=20, unique=True)
    kind_name = models.CharField(_("kind"), max_length=30)
    stage = FSMField(_("stage"), max_length=20, protected=True)
    title = models.CharField(_("title"), max_length=200)
    sort_key = models.CharField(max_length=800, editable=False)
    search = models.TextField(editable=False)
    territory = models.ForeignKey(Territory, verbose_name=_("powiat"), on_delete=models.PROTECT, related_name="cases")
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), on_delete=models.PROTECT, related_name="cases"
    )
    programme = models.ForeignKey(
        Programme, verbose_name=_("programme"), on_delete=models.PROTECT, related_name="cases"
    )
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    stage_since = models.DateField(_("in this stage since"))
    last_move_on = models.DateField(_("last move took effect on"))
    outcome = models.CharField(_("outcome"), max_length=30, blank=True)
    workflow_version = models.CharField(max_length=12, editable=False)
    history_length = models.PositiveIntegerField(default=0, editable=False)
    history_hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        indexes = [
            models.Index(fields=["organisation", "territory", "-id"], name="case_scope"),
            models.Index(fields=["organisation", "-id"], name="case_organisation"),
            models.Index(fields=["programme", "stage"], name="case_programme_stage"),
            models.Index(fields=["sort_key", "id"], name="case_by_name"),
            models.Index(fields=["stage_since", "id"], name="case_by_stage_since"),
            GinIndex(SearchVector("search", config="simple"), name="case_search"),
        ]
        triggers = [StageHasItsRecord()]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="NEW", finished__isnull=True) | (~Q(status="NEW") & Q(finished__isnull=False)),
                name="case_finished_with_its_work",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=models.F("opened_on")),
                name="case_closed_after_opened",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("workflows:case", args=[self.pk])

    def refresh_from_db(self, using: str | None = None, fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Read the row again; the stage is protected on the instance, so it is dropped first."""
        if fields is None or "stage" in fields:
            self.__dict__.pop("stage", None)
        super().refresh_from_db(using, fields, **kwargs)

    def begin_in(self, stage: str) -> None:
        """Give a case that is not saved yet its first stage. Only opening calls it; afterwards the gate alone changes a stage."""
        if not self._state.adding:
            raise RuntimeError("the stage of a case changes in the gate alone")
        self.__dict__["stage"] = stage

    def set_title(self, title: str) -> None:
        """Name the case, with its sort key and search text."""
        self.title, self.sort_key = title, sort_key(title)
        self.search = f"{search_text(title)} {self.number.lower().replace('/', ' ')}"

    @property
    def facts(self) -> Facts:
        """What has been loaded for guards to read."""
        return Facts(self)

    @property
    def stage_label(self) -> str:
        """The stage's name for staff."""
        return str(self.flow_class.process_class.stages(self.stage).label)

    @property
    def outcome_label(self) -> str:
        """How the case ended, in words: the reason of the move that ended it; empty while it has not."""
        coded = [each.terms.reasons for each in moves_of(type(self)).values() if each.terms.why]  # type: ignore[arg-type]
        words = {value: label for reasons in coded if reasons for value, label in reasons.choices}
        return str(words.get(self.outcome, self.outcome))

    @property
    def definition_has_changed(self) -> bool:
        """Whether the workflow is another by now than the one that the case started on."""
        return bool(self.workflow_version != self.flow_class.version())

    def move(self, name: str) -> Move:
        """The move of that name. Raises KeyError when the lifecycle has none."""
        return moves_of(type(self))[name]  # type: ignore[arg-type]

    def evidence_for(self, move: Move) -> "Sequence[Evidence]":
        """What shows that the conditions of a move hold, for whoever decides it; a room says what."""
        return ()

    def grounds_for(self, move: Move) -> "Sequence[Evidence]":
        """What whoever decides a move reads beside its conditions: what was said, found and proposed; a room says what."""
        return ()

    def panels(self, user: User) -> "Sequence[Panel]":
        """What the room adds to the case's page for this person."""
        return ()

    def events(self, user: User, before: datetime, limit: int) -> "Iterable[Event]":
        """What the room adds to the timeline: at most so many events that this person may read, the latest up to a moment."""
        return ()

    @cached_property
    def room(self) -> "Case":
        """The row as its own kind: `ParticipantCase` for a participant."""
        return self.coerced


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class CaseAssignment(models.Model):
    """Who holds a role on one case: its items for that role are theirs. A pointer, not a right."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="case_assignments")
    since = models.DateField(_("since"))

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [models.UniqueConstraint(fields=["case", "role"], name="one_person_a_role_on_a_case")]

    def __str__(self) -> str:
        return f"{self.case}: {self.get_role_display()} {self.user}"
