"""Approvals: a person decides whether the case makes a move. The only nodes through which a stage changes."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.utils.translation import gettext_lazy as _
from viewflow.workflow.activation import Activation
from viewflow.workflow.nodes.func import Function, FunctionActivation
from viewflow.workflow.status import STATUS
from viewflow.workflow.token import Token

from roles.role import RESERVE, Role
from workflows.deadlines import Term
from workflows.ladder import Ladder
from workflows.lifecycle import Move, moves_of
from workflows.models import Notice, Outcome
from workflows.nodes.activation import ASIDE, EngineActivation, cancel, new_item
from workflows.nodes.adhoc import AD_HOC, stands_aside
from workflows.nodes.gateways import NothingToPrepare, finish_when_nothing_waits
from workflows.nodes.human import AS_THE_PROGRAMME_SAYS, Human, HumanActivation
from workflows.notifications import notify
from workflows.unit import current_unit

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from workflows.models import Case, WorkItem

APPROVED, RETURNED, REFUSED = "approved", "returned", "refused"


class Approval(Human):
    """A person of the role that the move's terms name approves, returns or refuses it."""

    def __init__(
        self,
        move: Callable[..., Any],
        *,
        within: Term,
        quorum: int = 1,
        counted_from: "Callable[[Any], date | None] | None" = None,
        title: "str | _StrPromise" = "",
        description: "str | _StrPromise" = "",
        ladder: Ladder = AS_THE_PROGRAMME_SAYS,
    ) -> None:
        super().__init__(within=within, counted_from=counted_from, title=title, description=description, ladder=ladder)
        self.move_name = move.__name__
        self.quorum = quorum

    def Approved(self, node: Any) -> Self:  # noqa: N802  viewflow's style
        """Where the case goes on when the move is made."""
        return self.lead(APPROVED, node)

    def Returned(self, node: Any) -> Self:  # noqa: N802
        """Where it goes back to for more work."""
        return self.lead(RETURNED, node)

    def Refused(self, node: Any) -> Self:  # noqa: N802
        """Where it goes when the answer is no."""
        return self.lead(REFUSED, node)

    @property
    def move(self) -> Move:
        """The move that approving makes."""
        return moves_of(self.flow_class.process_class)[self.move_name]

    def told(self, outcome: str) -> str:
        return str(Outcome(outcome).label)

    def role_of(self, case: "Case") -> Role:
        return self.move.terms.approved_by

    def prepare(self, item: "WorkItem", earlier: "WorkItem | None") -> None:
        super().prepare(item, earlier)
        item.move, item.quorum = self.move_name, self.quorum
        if earlier is not None and earlier.owner_id:
            item.asked_by_id = earlier.owner_id
            item.effective_on, item.reason = earlier.effective_on, earlier.reason
        item.barred = sorted(current_unit().evidence_authors(item.process, self.move) | _askers(earlier))
        hand_to_reserve(item)

    def owner_of(self, item: "WorkItem", earlier: "WorkItem | None") -> int | None:
        """Nobody's: any approver of the scope who is not barred."""
        return None

    def _ready(self) -> None:
        super()._ready()
        if not self.task_title or self.task_title == self.name.replace("_", " ").title():
            self.task_title = self.move.terms.label


def hand_to_reserve(item: "WorkItem") -> None:
    """Give an approval that too few of its role could decide to the reserve approvers' role."""
    if item.role != RESERVE and not can_be_decided(item):
        item.role = RESERVE


def can_be_decided(item: "WorkItem") -> bool:
    """Whether as many people of its role as are still wanted are there today and neither barred nor standing in for the barred."""
    voters = {vote.user_id for vote in item.ledger}
    out = {*item.barred, item.asked_by_id} - {None}
    able = current_unit().able(item.role, item.process, out) - voters
    return len(able) >= item.quorum - sum(vote.outcome == APPROVED for vote in item.ledger)


