"""A case opened to somebody without a mandate asks for the second factor as a mandate would."""

from django.utils.timezone import now

from roles.models import User
from roles.second_factor import asks_for_second_factor
from workflows.models import CaseGrant


@asks_for_second_factor
def has_a_case_opened(user: User) -> bool:
    """Whether a share or an emergency access is in force for the person."""
    return CaseGrant.objects.in_force(now()).filter(user=user).exists()
