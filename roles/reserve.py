"""Where separation of duties could leave a decision without anybody."""

from datetime import date

from roles.models import Mandate, User
from roles.role import Role


def scopes_without_reserve(manager: User, on: date) -> list[Mandate]:
    """Supervisors' mandates, one a scope, in which no second supervisor stands in reserve, of the manager's people.

    A reserve approver alone is none: whoever asked for a move needs somebody else to decide it. One query.
    """
    held = list(
        Mandate.objects.visible_to(manager, on)
        .in_force(on)
        .as_role(Role.SUPERVISOR)
        .filter(user__is_active=True)
        .select_related("organisation", "territory")
        .order_by("organisation__sort_key", "territory__sort_key", "pk")
    )
    scopes = {(mandate.organisation_id, mandate.territory_id): mandate for mandate in held}
    return [scope for scope in scopes.values() if not _has_reserve(scope, held)]


def _has_reserve(scope: Mandate, held: list[Mandate]) -> bool:
    covering = [
        mandate
        for mandate in held
        if mandate.organisation_id == scope.organisation_id and scope.territory.path.startswith(mandate.territory.path)
    ]
    return len({mandate.user_id for mandate in covering}) > 1 and any(mandate.is_reserve for mandate in covering)
