"""What somebody may choose from when they give a mandate: a convenience for forms; the services decide."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from roles.models import Mandate, Organisation, Territory, User
from roles.models.organisations import OrganisationQuerySet
from roles.models.territory import TerritoryQuerySet
from roles.role import MAY_GIVE, OF_SERVICES, Role


@dataclass(frozen=True)
class Reach:
    """Roles, organisations and territories, each on its own: not every combination is allowed."""

    roles: list[Role]
    organisations: OrganisationQuerySet
    territories: TerritoryQuerySet


def reach_of(manager: User, on: date) -> Reach:
    """What the person's mandates let them choose from on that day; one query, and two when the lists are drawn."""
    territories = Territory.objects.in_force(on).of_mandates().by_name()
    organisations = Organisation.objects.active().by_name()
    if manager.is_superuser:
        return Reach([role for role in Role if role not in OF_SERVICES], organisations, territories)
    held = list(
        Mandate.objects.of(manager)
        .in_force(on)
        .as_role(*MAY_GIVE)
        .values_list("role", "organisation_id", "territory__path")
    )
    given = frozenset[Role]().union(*(MAY_GIVE[Role(role)] for role, _organisation, _path in held))
    below = Q(pk__in=[])
    for _role, _organisation, path in held:
        below |= Q(path__startswith=path)
    return Reach(
        roles=[role for role in Role if role in given],
        organisations=organisations.filter(pk__in={organisation for _role, organisation, _path in held}),
        territories=territories.filter(below),
    )
