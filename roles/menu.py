"""What this app puts on the menu."""

from django.utils.translation import gettext_lazy as _

from roles.models import User, roles_today
from roles.navigation import NavItem, Place, register
from roles.role import CONFIRMS_MANDATES, KEEPS_ORGANISATIONS, MANAGES_PEOPLE


def manages_people(user: User) -> bool:
    """Whether a mandate in force today, or a superuser's rank, lets this person manage others."""
    return user.is_superuser or not MANAGES_PEOPLE.isdisjoint(roles_today(user))


def keeps_organisations(user: User) -> bool:
    """Whether the register of organisations is the person's to keep."""
    return user.is_superuser or not KEEPS_ORGANISATIONS.isdisjoint(roles_today(user))


register(
    NavItem(
        label=_("People and mandates"),
        url_name="roles:people",
        icon="users",
        allowed=manages_people,
        place=Place.ADMINISTRATION,
        order=10,
    )
)
register(
    NavItem(
        label=_("Mandates that wait"),
        url_name="roles:waiting_mandates",
        icon="shield-check",
        allowed=lambda user: manages_people(user) or not CONFIRMS_MANDATES.isdisjoint(roles_today(user)),
        place=Place.ADMINISTRATION,
        order=15,
    )
)
register(
    NavItem(
        label=_("Organisations"),
        url_name="roles:organisations",
        icon="building",
        allowed=keeps_organisations,
        place=Place.ADMINISTRATION,
        order=18,
    )
)
register(
    NavItem(
        label=_("My account and absences"),
        url_name="roles:account",
        icon="user-circle",
        allowed=lambda user: True,
        place=Place.PERSON,
        order=10,
    )
)
