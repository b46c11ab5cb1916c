"""Where a person stands today: what their mandates let them do, and for whom they act. The same rule as the query sets, in memory."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from roles.models import Mandate, User, absent_people_by_deputy
from roles.prepared import Prepared
from roles.role import ONLY_READS, READS_CASES
from workflows.models import WorkItem

if TYPE_CHECKING:
    from workflows.models import Case

#: Roles that act on cases rather than only look at them.
ACTS = READS_CASES - ONLY_READS

_mandates = Prepared(
    lambda keys, on: (
        Mandate.objects.of(*(User(pk=key) for key in keys))
        .in_force(on)
        .as_role(*ACTS)
        .values_list("user_id", "role", "organisation_id", "territory__path")
    )
)

#: The paths of the territories where somebody acts, by role and organisation.
Reach = dict[tuple[str, int], tuple[str, ...]]


@dataclass(frozen=True)
class Standing:
    """A person's reach and the absent people they stand in for, on a day. Two queries, whatever is asked of it."""

    user: User
    on: date
    reach: Reach
    stands_for: frozenset[int]

    @classmethod
    def of(cls, user: User, on: date) -> "Standing":
        """Load it."""
        return cls.of_each([user], on)[user]

    @classmethod
    def of_each(
        cls, users: Collection[User], on: date, away: Mapping[int, Collection[int]] | None = None
    ) -> dict[User, "Standing"]:
        """Load those of several people, for the same two queries; one where it is known who is `away`."""
        reaches: defaultdict[int, Reach] = defaultdict(dict)
        for user_id, role, organisation_id, path in _mandates([user.pk for user in users], on):
            reach = reaches[user_id]
            reach[role, organisation_id] = (*reach.get((role, organisation_id), ()), path)
        absent = absent_people_by_deputy([user.pk for user in users], on, away)
        return {user: cls(user, on, reaches[user.pk], frozenset(absent[user.pk])) for user in users}

    @property
    def selves(self) -> frozenset[int]:
        """The keys under which the person counts: their own and those they stand in for."""
        return self.stands_for | {self.user.pk}

    def acts_as(self, role: str, case: "Case | WorkItem") -> bool:
        """Whether a mandate in force gives this role where the case is; reads the case's territory."""
        paths = self.reach.get((str(role), case.organisation_id))
        return paths is not None and case.territory.path.startswith(paths)

    def works_on(self, case: "Case") -> bool:
        """Whether any mandate in force lets the person act where the case is."""
        return any(
            organisation_id == case.organisation_id and case.territory.path.startswith(paths)
            for (_role, organisation_id), paths in self.reach.items()
        )

    def why_not(self, item: WorkItem) -> str:
        """The sentence that says why the person may not do the item; empty when they may."""
        if item.owner_id and item.quorum == 1 and item.owner_id not in self.selves:
            return _("%(person)s has taken it.") % {"person": item.owner}
        return self.why_never(item)

    def why_never(self, item: WorkItem) -> str:
        """The sentence that says why the person may not do the item, whoever has it; empty when they may."""
        if not self.acts_as(item.role, item.case):
            return _("This is for somebody with the role “%(role)s” here.") % {"role": item.get_role_display()}
        if item.move and item.asked_by_id in self.selves:
            return _("Not yours, because you asked for it.")
        if self.selves & set(item.barred):
            return _("Not yours, because it rests on your work.")
        if any(vote.user_id == self.user.pk for vote in item.ledger):
            return _("You have voted already.")
        return ""

    def on_behalf_of(self, item: WorkItem) -> int | None:
        """The absent person for whom the item is done."""
        return item.owner_id if item.owner_id in self.stands_for else None
