"""Start, end, choice and parallel parts: viewflow's nodes, reading the unit's own set instead of the database."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from viewflow import this
from viewflow.workflow.activation import Activation
from viewflow.workflow.exceptions import FlowRuntimeError
from viewflow.workflow.nodes import end, if_gate, join, split, start
from viewflow.workflow.status import PROCESS, STATUS
from viewflow.workflow.token import Token

from roles.role import Role
from workflows.lifecycle import Guard
from workflows.nodes.activation import EngineActivation, cancel, new_item
from workflows.unit import current_unit

if TYPE_CHECKING:
    from workflows.models import Case, WorkItem


class NothingToPrepare:
    """A node whose items carry nothing of their own."""

    def prepare(self, item: "WorkItem", earlier: "WorkItem | None") -> None:
        """Fill in a new item before it is kept."""


class StartActivation(EngineActivation, start.StartHandleActivation):
    """The first item of a case."""

    @Activation.status.transition(source=STATUS.NEW)
    def execute(self) -> None:
        self.complete()
        self.activate_next()


class Start(NothingToPrepare, start.StartHandle):
    """Where a case begins; `open_case` starts it."""

    activation_class = StartActivation

    def __init__(self, *, opened_by: tuple[Role, ...]) -> None:
        super().__init__()
        self.opened_by = opened_by

    def begin(self, case: "Case", at: str | None = None) -> "WorkItem":
        """Put the first token of a case that has just been saved: on the first node, or on the one of that name.

        Needs a unit that holds the case.
        """
        item = new_item(self, case, Token("start"))
        item.started = current_unit().at
        item.save()
        activation = StartActivation(item)
        if at is None:
            activation.execute()
        else:
            activation.complete()
            activation._activate_next({self.flow_class._nodes_by_name[at]._create(activation, item.token)})
        return item


class EndActivation(EngineActivation, end.EndActivation):
    """Finishes the case when nothing else waits."""

    @Activation.status.super()
    def activate(self) -> None:
        self.task.started = self.unit.at
        finish_when_nothing_waits(self.process, last=self.task)


def finish_when_nothing_waits(case: "Case", *, last: "WorkItem") -> None:
    """The case's work is finished when no item but the last one is open."""
    unit = current_unit()
    if not [item for item in unit.open_items(case) if item.pk != last.pk]:
        case.status, case.finished = PROCESS.DONE, unit.at
        case.closed_on = max(unit.day_of(case), case.opened_on)


class End(NothingToPrepare, end.End):
    """The end of a path; the case is finished when no other path is open."""

    activation_class = EndActivation


class IfActivation(EngineActivation, if_gate.IfActivation):
    """Chooses by a condition over the case's facts."""

    @Activation.status.super()
    def activate(self) -> None:
        self._condition_result = self.flow_task.holds(self.process)


class If(NothingToPrepare, if_gate.If):
    """One of two ways, by a condition: a guard, or a function of the case."""

    activation_class = IfActivation

    def __init__(self, condition: "Guard | Callable[[Any], bool]", **kwargs: Any) -> None:
        super().__init__(condition, **kwargs)

    def holds(self, case: "Case") -> bool:
        """Whether the condition holds now. Needs a unit that holds the case."""
        current_unit().load_facts(case, getattr(self._condition, "needs", ()))
        return bool(self._condition(case))

    def way_of(self, case: "Case") -> Any:
        """The node that the case would go to now; nothing moves."""
        return self._on_true if self.holds(case) else self._on_false


class SplitActivation(EngineActivation, split.SplitActivation):
    """Opens every branch."""


class Split(NothingToPrepare, split.Split):
    """Parallel branches, each of which leads to the one Join."""

    activation_class = SplitActivation


class JoinActivation(EngineActivation, join.JoinActivation):
    """Waits for every branch of its Split; asks the unit which are open."""

    @classmethod
    def create(
        cls, flow_task: Any, prev_activation: Any, token: Any, data: Any = None, seed: Any = None
    ) -> "JoinActivation":
        case = prev_activation.process
        base = token.get_base_split_token() if token.is_split_token() else token
        waiting = [
            item
            for item in current_unit().open_items(case)
            if item.node == flow_task.name and str(item.token) == str(base)
        ]
        if len(waiting) > 1:
            raise FlowRuntimeError(f"{flow_task.name} waits more than once in case {case.pk}")
        item = waiting[0] if waiting else new_item(flow_task, case, base)
        if not waiting:
            item.save()
        item.previous.add(prev_activation.task)
        return cls(item)

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.STARTED)
    @Activation.status.transition(source=STATUS.STARTED)
    def activate(self) -> None:
        if self.task.started is None:
            self.task.started = self.unit.at
            self.task.save()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE, conditions=[this.is_done])
    def complete(self) -> None:
        self._finish()

    def is_done(self) -> bool:
        """No item of any branch is open."""
        prefix = f"{self.task.token}/"
        return not [item for item in self.unit.open_items(self.process) if str(item.token).startswith(prefix)]

    @Activation.status.transition(source=[STATUS.NEW, STATUS.STARTED], target=STATUS.CANCELED)
    def cancel(self) -> None:
        cancel([self.task])


class Join(NothingToPrepare, join.Join):
    """Where the branches of a Split meet."""

    activation_class = JoinActivation


def reconsider_joins(case: "Case") -> None:
    """Let pass the Joins that waited only for what has just been cancelled."""
    for item in current_unit().open_items(case):
        if isinstance(item.flow_task, Join):
            activation = JoinActivation(item)
            if activation.complete.can_proceed():
                activation.complete()
                activation.activate_next()
