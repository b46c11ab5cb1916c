"""Telling, once a day, who manages somebody absent that their deputy can stand in no more."""

from collections import defaultdict
from datetime import date

from roles.invitations import send_lost_deputies
from roles.models import Mandate, User
from roles.role import MANAGES_PEOPLE, Role
from roles.services import deputies_lost


def tell_of_lost_deputies(on: date) -> int:
    """Mail the coordinators of everybody absent whose deputy is lost, one mail each; how many were told."""
    absent_of: defaultdict[User, list[User]] = defaultdict(list)
    for absence in deputies_lost(on):
        for manager in managers_of(absence.user, on):
            absent_of[manager].append(absence.user)
    for manager, absent in absent_of.items():
        send_lost_deputies(manager, list(dict.fromkeys(absent)))
    return len(absent_of)


def managers_of(user: User, on: date) -> list[User]:
    """The coordinators of what somebody does on that day; without any, the others who manage people there. Never themselves."""
    by_role: defaultdict[bool, set[User]] = defaultdict(set)
    for mandate in Mandate.objects.in_force(on).filter(user=user).select_related("territory"):
        above = Mandate.objects.in_force(on).covering(mandate.organisation_id, mandate.territory)
        for manages in above.as_role(*MANAGES_PEOPLE).filter(user__is_active=True).select_related("user"):
            by_role[manages.role == Role.COORDINATOR].add(manages.user)
    found = (by_role[True] - {user}) or (by_role[False] - {user})
    return sorted((each for each in found if each.email), key=lambda each: each.pk)
