"""What those who lead look at: who carries how much, where cases stand still, what is late; and the same by powiat."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Max, Min, Q, Value
from django.db.models.fields import DateField
from django.utils.functional import cached_property

from roles.models import Mandate, Scope, Territory, User, case_scopes_of
from roles.role import OVERSEES_WORK, READS_AGGREGATES
from workflows.deadlines import start_of_local_day
from workflows.filters import nothing_done_since
from workflows.models import Case, WorkItem
from workflows.models.cases import CaseQuerySet, within
from workflows.models.items import WorkItemQuerySet
from workflows.small_cells import Figure, Table, table_of

#: After so many days without anything done, a case is stuck.
STUCK = 30
LATE_SHOWN = 25


class Median(Aggregate):
    """The value in the middle."""

    function = "PERCENTILE_CONT"
    name = "Median"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


@dataclass(frozen=True)
class Load:
    """What one person carries; without a person, what nobody has taken."""

    user: User | None
    cases: int
    open: int
    late: int
    oldest: date | None


@dataclass(frozen=True)
class StageAge:
    """How long cases stay in a stage."""

    kind: str
    stage: str
    label: str
    order: int
    count: int
    median: int
    longest: int


@dataclass
class Board:
    """The work of the scopes that somebody leads, on a day."""

    user: User
    on: date

    @cached_property
    def scopes(self) -> list[Scope]:
        """What the person leads."""
        return case_scopes_of(self.user, self.on, OVERSEES_WORK)

    @cached_property
    def loads(self) -> list[Load]:
        """Who carries how much, the most late first."""
        rows = (
            self._work()
            .values("owner")
            .annotate(
                cases=Count("process", distinct=True),
                open=Count("pk"),
                late=Count("pk", filter=Q(due__lt=self.on)),
                oldest=Min("due"),
            )
            .order_by("-late", "-open", "owner")
        )
        people = User.objects.in_bulk([row["owner"] for row in rows if row["owner"]])
        return [Load(people.get(row["owner"]), row["cases"], row["open"], row["late"], row["oldest"]) for row in rows]

    @property
    def heaviest(self) -> int:
        """The largest number of open items that one person carries."""
        return max((load.open for load in self.loads if load.user), default=1)

    @cached_property
    def ages(self) -> list[StageAge]:
        """How long the open cases have been in their stages, in the order of life."""
        age = ExpressionWrapper(Value(self.on, DateField()) - F("stage_since"), output_field=DurationField())
        rows = (
            Case.objects.open()
            .filter(within(self.scopes))
            .values("flow_class", "kind_name", "stage")
            .annotate(count=Count("pk"), median=Median(age, output_field=DurationField()), longest=Max(age))
            .order_by("kind_name")
        )
        return sorted(map(_stage_age, rows), key=lambda each: (each.kind, each.order))

    @property
    def all_late(self) -> WorkItemQuerySet:
        """What is overdue, the longest first."""
        late = self._work().overdue(self.on).oldest_first()
        return late.select_related("process__programme", "owner", "territory")

    @cached_property
    def late(self) -> list[WorkItem]:
        """The longest overdue, and one more than are shown."""
        return list(self.all_late.prefetch_related("process__programme__parameter_values")[: LATE_SHOWN + 1])

    def _work(self) -> WorkItemQuerySet:
        return WorkItem.objects.human().open().filter(within(self.scopes))


@dataclass
class Powiats:
    """People by stage and powiat: of the cases that somebody may see, or of everybody's as figures alone."""

    user: User
    on: date
    kind: type[Case]
    of_all: bool = False

    @cached_property
    def scopes(self) -> list[Scope]:
        """Whose cases the person may see."""
        return case_scopes_of(self.user, self.on)

    @cached_property
    def sees_cases(self) -> bool:
        """Whether the person may see any case at all."""
        return bool(self.scopes)

    @cached_property
    def sees_figures(self) -> bool:
        """Whether a mandate opens the figures of a territory."""
        return bool(self._paths)

    @property
    def is_exact(self) -> bool:
        """Whether the numbers stand as they are, since the cases behind them may be seen."""
        return self.sees_cases and not self.of_all

    @cached_property
    def territories(self) -> list[Territory]:
        """The powiats, by name."""
        powiats = Territory.objects.in_force(self.on).of_mandates().exclude(level=Territory.Level.VOIVODESHIP)
        if self.is_exact:
            powiats = powiats.filter(pk__in={pk for scope in self.scopes for pk in scope.territory_ids})
        else:
            powiats = powiats.filter(reduce(or_, (Q(path__startswith=path) for path in self._paths), Q(pk__in=[])))
        return list(powiats.by_name())

    @cached_property
    def stages(self) -> list[tuple[str, str]]:
        """The stages, in the order of life."""
        return [(value, str(label)) for value, label in self.kind.stages.choices]

    @cached_property
    def table(self) -> Table[Territory, str]:
        """Open cases by powiat and stage."""
        counts = self._counts(self._cases())
        used = {label for _territory, label in counts} or {self.stages[0][1]}
        columns = [label for _value, label in self.stages if label in used]
        known = {} if self.is_exact else self._counts(self._cases().filter(within(self.scopes)))
        return table_of(counts, self.territories, columns, exact=self.is_exact, known=known)

    @cached_property
    def stuck(self) -> dict[int, int]:
        """By powiat: open cases on which nobody has done anything for a month. Only for who may see them."""
        if not self.is_exact:
            return {}
        since = start_of_local_day(self.on - timedelta(days=STUCK))
        rows = self._cases().filter(nothing_done_since(since)).values_list("territory").annotate(Count("pk"))
        return dict(rows.order_by())

    @cached_property
    def due(self) -> dict[int, int]:
        """By powiat: what is due within a week, or overdue. Only for who may see it."""
        if not self.is_exact:
            return {}
        items = WorkItem.objects.human().open().filter(within(self.scopes), due__lte=self.on + timedelta(days=7))
        return dict(
            items.filter(process__kind_name=self.kind.kind).values_list("territory").annotate(Count("pk")).order_by()
        )

    @property
    def lines(self) -> list[tuple[Territory, list[tuple[str, Figure]], Figure, int, int]]:
        """Each powiat: people by stage, all of them, how many are stuck, how much is due."""
        named = self.table.columns
        return [
            (
                powiat,
                list(zip(named, figures, strict=True)),
                total,
                self.stuck.get(powiat.pk, 0),
                self.due.get(powiat.pk, 0),
            )
            for powiat, figures, total in self.table.lines
        ]

    @property
    def stuck_together(self) -> int:
        """How many are stuck in all powiats shown."""
        return sum(self.stuck.get(powiat.pk, 0) for powiat in self.territories)

    @property
    def due_together(self) -> int:
        """How much is due in all powiats shown."""
        return sum(self.due.get(powiat.pk, 0) for powiat in self.territories)

    @property
    def totals(self) -> list[tuple[str, Figure]]:
        """All powiats together, by stage."""
        return list(zip(self.table.columns, self.table.totals[0], strict=True))

    @cached_property
    def _paths(self) -> list[str]:
        held = Mandate.objects.of(self.user).in_force(self.on).as_role(*READS_AGGREGATES)
        return sorted(set(held.values_list("territory__path", flat=True)))

    def _counts(self, cases: CaseQuerySet) -> dict[tuple[Territory, str], int]:
        """How many of them, by powiat and the name of the stage."""
        by_key, labels = {territory.pk: territory for territory in self.territories}, dict(self.stages)
        rows = cases.values_list("territory", "stage").annotate(Count("pk")).order_by()
        return {(by_key[powiat], labels[stage]): count for powiat, stage, count in rows if powiat in by_key}

    def _cases(self) -> CaseQuerySet:
        cases = Case.objects.open().filter(kind_name=self.kind.kind)
        return cases.filter(within(self.scopes)) if self.is_exact else cases.filter(territory__in=self.territories)


def _stage_age(row: dict[str, Any]) -> StageAge:
    kind = row["flow_class"].process_class
    order = kind.stages.values.index(row["stage"])
    label = str(kind.stages(row["stage"]).label)
    return StageAge(row["kind_name"], row["stage"], label, order, row["count"], row["median"].days, row["longest"].days)
