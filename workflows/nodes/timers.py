"""Timers: a wait in the path, and timeouts on the border of an item. Our own dispatcher fires them."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from viewflow.workflow.activation import Activation
from viewflow.workflow.nodes.boundary import TimerBoundary
from viewflow.workflow.nodes.timer import Timer, TimerActivation
from viewflow.workflow.status import STATUS
from viewflow.workflow.token import Token

from workflows.deadlines import Term, start_of_local_day
from workflows.nodes.activation import ASIDE, EngineActivation, cancel
from workflows.nodes.gateways import NothingToPrepare
from workflows.unit import current_unit

if TYPE_CHECKING:
    from workflows.models import Case, WorkItem


def due_for(
    term: Term,
    counted_from: "Callable[[Any], date | None] | None",
    case: "Case",
    times: int = 1,
    anchor: date | None = None,
) -> tuple[date, date, str]:
    """When a term of the case's programme ends: the day, what it counts from, and the term as it is stored.

    What comes round again is given its first `anchor`, so that it does not drift.
    """
    unit = current_unit()
    anchor = anchor or (counted_from(case) if counted_from else None) or unit.day_of(case)
    exact = unit.in_programme(case, term).times(times)
    return unit.due(case, anchor, exact), anchor, str(exact)


class WaitActivation(EngineActivation, TimerActivation):
    """Waits until its day has come."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.SCHEDULED)
    def activate(self) -> None:
        self.flow_task.schedule(self.task)

    @Activation.status.transition(source=STATUS.SCHEDULED, target=STATUS.DONE)
    def fire(self) -> None:
        """The day has come."""
        self.task.started = self.unit.at
        self._finish()

    @Activation.status.transition(source=STATUS.SCHEDULED)
    def execute(self) -> None:
        self.fire()
        self.activate_next()

    @Activation.status.transition(source=[STATUS.NEW, STATUS.SCHEDULED], target=STATUS.CANCELED)
    def cancel(self) -> None:
        cancel([self.task])


class Scheduling(NothingToPrepare):
    """A timer's node: how long, and from which day."""

    term: Term
    counted_from: "Callable[[Any], date | None] | None" = None

    def schedule(self, item: "WorkItem") -> None:
        """Put the moment on the item: the start of the local day that the term ends on."""
        day, item.anchor, item.term = due_for(self.term, self.counted_from, item.process, item.round, item.anchor)
        item.scheduled = start_of_local_day(day)
        item.save()


class Wait(Scheduling, Timer):
    """The path goes on when the term has ended."""

    activation_class = WaitActivation

    def __init__(self, term: Term, *, counted_from: "Callable[[Any], date | None] | None" = None) -> None:
        super().__init__(delay=None)
        self.term = term
        self.counted_from = counted_from


class BoundaryActivation(WaitActivation):
    """A timer on the border of an item."""

    @Activation.status.transition(source=STATUS.SCHEDULED)
    def execute(self) -> None:
        self.fire()  # first: cancelling the host disarms what is still armed
        if self.flow_task._interrupting:
            cancel([item for item in self.unit.open_items(self.process) if item.pk == self.task.host_id])
        self.activate_next()


class Boundary(Scheduling, TimerBoundary):
    """A timer that is armed with its host and disarmed when the host is finished."""

    activation_class = BoundaryActivation

    def __init__(self, attached_to: Any, *, term: Term, interrupting: bool) -> None:
        super().__init__(attached_to, delay=None, interrupting=interrupting)
        self.term = term

    def prepare(self, item: "WorkItem", earlier: "WorkItem | None") -> None:
        """Hang on the host; a path that runs beside it has a token of its own, so that no Join waits for it."""
        item.host_id = earlier.pk if earlier else None
        if not self._interrupting:
            item.token = Token(ASIDE)

    def _ready(self) -> None:
        """Be armed with the host; who finishes or cancels an item disarms its timers, so no signal is needed."""
        self._attached_to._boundary_events.append(self)


class Timeout(Boundary):
    """When the term ends before the item, this path is taken."""

    def __init__(self, attached_to: Any, *, term: Term, interrupting: bool = True) -> None:
        super().__init__(attached_to, term=term, interrupting=interrupting)


class RecurringActivation(BoundaryActivation):
    """Fires, starts its path under a token of its own, and waits for the next time."""

    @Activation.status.transition(source=STATUS.SCHEDULED)
    def execute(self) -> None:
        self.task.status = STATUS.DONE
        self.activate_next()
        self.task.status = STATUS.SCHEDULED
        self._wait_for_the_next()

    def _wait_for_the_next(self) -> None:
        """The next time that lies ahead: rounds missed meanwhile, or before a takeover, are not made up for."""
        while self.task.scheduled is not None and self.task.scheduled <= self.unit.at:
            self.task.round += 1
            self.flow_task.schedule(self.task)


class Recurring(Boundary):
    """While the item is open, the path starts again and again, a term apart."""

    activation_class = RecurringActivation

    def __init__(self, attached_to: Any, *, term: Term) -> None:
        super().__init__(attached_to, term=term, interrupting=False)
