"""What the shared facts put on the menu."""

from django.utils.translation import gettext_lazy as _

from cases.models.base import WRITES_FACTS
from roles.models import User, roles_today
from roles.navigation import NavItem, Place, register
from roles.role import DECIDES_ERASURES, PROPOSES_ERASURES, READS_LOGS


def leads_sessions(user: User) -> bool:
    """Whether the person works with people on cases today."""
    return not WRITES_FACTS.isdisjoint(roles_today(user))


register(
    NavItem(
        label=_("Sessions"), url_name="cases:sessions", icon="calendar-event", allowed=leads_sessions, order=55, key="s"
    )
)
register(
    NavItem(
        label=_("Log of access"),
        url_name="cases:reading_log",
        icon="list-details",
        allowed=lambda user: not READS_LOGS.isdisjoint(roles_today(user)),
        place=Place.ADMINISTRATION,
        order=40,
    )
)
register(
    NavItem(
        label=_("Retention"),
        url_name="cases:retention",
        icon="clock",
        allowed=lambda user: not (PROPOSES_ERASURES | DECIDES_ERASURES).isdisjoint(roles_today(user)),
        place=Place.ADMINISTRATION,
        order=41,
    )
)