class WheneverActivation(HumanActivation):
    """Approved, it cancels everything that waits and starts what must still happen; within a stage it goes on beside that."""

    @Activation.status.super()
    def create_next(self) -> Iterator[Any]:
        if self.task.outcome == APPROVED and not self.flow_task.move.stays:
            _let_go(item for item in self.unit.open_items(self.process) if not stands_aside(item))
        elif self.task.outcome != APPROVED:
            finish_when_nothing_waits(self.process, last=self.task)  # the flow may have ended meanwhile
        yield from super().create_next.original()


class Whenever(Approval):
    """An approval of a move that may be asked for at any time. One that stays in its stage runs beside the stage's work."""

    activation_class = WheneverActivation

    def __init__(self, move: Callable[..., Any], *, form: type[Any], within: Term, **kwargs: Any) -> None:
        super().__init__(move, within=within, **kwargs)
        self.form = form
        self.ways = {RETURNED: None, REFUSED: None}

    def begin(self, case: "Case", *, asked_by: int, on_behalf_of: int | None) -> "WorkItem":
        """Open the approval on a case. Needs a unit that holds the case."""
        item = new_item(self, case, Token(ASIDE if self.move.stays else "start"))
        self.prepare(item, None)
        item.asked_by_id = asked_by
        item.barred = sorted({*item.barred, asked_by, *([on_behalf_of] if on_behalf_of else [])})
        hand_to_reserve(item)
        item.save()
        for boundary in self._boundary_events:
            boundary._arm(self.activation_class(item))
        return item


def let_go_of_outdated(case: "Case", *, last: "WorkItem") -> None:
    """Cancel the requests for moves that cannot be made from the case's stage any more, and tell those who asked."""
    unit = current_unit()
    outdated = [
        item
        for item in unit.open_items(case)
        if isinstance(item.flow_task, Whenever) and case.stage not in item.flow_task.move.sources
    ]
    _let_go(outdated)
    if outdated:
        finish_when_nothing_waits(case, last=last)


def let_go_of_asides(case: "Case", *, but: "WorkItem") -> None:
    """Cancel what ran beside the stage that the case has just left: its reviews have nothing to look back on any more.

    Armed timers hang on their hosts and go with them; work made by hand belongs to the case, not to a stage.
    """
    unit = current_unit()
    _let_go(
        item
        for item in unit.open_items(case)
        if str(item.token) == ASIDE and item.host_id is None and item.node != AD_HOC and item.pk != but.pk
    )


def _let_go(items: "Iterable[WorkItem]") -> None:
    """Cancel these, and tell those who had asked for a decision that none comes."""
    ended = list(items)
    for item in ended:
        notify(current_unit(), [item.asked_by_id] if item.move else [], Notice.Event.OUTDATED, item)
    cancel(ended)


class ByTheClockActivation(EngineActivation, FunctionActivation):
    """Makes a move that time alone makes."""

    @Activation.status.super()
    def activate(self) -> None:
        self.task.started = self.unit.at
        change = self.unit.make_move(self.process, self.flow_task.move_name, approved_by=self.unit.clock.pk)
        if change.source != change.target:
            let_go_of_asides(self.process, but=self.task)
        let_go_of_outdated(self.process, last=self.task)

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.DONE)
    def complete(self) -> None:
        self._finish()


class ByTheClock(NothingToPrepare, Function):
    """A move that nobody asks for and nobody approves: time makes it, in the clock's name."""

    activation_class = ByTheClockActivation

    def __init__(self, move: Callable[..., Any]) -> None:
        super().__init__(func=None)
        self.move_name = move.__name__
        self.task_title = _("by the clock")

    @property
    def move(self) -> Move:
        """The move that is made."""
        return moves_of(self.flow_class.process_class)[self.move_name]


def _askers(earlier: "WorkItem | None") -> set[int]:
    if earlier is None:
        return set()
    return {user_id for user_id in (earlier.owner_id, earlier.on_behalf_of_id) if user_id}
