"""Many approvals at once: one move from one stage; whoever wants a closer look is listed apart, with why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects
from django.http import QueryDict
from django.utils.functional import cached_property

from roles.navigation import capped
from workflows.about_cases import doers_in_this_stage
from workflows.approval_page import warnings_of
from workflows.deciders import barred_by_now
from workflows.facts import Facts
from workflows.filters import held_on
from workflows.kinds import approvals_of, kinds, word_for
from workflows.lifecycle import Move
from workflows.models import Case, Hold, Outcome, Vote, WorkItem
from workflows.models.items import WorkItemQuerySet
from workflows.nodes import Approval
from workflows.standing import Standing

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

#: How many are shown, and can be decided, at once.
MOST = 100
Key = tuple[str, str, str]


@dataclass(frozen=True)
class MoveWaiting:
    """A move that waits for decisions of mine: of which kind, from which stage, how many."""

    key: str
    label: "str | _StrPromise"
    kind: "str | _StrPromise"
    stage: "str | _StrPromise"
    count: str


@dataclass(frozen=True)
class Row:
    """An approval with what speaks against deciding it without a closer look."""

    item: WorkItem
    case: Case
    exceptions: list[str]


@dataclass
class Together:
    """The approvals of one move that a person may decide, as they stand at a moment."""

    standing: Standing
    data: QueryDict
    at: datetime

    @cached_property
    def key(self) -> Key | None:
        """Kind, move and stage that the address names; None when it names none that there is."""
        return key_of(self.data.get("move", ""))

    @cached_property
    def node(self) -> Approval | None:
        """The task that approves the move."""
        return approvals_of(self.key[0])[self.key[1]] if self.key else None

    @property
    def move(self) -> Move | None:
        """The move."""
        return self.node.move if self.node else None

    @property
    def outcomes(self) -> list[str]:
        """How such an approval may end."""
        return list(self.node.ways) if self.node else []

    @property
    def stages(self) -> "tuple[str | _StrPromise, str | _StrPromise]":
        """From where to where."""
        if self.key is None or self.move is None:
            return "", ""
        stages = kinds()[self.key[0]].stages
        return stages(self.key[2]).label, stages(self.move.target).label

    @cached_property
    def moves(self) -> list[MoveWaiting]:
        """Every move of which something waits for me."""
        found: Counter[Key] = Counter()
        for items in self._mine():
            waiting = items.exclude(move="").order_by("process__kind_name", "move", "process__stage")
            found.update(waiting.values_list("process__kind_name", "move", "process__stage")[: 10 * MOST])
        return [_waiting(key, count) for key, count in sorted(found.items()) if key[0] in kinds()]

    @cached_property
    def rows(self) -> list[Row]:
        """The first of them by deadline, each judged: constant in queries, whatever their number."""
        return judged(self._items(MOST), self.key, self.standing) if self.key else []

    @property
    def clean(self) -> list[Row]:
        """Those that can be decided together."""
        return [row for row in self.rows if not row.exceptions]

    @property
    def exceptions(self) -> list[Row]:
        """Those that want a closer look."""
        return [row for row in self.rows if row.exceptions]

    @property
    def is_full(self) -> bool:
        """Whether there may be more than are shown."""
        return len(self.rows) == MOST

    def everything(self, most: int) -> list[WorkItem]:
        """All that wait for this move, at most so many; whoever wants a closer look is found when it is decided."""
        return self._items(most)

    def picked(self, keys: list[str]) -> list[WorkItem]:
        """The items named, as far as they can be decided together."""
        return [row.item for row in self.clean if str(row.item.pk) in keys]

    def _items(self, most: int) -> list[WorkItem]:
        if self.key is None:
            return []
        kind, move, stage = self.key
        wanted = {"process__kind_name": kind, "move": move, "process__stage": stage}
        found = [
            item
            for items in self._mine()
            for item in items.filter(**wanted).select_related("owner", "asked_by").oldest_first()[:most]
        ]
        prefetch_related_objects([item for item in found if item.quorum > 1], "votes")
        return sorted(found, key=lambda item: (item.due, item.pk))[:most]

    def _mine(self) -> list[WorkItemQuerySet]:
        """What nobody has taken, and what is mine already."""
        user, on = self.standing.user, self.standing.on
        return [WorkItem.objects.queue_for(user, on), WorkItem.objects.inbox_of(user, on)]


def key_of(name: str) -> Key | None:
    """Kind, move and stage of an approval by the name that an address has for them; None when there is none."""
    kind, _dot, rest = name.partition(".")
    move, _dot, stage = rest.partition(".")
    if kind not in kinds() or stage not in kinds()[kind].stages.values:
        return None
    return (kind, move, stage) if move in approvals_of(kind) else None


def judged(items: Sequence[WorkItem], key: Key, standing: Standing) -> list[Row]:
    """Each of these approvals of one move with what speaks against deciding it unseen; constant in queries."""
    kind, move, _stage = key
    rows = kinds()[kind]._base_manager.select_related("territory", "programme")
    cases: dict[int, Case] = rows.in_bulk([item.process_id for item in items])
    Facts.load(list(cases.values()), approvals_of(kind)[move].move.needs)
    held = set(Hold.objects.standing().filter(held_on(standing.on), case__in=cases).values_list("case", flat=True))
    returned = Vote.objects.filter(item__process__in=cases, item__move=move, outcome=Outcome.RETURNED)
    sent_back = set(returned.values_list("item__process", flat=True))
    doers = doers_in_this_stage(list(cases))
    for item in items:
        item.process = cases[item.process_id]
        item.barred = barred_by_now(item, doers[item.process_id])
    return [_judged(item, cases[item.process_id], standing, held, sent_back) for item in items]


def _judged(item: WorkItem, case: Case, standing: Standing, held: set[int], returned: set[int]) -> Row:
    unmet = [str(guard.unmet) for guard in case.move(item.move).unmet(case)]
    warnings = warnings_of(item, case, is_held=case.pk in held, was_returned=case.pk in returned, on=standing.on)
    why_not = standing.why_not(item)
    return Row(item, case, [*([why_not] if why_not else []), *unmet, *warnings])


def _waiting(key: Key, count: int) -> MoveWaiting:
    kind, move, stage = key
    room = kinds()[kind]
    label = approvals_of(kind)[move].move.terms.label
    return MoveWaiting(".".join(key), label, word_for(room), room.stages(stage).label, capped(count))
