"""The rungs by which a task's lateness becomes known, where a task has its own."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ladder:
    """When the owner is reminded, when the supervisors are, and when the task stands in their inbox.

    Counted as the programme's parameters of the same names are: before the deadline in days, after it in working days. What is left
    out is as the programme has set it.
    """

    remind_days_before: int | None = None
    remind_supervisor_after: int | None = None
    show_overdue_after: int | None = None

    def __post_init__(self) -> None:
        if any(count is not None and count < 0 for count in vars(self).values()):
            raise ValueError("A rung cannot be negative.")
