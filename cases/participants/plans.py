"""Which version of a plan a case goes by: a new one counts once a supervisor has approved it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workflows.models.history import those_that_count

if TYPE_CHECKING:
    from cases.participants.models import Plan
    from workflows.models import StageChange

#: The moves by which a supervisor approves the plan that was agreed last.
APPROVES_THE_PLAN = frozenset({"accept_plan", "change_plan", "change_plan_in_incubation"})


def plan_in_force(plans: "Iterable[Plan]", changes: "Iterable[StageChange]") -> "Plan | None":
    """The latest of one case's plans that was there when one was approved; None before that.

    A version that was proposed and turned down is passed over: the one before it stays in force.
    """
    approvals = [change.recorded_at for change in those_that_count(changes) if change.move in APPROVES_THE_PLAN]
    if not approvals:
        return None
    approved = (plan for plan in plans if plan.recorded_at <= approvals[-1])
    return max(approved, key=lambda plan: plan.version, default=None)
