"""Work: a form for a role, with a deadline."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.utils.translation import pgettext

from roles.role import Role
from workflows.deadlines import Term
from workflows.ladder import Ladder
from workflows.nodes.human import AS_THE_PROGRAMME_SAYS, Human
from workflows.unit import current_unit

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from workflows.models import Case, WorkItem

DONE = "done"


class Work(Human):
    """A person of the role fills in the form; its outcome chooses the way on."""

    def __init__(
        self,
        form: type[Any],
        *,
        role: Role,
        within: Term,
        counted_from: "Callable[[Any], date | None] | None" = None,
        title: "str | _StrPromise" = "",
        description: "str | _StrPromise" = "",
        ladder: Ladder = AS_THE_PROGRAMME_SAYS,
    ) -> None:
        super().__init__(within=within, counted_from=counted_from, title=title, description=description, ladder=ladder)
        self.form = form
        self.role = role

    def Next(self, node: Any, **kwargs: Any) -> Self:  # noqa: N802  viewflow's style
        """The only way on."""
        return self.lead(DONE, node)

    def On(self, outcome: str, node: Any) -> Self:  # noqa: N802
        """The way on for one of the form's outcomes."""
        return self.lead(outcome, node)

    def told(self, outcome: str) -> str:
        """What the form calls the outcome; the only way on has no name."""
        offered = getattr(self.form.base_fields.get("outcome"), "choices", None)
        known = {value: str(label) for value, label in offered} if isinstance(offered, list) else {}
        return known.get(outcome) or (pgettext("an outcome", "done") if outcome == DONE else super().told(outcome))

    def role_of(self, case: "Case") -> Role:
        return self.role

    def owner_of(self, item: "WorkItem", earlier: "WorkItem | None") -> int | None:
        """An item that was returned goes back to the person who asked, if it is for their role."""
        if earlier is not None and earlier.outcome == "returned" and earlier.asked_by_id:
            asker = earlier.asked_by_id
            if current_unit().is_attended(asker, item.role, item.process):
                return asker
        return super().owner_of(item, earlier)
