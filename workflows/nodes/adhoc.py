"""Work that no flow foresaw: made by hand, in the case's scope, beside the flow."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.activation import Activation
from viewflow.workflow.base import Edge
from viewflow.workflow.status import STATUS
from viewflow.workflow.token import Token

from roles.role import Role
from workflows.deadlines import days
from workflows.forms import WorkForm
from workflows.models import Notice
from workflows.nodes.activation import ASIDE, new_item
from workflows.nodes.gateways import finish_when_nothing_waits
from workflows.nodes.human import Human, HumanActivation
from workflows.notifications import notify

if TYPE_CHECKING:
    from workflows.models import Case, WorkItem

#: The name under which every flow has this node.
AD_HOC = "ad_hoc"


class AdHocForm(WorkForm):
    """What came of it, in a note."""

    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)


class AdHocActivation(HumanActivation):
    """Done, it leads nowhere, or back into the flow at the node that it was made for."""

    @Activation.status.super()
    def create_next(self) -> Iterator[Any]:
        then = self.flow_class.instance.node(self.task.then, no_obsolete=True) if self.task.then else None
        if then is not None:
            yield then._create(self, Token("start"))

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        self.complete()
        if self.task.host_id:  # it decided on what somebody had asked for
            notify(self.unit, [self.task.asked_by_id], Notice.Event.DECIDED, self.task)
        self.activate_next()
        finish_when_nothing_waits(self.process, last=self.task)


class AdHoc(Human):
    """A piece of work with a title of its own; every flow has one such node, and no edge leads to it.

    It stands outside the flow: proofs, diagrams and fingerprints pass over nodes with `outside_the_flow`. It holds up no Join. A case
    whose flow has ended while such work was open is finished with the last of it.
    """

    activation_class = AdHocActivation
    outside_the_flow: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__(within=days(0), title=_("Task made by hand"))
        self.form = AdHocForm
        self.ways = {"done": None}

    def begin(self, case: "Case", *, title: str, role: Role, due: date, made_by: int, then: str = "") -> "WorkItem":
        """Put such an item on a case. `then` names the node at which the flow goes on after it. Needs a unit that holds the case."""
        item = new_item(self, case, Token(ASIDE))
        item.title_text, item.role, item.due = title, role, due
        item.asked_by_id, item.then = made_by, then
        item.save()
        return item

    def _outgoing(self) -> Iterator[Edge]:
        return iter(())


def stands_aside(item: "WorkItem") -> bool:
    """Whether the item was made by hand and the flow does not wait for it."""
    return item.node == AD_HOC and not item.then
