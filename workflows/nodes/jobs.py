"""A step that a worker does outside the transaction; the path goes on when it is done."""

from typing import TYPE_CHECKING, Any

from viewflow.workflow.activation import Activation
from viewflow.workflow.nodes.job import AbstractJob, AbstractJobActivation
from viewflow.workflow.status import STATUS

from workflows.nodes.activation import EngineActivation, cancel
from workflows.nodes.gateways import NothingToPrepare

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class JobActivation(EngineActivation, AbstractJobActivation):
    """Waits for its job."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.STARTED)
    def activate(self) -> None:
        """Leave the job in the same transaction; its key is the item's."""
        self.task.started = self.unit.at
        self.task.save()
        self.unit.job(self.flow_task.job, case=self.process, key=f"item-{self.task.pk}", item=self.task.pk)

    @Activation.status.transition(source=STATUS.DONE)
    def complete(self) -> None:
        """Not open while the job is under way: viewflow completes at once whatever it can, and the node would not wait."""

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def settle(self) -> None:
        """The job has been done."""
        self._finish()

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        self.settle()
        self.activate_next()

    @Activation.status.transition(source=[STATUS.NEW, STATUS.STARTED, STATUS.ERROR], target=STATUS.CANCELED)
    def cancel(self) -> None:
        cancel([self.task])


class JobNode(NothingToPrepare, AbstractJob):
    """A registered job that the case waits for; `workflows.services.job_done` moves it on."""

    activation_class = JobActivation

    def __init__(self, job: str, *, title: "str | _StrPromise" = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job
        if title:
            self.task_title = title
