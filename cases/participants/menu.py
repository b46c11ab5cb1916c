"""What the room puts on the menu."""

from django.utils.translation import gettext_lazy as _

from roles.models import User, roles_today
from roles.navigation import NavItem, register
from roles.role import Role

#: Roles that register people, and roles that review them month by month.
REGISTERS = frozenset({Role.ANIMATOR, Role.COORDINATOR})
REVIEWS = frozenset({Role.TUTOR})


def registers_people(user: User) -> bool:
    """Whether the person registers participants somewhere today."""
    return not REGISTERS.isdisjoint(roles_today(user))


def reviews_people(user: User) -> bool:
    """Whether the person accompanies participants today."""
    return not REVIEWS.isdisjoint(roles_today(user))


register(
    NavItem(
        label=_("New participant"),
        url_name="participants:new",
        icon="user-plus",
        allowed=registers_people,
        order=40,
        key="n",
    )
)
register(
    NavItem(
        label=_("Monthly reviews"),
        url_name="participants:reviews",
        icon="clipboard-check",
        allowed=reviews_people,
        order=50,
        key="m",
    )
)
