"""Facts of participants' cases that are counted rather than stored."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from cases.participants.stages import Stage
from workflows.models import Case, Programme, StageChange, WorkItem
from workflows.unit import current_unit, is_in_unit

if TYPE_CHECKING:
    from cases.participants.models import ParticipantCase

#: Stages in which a person takes up a place of the programme.
TAKES_A_PLACE = frozenset({Stage.PRE_INCUBATION, Stage.INCUBATION})
#: Moves that an appeal asks for.
APPEALS = ("reopen_on_appeal", "reinstate_in_pre_incubation", "reinstate_in_incubation")


@dataclass(frozen=True)
class Places:
    """The places of a programme while some of its cases are being decided: whoever is admitted takes one at once."""

    limit: int | None
    taken_by_others: int
    deciding: "Sequence[ParticipantCase]"

    @property
    def is_free(self) -> bool:
        """There is room for one more."""
        taken = self.taken_by_others + sum(case.stage in TAKES_A_PLACE for case in self.deciding)
        return self.limit is None or taken < self.limit


def places_of(cases: "Sequence[ParticipantCase]") -> dict[int, Places]:
    """By key of the case. Inside a unit of work the programme is locked, so that the last place is given away once."""
    keys = {case.programme_id for case in cases}
    programmes = Programme.objects.filter(pk__in=keys).order_by("pk")
    limits = dict((programmes.select_for_update() if is_in_unit() else programmes).values_list("pk", "places"))
    taken = taken_places([key for key, limit in limits.items() if limit is not None], but={case.pk for case in cases})
    together = {key: [case for case in cases if case.programme_id == key] for key in keys}
    places = {key: Places(limits[key], taken.get(key, 0), together[key]) for key in keys}
    return {case.pk: places[case.programme_id] for case in cases}


def taken_places(programmes: Iterable[int], *, but: Collection[int] = ()) -> dict[int, int]:
    """How many take up a place of each programme, by its key, some cases left out."""
    holders = Case.objects.filter(programme__in=list(programmes), stage__in=TAKES_A_PLACE, kind_name="participant")
    return dict(holders.exclude(pk__in=but).values_list("programme").annotate(Count("pk")))


def repeats_of(cases: "Sequence[ParticipantCase]") -> dict[int, int]:
    """How often each has repeated pre-incubation, by key; a repeat that was taken back does not count."""
    keys = [case.pk for case in cases]
    made = StageChange.objects.filter(case__in=keys, move="repeat").that_count()
    counted = dict(made.values_list("case").annotate(Count("pk")))
    return {key: counted.get(key, 0) for key in keys}


def open_appeals_of(cases: "Sequence[ParticipantCase]") -> dict[int, int]:
    """How many appeals of each wait for a decision, by key; a unit of work knows its own items."""
    if is_in_unit():
        unit = current_unit()
        return {case.pk: sum(item.move in APPEALS for item in unit.open_items(case)) for case in cases}
    waiting = WorkItem.objects.open().filter(process__in=[case.pk for case in cases], move__in=APPEALS)
    counted = dict(waiting.order_by().values_list("process").annotate(Count("pk")))
    return {case.pk: counted.get(case.pk, 0) for case in cases}
