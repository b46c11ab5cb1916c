"""Who else may do an item: what somebody is told who may not do it themselves."""

from collections import defaultdict
from collections.abc import Collection, Set
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from roles.models import Absence, Mandate, User, absent_people_by_deputy
from workflows.models import WorkItem

#: How many people are named beside an item; the others are "others".
NAMED = 3


@dataclass(frozen=True)
class Decider:
    """A person who may do the item; a reserve approver decides when nobody else is left."""

    user: User
    is_reserve: bool
    is_away: bool


def who_may(item: WorkItem, on: date, *, whoever_has_it: bool = False) -> list[Decider]:
    """Those whose mandates let them do the item on that day, reserve approvers last; three queries.

    An item in somebody's hands is theirs and their deputies', unless one asks who could, `whoever_has_it`.
    """
    return who_may_each([item], on, whoever_has_it=whoever_has_it)[item.pk]


def who_may_each(items: Collection[WorkItem], on: date, *, whoever_has_it: bool = False) -> dict[int, list[Decider]]:
    """The same for many items, by key; three queries, whatever their number. Reads the items' territories."""
    if not items:
        return {}
    by_place: defaultdict[tuple[str, int], list[Mandate]] = defaultdict(list)
    for mandate in _mandates_for(items, on):
        by_place[mandate.role, mandate.organisation_id].append(mandate)
    people = {mandate.user_id for some in by_place.values() for mandate in some}
    stands_for = absent_people_by_deputy(people, on)
    away = set(Absence.objects.on(on).filter(user__in=people).values_list("user", flat=True))
    found: dict[int, list[Decider]] = {}
    for item in items:
        barred = {*item.barred, *([item.asked_by_id] if item.move and item.asked_by_id else [])}
        barred |= {vote.user_id for vote in item.ledger}
        anybody = whoever_has_it or item.quorum > 1 or not item.owner_id
        may: dict[int, Decider] = {}
        for mandate in by_place[item.role, item.organisation_id]:
            selves = stands_for[mandate.user_id] | {mandate.user_id}
            in_hand = anybody or item.owner_id in selves
            if in_hand and not selves & barred and item.territory.path.startswith(mandate.territory.path):
                may.setdefault(mandate.user_id, Decider(mandate.user, mandate.is_reserve, mandate.user_id in away))
        found[item.pk] = list(may.values())
    return found


def with_whom(deciders: Collection[Decider]) -> str:
    """ "with Anna Nowak, Jan Kowalski and others": who can, in a line; empty when nobody can."""
    names = ", ".join(str(each.user) for each in list(deciders)[:NAMED])
    if not names:
        return ""
    return (_("with %(people)s and others") if len(deciders) > NAMED else _("with %(people)s")) % {"people": names}


def _mandates_for(items: Collection[WorkItem], on: date) -> list[Mandate]:
    """The mandates in force in the items' roles and organisations, of people who may sign in, reserve approvers last."""
    held = Mandate.objects.in_force(on).as_role(*{item.role for item in items})
    held = held.filter(organisation__in={item.organisation_id for item in items}, user__is_active=True)
    return list(held.select_related("user", "territory").order_by("is_reserve", "user__sort_key"))


def barred_by_now(item: WorkItem, doers: Set[int]) -> list[int]:
    """Who may not decide the item as things stand: with `doers`, those who have written evidence since it was asked for.

    The facts that the move's guards need must have been loaded.
    """
    authors = item.case.move(item.move).authors(item.case) | doers
    return sorted({*item.barred, *(authors - {vote.user_id for vote in item.ledger})})
