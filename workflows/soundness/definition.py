"""A workflow as plain data: what the proof reads, and what its tests break on purpose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from viewflow.workflow.base import Node

from workflows.deadlines import Term
from workflows.flow import CaseFlow
from workflows.lifecycle import Move, moves_of
from workflows.models import Case
from workflows.nodes import (
    Approval,
    ByTheClock,
    End,
    If,
    JobNode,
    Join,
    Recurring,
    Split,
    Start,
    Timeout,
    Wait,
    Whenever,
    Work,
)
from workflows.nodes.human import Human


class Sort(StrEnum):
    """What a step is."""

    START = "start"
    WORK = "work"
    APPROVAL = "approval"
    WHENEVER = "whenever"
    CLOCK = "clock"
    CHOICE = "choice"
    SPLIT = "split"
    JOIN = "join"
    END = "end"
    WAIT = "wait"
    JOB = "job"
    TIMEOUT = "timeout"
    RECURRING = "recurring"
    UNKNOWN = "unknown"


HUMAN = frozenset({Sort.WORK, Sort.APPROVAL, Sort.WHENEVER})
GATES = frozenset({Sort.APPROVAL, Sort.WHENEVER, Sort.CLOCK})
TIMERS = frozenset({Sort.TIMEOUT, Sort.RECURRING})

#: The most particular first: a Whenever is an Approval too.
SORTS: tuple[tuple[type[Node], Sort], ...] = (
    (Whenever, Sort.WHENEVER),
    (Approval, Sort.APPROVAL),
    (Work, Sort.WORK),
    (ByTheClock, Sort.CLOCK),
    (Start, Sort.START),
    (End, Sort.END),
    (If, Sort.CHOICE),
    (Split, Sort.SPLIT),
    (Join, Sort.JOIN),
    (Recurring, Sort.RECURRING),
    (Timeout, Sort.TIMEOUT),
    (Wait, Sort.WAIT),
    (JobNode, Sort.JOB),
)


@dataclass(frozen=True)
class Way:
    """Where a step leads with an outcome; `to` is empty where it leads nowhere."""

    outcome: str
    to: str
    is_conditional: bool = False


@dataclass(frozen=True)
class Step:
    """One node of a workflow."""

    name: str
    sort: Sort
    ways: tuple[Way, ...] = ()
    role: str = ""
    form: type[Any] | None = None
    term: Term | None = None
    move: str = ""
    quorum: int = 1
    host: str = ""
    interrupts: bool = False
    job: str = ""
    opened_by: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """The steps it leads to, each once."""
        return tuple(dict.fromkeys(way.to for way in self.ways if way.to))

    def way(self, outcome: str) -> Way | None:
        """The way that the outcome opens."""
        return next((way for way in self.ways if way.outcome == outcome), None)


@dataclass(frozen=True)
class Definition:
    """A lifecycle and the workflow over it."""

    name: str
    stages: tuple[str, ...]
    first_stage: str
    moves: Mapping[str, Move]
    steps: Mapping[str, Step]
    kind: type[Case] | None = field(default=None, compare=False)

    def of_sort(self, *sorts: Sort) -> list[Step]:
        """The steps of these sorts, in the order of declaration."""
        return [step for step in self.steps.values() if step.sort in sorts]

    def timers_of(self, host: str) -> list[Step]:
        """The timers on the border of a step."""
        return [step for step in self.of_sort(*TIMERS) if step.host == host]

    def leading_to(self, name: str) -> list[Step]:
        """The steps that lead to this one; a timer is led to by its host."""
        before = [step for step in self.steps.values() if name in step.targets]
        host = self.steps[name].host if name in self.steps else ""
        return [*before, self.steps[host]] if host in self.steps else before

    def stays(self, step: Step) -> bool:
        """Whether the step makes a move within its stage, so that it cancels nothing."""
        move = self.moves.get(step.move)
        return move is not None and move.stays

    def moves_from(self, stage: str) -> Iterator[Move]:
        """The moves that lead out of a stage."""
        return (move for move in self.moves.values() if stage in move.sources)

    @property
    def final_stages(self) -> tuple[str, ...]:
        """The stages that a case may stay in for ever: no move leads out of them, or only a reopening.

        A reopening is offered by a Whenever alone, and leads to a stage from which this one can be reached again.
        """
        moves = {stage: self.moves_from(stage) for stage in self.stages}
        return tuple(stage for stage in self.stages if all(self._reopens(move, stage) for move in moves[stage]))

    def _reopens(self, move: Move, stage: str) -> bool:
        offering = {step.sort for step in self.of_sort(*GATES) if step.move == move.name}
        return offering == {Sort.WHENEVER} and stage in self._stages_after(move.target)

    def _stages_after(self, stage: str) -> set[str]:
        found, ahead = {stage}, [stage]
        while ahead:
            reached = {move.target for move in self.moves_from(ahead.pop())} - found
            found |= reached
            ahead += reached
        return found


def definition_of(flow: type[CaseFlow]) -> Definition:
    """Read a flow class and the lifecycle of its kind of case."""
    kind = flow.process_class
    return Definition(
        name=flow.__name__,
        stages=tuple(str(value) for value in kind.stages.values),
        first_stage=str(kind.path[0]) if kind.path else "",
        moves=moves_of(kind),
        steps={name: _step(node) for name, node in nodes_in_the_flow(flow).items()},
        kind=kind,
    )


def nodes_in_the_flow(flow: type[CaseFlow]) -> dict[str, Node]:
    """The nodes that a flow declares, without the engine's own, which stand outside every flow."""
    return {name: node for name, node in flow.nodes_by_name().items() if not getattr(node, "outside_the_flow", False)}


def sort_of(node: Node) -> Sort:
    """What a node is."""
    return next((sort for node_class, sort in SORTS if isinstance(node, node_class)), Sort.UNKNOWN)


def _step(node: Node) -> Step:
    host = getattr(node, "_attached_to", None)
    return Step(
        name=node.name,
        sort=sort_of(node),
        ways=tuple(_ways(node)),
        role=_role(node),
        form=getattr(node, "form", None),
        term=getattr(node, "within", None) or getattr(node, "term", None),
        move=getattr(node, "move_name", ""),
        quorum=getattr(node, "quorum", 1),
        host=host.name if host is not None else "",
        interrupts=bool(getattr(node, "_interrupting", False)),
        job=getattr(node, "job", ""),
        opened_by=tuple(str(role) for role in getattr(node, "opened_by", ())),
    )


def _role(node: Node) -> str:
    if isinstance(node, Approval):
        move = moves_of(node.flow_class.process_class).get(node.move_name)
        return str(move.terms.approved_by) if move else ""
    return str(getattr(node, "role", "") or "")


def _ways(node: Node) -> Iterator[Way]:
    if isinstance(node, Human):
        for outcome, after in node.ways.items():
            yield Way(outcome, _name(after, node))
    elif isinstance(node, If):
        yield Way("yes", _name(node._on_true, node))
        yield Way("no", _name(node._on_false, node))
    elif isinstance(node, Split):
        for branch, condition, _data in node._branches:
            yield Way("", _name(branch, node), is_conditional=condition is not None)
    else:
        yield from (Way("", _name(edge.dst, node)) for edge in node._outgoing())


def _name(after: Node | None, node: Node) -> str:
    """The step's name; that of another flow's step begins with its flow's, so that it is no name of this one."""
    if after is None:
        return ""
    return after.name if after.flow_class is node.flow_class else f"{after.flow_class.__name__}.{after.name}"
