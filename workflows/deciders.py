"""Who else may do an item: what somebody is told who may not do it themselves."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date

from roles.models import Absence, Mandate, User, deputies_of
from workflows.models import WorkItem


@dataclass(frozen=True)
class Decider:
    """A person who may do the item; a reserve approver decides when nobody else is left."""

    user: User
    is_reserve: bool
    is_away: bool


def who_may(item: WorkItem, on: date, *, whoever_has_it: bool = False) -> list[Decider]:
    """Those whose mandates let them do the item on that day, reserve approvers last; four queries.

    An item in somebody's hands is theirs and their deputies', unless one asks who could, `whoever_has_it`.
    """
    barred = {*item.barred, *([item.asked_by_id] if item.move and item.asked_by_id else [])}
    barred |= deputies_of(barred, on) | {vote.user_id for vote in item.ledger}
    held = Mandate.objects.in_force(on).as_role(item.role).covering(item.organisation_id, item.territory)
    found: dict[int, Decider] = {}
    hands = None if whoever_has_it else _hands(item, on)
    away = set(Absence.objects.on(on).values_list("user", flat=True))
    for mandate in held.filter(user__is_active=True).select_related("user").order_by("is_reserve", "user__sort_key"):
        if mandate.user_id not in barred and (hands is None or mandate.user_id in hands):
            found.setdefault(mandate.user_id, Decider(mandate.user, mandate.is_reserve, mandate.user_id in away))
    return list(found.values())


def barred_by_now(item: WorkItem, doers: Set[int]) -> list[int]:
    """Who may not decide the item as things stand: with `doers`, those who have written evidence since it was asked for.

    The facts that the move's guards need must have been loaded.
    """
    authors = item.case.move(item.move).authors(item.case) | doers
    return sorted({*item.barred, *(authors - {vote.user_id for vote in item.ledger})})


def _hands(item: WorkItem, on: date) -> set[int] | None:
    """Whose it is, with their deputies; None while it is nobody's."""
    return {item.owner_id} | deputies_of([item.owner_id], on) if item.owner_id and item.quorum == 1 else None
