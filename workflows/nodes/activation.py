"""What every activation of ours has in common: it writes through the unit and lets errors through."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from viewflow.workflow.nodes.if_gate import If as Choice
from viewflow.workflow.status import STATUS

from workflows.unit import current_unit

if TYPE_CHECKING:
    from workflows.batch import Batch
    from workflows.models import Case, WorkItem

#: The token of timers that do not interrupt, of the paths that they open, and of work made by hand: no Join waits for it.
ASIDE = "aside"

#: Open for a node that waits, human or not.
WAITING = (STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED, STATUS.SCHEDULED, STATUS.ERROR)


class EngineActivation:
    """Mixin before viewflow's activation.

    viewflow's own guard stores the frame's local variables with the task (a PESEL was seen there); ours stores nothing: an error
    ends the transaction, and who runs it (gate, dispatcher, worker) counts attempts.
    """

    task: "WorkItem"
    process: "Case"
    flow_task: Any

    def exception_guard(self) -> AbstractContextManager[None]:
        return nullcontext()

    @classmethod
    def create(
        cls, flow_task: Any, prev_activation: Any, token: Any, data: Any = None, seed: Any = None
    ) -> "EngineActivation":
        item = new_item(flow_task, prev_activation.process, token)
        flow_task.prepare(item, _what_led_here(prev_activation.task))
        item.save()
        item.previous.add(prev_activation.task)
        return cls(item)  # type: ignore[call-arg]

    @property
    def unit(self) -> "Batch":
        return current_unit()

    def _finish(self) -> None:
        self.task.finished = self.unit.at
        self.task.save()


def new_item(flow_task: Any, case: "Case", token: Any) -> "WorkItem":
    """An item for a node of the case, not yet kept."""
    item: WorkItem = flow_task.flow_class.task_class(
        process=case,
        flow_task=flow_task,
        flow_task_type=flow_task.task_type,
        node=flow_task.name,
        token=token,
        organisation_id=case.organisation_id,
        territory_id=case.territory_id,
    )
    item.data, item.seed = {}, None
    return item


def _what_led_here(item: "WorkItem") -> "WorkItem | None":
    """The item that an item follows, past the choices between them: they pass on who asked, when and why."""
    led: WorkItem | None = item
    while led is not None and isinstance(led.flow_task, Choice):
        led = current_unit().came_from(led)
    return led


def cancel(items: Iterable["WorkItem"]) -> None:
    """Cancel these open items and disarm their timers: the only way an item is cancelled."""
    unit = current_unit()
    for item in items:
        if item.finished is None:
            item.status, item.finished = STATUS.CANCELED, unit.at
            item.save()
            disarm(item)


def disarm(host: "WorkItem") -> None:
    """Cancel the timers that wait on the border of this item."""
    unit = current_unit()
    cancel(item for item in unit.open_items(host.process) if item.host_id == host.pk)
