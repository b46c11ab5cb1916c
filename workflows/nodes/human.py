"""What work and approvals share: a role, a deadline, an owner, and viewflow's life of a task."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from viewflow import this
from viewflow.workflow.activation import Activation
from viewflow.workflow.base import Edge, Node
from viewflow.workflow.nodes.view import View, ViewActivation
from viewflow.workflow.status import STATUS

from roles.role import Role
from workflows.deadlines import Term
from workflows.ladder import Ladder
from workflows.models import Notice
from workflows.nodes.activation import EngineActivation, cancel, disarm
from workflows.nodes.timers import Recurring, Timeout, due_for
from workflows.notifications import notify
from workflows.unit import current_unit

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from workflows.models import Case, WorkItem


AS_THE_PROGRAMME_SAYS = Ladder()


class HumanActivation(EngineActivation, ViewActivation):
    """One thing for a person: taken, done with an outcome, and the way that the outcome opens."""

    @Activation.status.transition(source=[STATUS.NEW, STATUS.ASSIGNED], target=STATUS.STARTED)
    def begin(self) -> None:
        self.task.started = self.unit.at

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self) -> None:
        self._finish()
        disarm(self.task)

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        self.complete()
        self.activate_next()

    @Activation.status.super()
    def create_next(self) -> Iterator[Any]:
        node = self.flow_task.way(self.task.outcome)
        if node is not None:
            yield node._create(self, self.task.token)

    @Activation.status.transition(source=[STATUS.NEW, STATUS.ASSIGNED], target=STATUS.CANCELED)
    def cancel(self) -> None:
        cancel([self.task])


class Human(View):
    """A node that a person does: `ways` leads from an outcome to the next node."""

    activation_class = HumanActivation

    def __init__(
        self,
        *,
        within: Term,
        counted_from: "Callable[[Any], date | None] | None" = None,
        title: "str | _StrPromise" = "",
        description: "str | _StrPromise" = "",
        ladder: Ladder = AS_THE_PROGRAMME_SAYS,
    ) -> None:
        super().__init__(view=None)
        self.within = within
        self.ladder = ladder
        self.counted_from = counted_from
        self.ways: dict[str, Node] = {}
        if title:
            self.task_title = title
        self.task_description = description

    def lead(self, outcome: str, node: Any) -> Self:
        """Go to that node when the item ends with that outcome."""
        if outcome in self.ways:
            raise ValueError(f"two ways for the outcome {outcome}")
        self.ways[outcome] = node
        return self

    def way(self, outcome: str) -> "Node | None":
        """The node that the outcome leads to. Raises KeyError for an outcome that the node does not know."""
        return self.ways[outcome]

    def told(self, outcome: str) -> str:
        """What the outcome is called."""
        return outcome.replace("_", " ")

    def Every(self, term: Term, then: Any, title: "str | _StrPromise" = "") -> Self:  # noqa: N802  viewflow's style
        """While the item is open, start that path again and again, a term apart."""
        self._boundary_specs.append(("every", Recurring(None, term=term).Next(then).Annotation(title=title or None)))
        return self

    def OnTimeout(  # noqa: N802
        self, delay: Term, then: Any, interrupting: bool = True, title: "str | _StrPromise | None" = None
    ) -> Self:
        """When the term ends first, go there; by default the item is cancelled."""
        boundary = Timeout(None, term=delay, interrupting=interrupting).Next(then).Annotation(title=title)
        self._boundary_specs.append(("timeout", boundary))
        return self

    def role_of(self, case: "Case") -> Role:
        """The role that the item is for."""
        raise NotImplementedError

    def prepare(self, item: "WorkItem", earlier: "WorkItem | None") -> None:
        """Fill in role, deadline and owner of a new item."""
        unit, case = current_unit(), item.process
        item.role = self.role_of(case)
        item.due, item.anchor, item.term = due_for(self.within, self.counted_from, case)
        owner = self.owner_of(item, earlier)
        if owner is not None:
            item.owner_id, item.status, item.assigned = owner, STATUS.ASSIGNED, unit.at
            if earlier is None or earlier.outcome != "returned":  # who asked is told of the return itself
                notify(unit, [owner], Notice.Event.ASSIGNED, item)

    def owner_of(self, item: "WorkItem", earlier: "WorkItem | None") -> int | None:
        """Whose it is from the start: of the person who holds the role on the case."""
        return current_unit().assigned(item.process, item.role)

    def _resolve(self, instance: Any) -> None:
        super()._resolve(instance)
        self.ways = {outcome: this.resolve(instance, node) for outcome, node in self.ways.items()}

    def _outgoing(self) -> Iterator[Edge]:
        for outcome, node in self.ways.items():
            if node is not None:
                yield Edge(src=self, dst=node, edge_class="next", label=outcome if len(self.ways) > 1 else None)
