"""Who and where."""

from roles.models.absences import (
    Absence,
    absent_people_by_deputy,
    absent_people_of,
    away_on,
    deputies_by_person,
    deputies_of,
    reached_from,
)
from roles.models.mandates import (
    Mandate,
    Scope,
    case_scopes_of,
    people_managed_by,
    roles_today,
    scopes_below,
)
from roles.models.organisations import Organisation
from roles.models.territory import InForceQuerySet, Subregion, SubregionMembership, Territory
from roles.models.users import User, clock_of, service_account

__all__ = [
    "Absence",
    "InForceQuerySet",
    "Mandate",
    "Organisation",
    "Scope",
    "Subregion",
    "SubregionMembership",
    "Territory",
    "User",
    "absent_people_by_deputy",
    "absent_people_of",
    "away_on",
    "case_scopes_of",
    "clock_of",
    "deputies_by_person",
    "deputies_of",
    "people_managed_by",
    "reached_from",
    "roles_today",
    "scopes_below",
    "service_account",
]
