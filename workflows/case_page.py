"""What the page of a case says: where it stands, what comes next, what is missing, who is in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.functional import cached_property

from roles.models import User
from roles.role import Role
from roles.templatetags.polish_dates import exact_date
from workflows.facts import Facts
from workflows.kinds import tasks
from workflows.lifecycle import Move, moves_from
from workflows.models import Case, CaseAssignment, Hold, StageChange, WorkItem
from workflows.nodes import Whenever
from workflows.panels import Evidence
from workflows.standing import Standing

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Step:
    """A stage on the stepper."""

    label: str
    state: str
    note: str = ""


@dataclass(frozen=True)
class Check:
    """A condition of a move: whether it holds, in words, where it can be met, and what shows it."""

    is_met: bool
    sentence: "str | _StrPromise"
    url: str
    evidence: Sequence[Evidence]


@dataclass(frozen=True)
class NextMove:
    """A move that the case could make from here."""

    move: Move
    target: str
    checks: Sequence[Check]
    approval: WorkItem | None

    @property
    def missing(self) -> int:
        """How many conditions do not hold."""
        return sum(not check.is_met for check in self.checks)


@dataclass(frozen=True)
class OpenItem:
    """Something that waits to be done on the case, and why the reader may not do it; empty when they may."""

    item: WorkItem
    why_not: str
    in_place_of: User | None


@dataclass
class CasePage:
    """One case as one person sees it today. `case` is the row as its own kind."""

    case: Case
    standing: Standing

    @cached_property
    def steps(self) -> list[Step]:
        """The way of the case: stages behind it, the one it is in, those ahead."""
        return steps_of(self.case, self.case.stage_changes.that_count().order_by("seq"))

    @cached_property
    def items(self) -> list[OpenItem]:
        """What waits, what the reader may do first."""
        waiting = list(WorkItem.objects.human().open().filter(process=self.case).select_related("owner").oldest_first())
        for item in waiting:
            item.process = self.case
        prefetch_related_objects([item for item in waiting if item.quorum > 1], "votes")
        shown = [open_item(item, self.standing) for item in waiting]
        return sorted(shown, key=lambda each: (bool(each.why_not), not each.item.owner_id))

    @property
    def next_item(self) -> OpenItem | None:
        """The next action: what the reader may do, else what somebody else must."""
        return self.items[0] if self.items else None

    @property
    def next_is_late(self) -> bool:
        """Whether what comes next is overdue."""
        due = self.next_item.item.due if self.next_item else None
        return due is not None and due < self.standing.on

    @cached_property
    def moves(self) -> list[NextMove]:
        """The moves that lie ahead on the path, with what they still need."""
        asked_any_time = {node.move_name for node in self._whenever}
        ahead = [move for move in moves_from(self.case) if not move.by_the_clock and move.name not in asked_any_time]
        Facts.load([self.case], {name for move in ahead for name in move.needs})
        open_approvals = {each.item.move: each.item for each in self.items if each.item.move}
        return [
            NextMove(move, self._label(move.target), checks_of(self.case, move), open_approvals.get(move.name))
            for move in ahead
            if move.guards or move.name in open_approvals
        ]

    @cached_property
    def askable(self) -> list[Move]:
        """The moves that the reader may ask for at any time, now."""
        asked = {each.item.move for each in self.items}
        return [
            node.move
            for node in self._whenever
            if self.case.stage in node.move.sources and node.move_name not in asked and self._may_ask(node.move)
        ]

    @cached_property
    def hold(self) -> Hold | None:
        """The hold that today falls into."""
        return next((hold for hold in self.holds if _covers(hold, self.standing.on)), None)

    @property
    def running_hold(self) -> Hold | None:
        """The hold that nobody has ended yet."""
        return next((hold for hold in self.holds if hold.ends_on is None), None)

    @cached_property
    def holds(self) -> list[Hold]:
        """Every hold that counts, the latest first."""
        return list(self.case.holds.standing().order_by("-starts_on"))

    @cached_property
    def assignments(self) -> list[CaseAssignment]:
        """Who holds a role on the case."""
        return list(self.case.assignments.select_related("user").order_by("role"))

    @property
    def assignable(self) -> list[tuple[str, str]]:
        """The roles that the case's work is for, to choose from; empty for who may not assign."""
        if not self.oversees:
            return []
        roles = {node.role_of(self.case) for node in tasks(self.case.flow_class)}
        return [(role.value, str(role.label)) for role in Role if role in roles]

    @property
    def works_here(self) -> bool:
        """Whether the reader works on the case, rather than only reads it."""
        return self.standing.works_on(self.case)

    @property
    def supervises(self) -> bool:
        """Whether the reader supervises here."""
        return self.standing.acts_as(Role.SUPERVISOR, self.case)

    @property
    def oversees(self) -> bool:
        """Whether the reader coordinates or supervises here."""
        return any(self.standing.acts_as(role, self.case) for role in (Role.COORDINATOR, Role.SUPERVISOR))

    @property
    def _whenever(self) -> list[Whenever]:
        return [node for node in tasks(self.case.flow_class) if isinstance(node, Whenever)]

    def _may_ask(self, move: Move) -> bool:
        return any(self.standing.acts_as(role, self.case) for role in move.terms.asked_by)

    def _label(self, stage: str) -> str:
        return str(self.case.stages(stage).label)


def _covers(hold: Hold, on: date) -> bool:
    return hold.starts_on <= on and (hold.ends_on is None or hold.ends_on >= on)


def steps_of(case: Case, changes: Iterable[StageChange]) -> list[Step]:
    """The stages that the case went through and the one it is in, with the day it came there, and those still ahead on its path."""
    since = {change.target: change.effective_on for change in changes if change.source != change.target}
    path = list(case.path)
    here = path.index(case.stage) if case.stage in path else len(path)
    behind = [_step(case, stage, "done", since[stage]) for stage in path[:here] if stage in since]
    now = _step(case, case.stage, "current", since.get(case.stage, case.stage_since))
    return [*behind, now, *(_step(case, stage, "future") for stage in path[here + 1 :])]


def _step(case: Case, stage: str, state: str, on: date | None = None) -> Step:
    return Step(str(case.stages(stage).label), state, exact_date(on) if on else "")


def checks_of(case: Case, move: Move) -> list[Check]:
    """The conditions of a move with the evidence that the room gives. The facts they need must have been loaded."""
    evidence = list(case.evidence_for(move))
    unmet = set(move.unmet(case))
    return [
        Check(
            is_met=guard not in unmet,
            sentence=guard.unmet if guard in unmet else guard.met or guard.name.replace("_", " "),
            url=reverse(guard.fix, args=[case.pk]) if guard.fix else "",
            evidence=[each for each in evidence if each.guard == guard.name],
        )
        for guard in move.guards
    ]


def open_item(item: WorkItem, standing: Standing) -> OpenItem:
    """The item as a person sees it before they click."""
    away = item.owner if item.owner_id in standing.stands_for else None
    return OpenItem(item, standing.why_not(item), away)
