"""The reserve list of a programme: who waits for a place, in the order in which they came on it, and who hears of a free one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cases.participants.facts import taken_places
from cases.participants.models import ParticipantCase
from roles.models import Mandate, User
from workflows.models import Notice, Programme, StageChange, WorkItem
from workflows.models.items import WorkItemQuerySet
from workflows.notifications import tell

NODE = "wait_for_place"


@dataclass(frozen=True)
class InLine:
    """Somebody on the list: at which place, and the work that waits for a place to come free."""

    place: int
    item: WorkItem


@dataclass(frozen=True)
class ReserveList:
    """A programme with its free places (None without a limit), how many wait, and those of them that a person may see."""

    programme: Programme
    free: int | None
    total: int
    line: list[InLine]

    @property
    def in_words(self) -> str:
        """How many places are free."""
        return places_in_words(self.programme.places, self.free)


def waiting_items(programmes: Collection[Programme]) -> WorkItemQuerySet:
    """The open work of everybody who waits for a place, in the order in which they came on the list."""
    found = WorkItem.objects.open().filter(
        node=NODE, process__kind_name="participant", process__programme__in=programmes
    )
    return found.order_by("created", "pk")


def free_places(programmes: Iterable[Programme]) -> dict[int, int | None]:
    """By key of the programme; None where there is no limit."""
    limited = {each.pk: each.places for each in programmes}
    taken = taken_places([key for key, places in limited.items() if places is not None])
    return {key: None if places is None else max(places - taken.get(key, 0), 0) for key, places in limited.items()}


def place_of(case: ParticipantCase) -> tuple[int, int]:
    """At which place the case is on the list of its programme, 0 when on none, and how many wait."""
    line = list(waiting_items([case.programme]).values_list("process", flat=True))
    return (line.index(case.pk) + 1 if case.pk in line else 0), len(line)


def lists_for(user: User, at: datetime) -> list[ReserveList]:
    """The reserve lists with somebody whom the person may see, in the order of the list; four queries, whatever their length."""
    mine = WorkItem.objects.visible_to(user, at).open().filter(node=NODE)
    programmes = list(Programme.objects.filter(pk__in=mine.values("process__programme")))
    visible = set(mine.values_list("pk", flat=True))
    free = free_places(programmes)
    lines: dict[int, list[WorkItem]] = {programme.pk: [] for programme in programmes}
    for item in waiting_items(programmes).select_related("process", "owner"):
        lines[item.process.programme_id].append(item)
    return [
        ReserveList(each, free[each.pk], len(lines[each.pk]), _seen(lines[each.pk], visible)) for each in programmes
    ]


def places_in_words(places: int | None, free: int | None) -> str:
    """How many places a programme has and how many are free."""
    if places is None:
        return _("The programme has no limit of places.")
    return _("%(free)s of %(places)s places are free.") % {"free": free, "places": places}


def tell_of_free_places(programmes: Iterable[Programme], *, at: datetime) -> int:
    """Tell whoever holds the work of the first on each list, as many as there are free places; how many were told.

    Nobody is told twice of the same place: again only after somebody was admitted meanwhile.
    """
    return sum(_tell(programme.pk, at) for programme in programmes if programme.places is not None)


@transaction.atomic
def _tell(key: int, at: datetime) -> int:
    programme = Programme.objects.select_for_update(of=("self",)).get(pk=key)
    first = list(
        waiting_items([programme]).select_related("process", "territory")[: free_places([programme])[key] or 0]
    )
    admitted = StageChange.objects.filter(case__programme=programme, move="admit").aggregate(last=Max("recorded_at"))
    told = Notice.objects.filter(event=Notice.Event.PLACE_FREE, item__in=first)
    if admitted["last"] is not None:
        told = told.filter(at__gt=admitted["last"])
    done = set(told.values_list("item", flat=True))
    for item in first:
        if item.pk not in done:
            tell(_whose(item, at), Notice.Event.PLACE_FREE, case=item.process, item=item, at=at)
    return len(first) - len(done)


def _whose(item: WorkItem, at: datetime) -> set[int]:
    """Who has the work, else everybody whose mandates let them take it."""
    if item.owner_id:
        return {item.owner_id}
    held = Mandate.objects.in_force(localdate(at)).as_role(item.role).covering(item.organisation_id, item.territory)
    return set(held.holders().values_list("pk", flat=True))


def _seen(line: list[WorkItem], visible: set[int]) -> list[InLine]:
    return [InLine(place, item) for place, item in enumerate(line, 1) if item.pk in visible]
