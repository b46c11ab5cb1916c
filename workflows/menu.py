"""What the engine puts on the menu, and where the quick search leads."""

from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from roles.models import User, roles_today
from roles.navigation import COUNT_CAP, NavItem, Place, register, search_at
from roles.role import OVERSEES_WORK, READS_AGGREGATES, READS_CASES, TUNES_PROGRAMMES, Role
from workflows.inbox import desk_of
from workflows.models import Notice
from workflows.models.jobs import administers


def reads_cases(user: User) -> bool:
    """Whether a mandate opens any case today."""
    return not READS_CASES.isdisjoint(roles_today(user))


def oversees_work(user: User) -> bool:
    """Whether somebody's work is the person's to look after."""
    return not OVERSEES_WORK.isdisjoint(roles_today(user))


def sees_powiats(user: User) -> bool:
    """Whether figures by powiat are open."""
    return not (READS_CASES | READS_AGGREGATES).isdisjoint(roles_today(user))


def has_a_programme(user: User) -> bool:
    """Whether programmes concern the person."""
    return not (TUNES_PROGRAMMES | OVERSEES_WORK).isdisjoint(roles_today(user))


def protects_data(user: User) -> bool:
    """Whether the person is told of emergencies."""
    return not {Role.DATA_PROTECTION_OFFICER, Role.SUPERVISOR}.isdisjoint(roles_today(user))


def waiting_for(user: User) -> int:
    """How much the person has to do, counted no further than the cap."""
    return desk_of(user, localdate()).own.order_by()[: COUNT_CAP + 1].count()


def unread_by(user: User) -> int:
    """How many notices the person has not read, counted no further than the cap."""
    return Notice.objects.of(user).unread()[: COUNT_CAP + 1].count()


register(
    NavItem(
        label=_("My work"),
        url_name="workflows:inbox",
        icon="inbox",
        allowed=lambda user: True,
        count=waiting_for,
        order=10,
        key="i",
    )
)
register(
    NavItem(
        label=_("Notices"),
        url_name="workflows:notices",
        icon="bell",
        allowed=lambda user: True,
        count=unread_by,
        order=15,
    )
)
register(
    NavItem(
        label=_("Approvals together"),
        url_name="workflows:together",
        icon="checklist",
        allowed=oversees_work,
        order=20,
        key="a",
    )
)
register(
    NavItem(label=_("All cases"), url_name="workflows:cases", icon="folders", allowed=reads_cases, order=30, key="c")
)
register(
    NavItem(label=_("Board"), url_name="workflows:board", icon="chart-bar", allowed=oversees_work, order=60, key="b")
)
register(
    NavItem(
        label=_("Powiats"),
        url_name="workflows:powiats",
        icon="map",
        allowed=sees_powiats,
        place=Place.REGION,
        order=10,
        key="p",
    )
)
register(
    NavItem(
        label=_("Workflows"),
        url_name="workflows:diagrams",
        icon="hierarchy-2",
        allowed=lambda user: bool(roles_today(user)),
        place=Place.REGION,
        order=50,
    )
)
register(
    NavItem(
        label=_("Programmes"),
        url_name="workflows:programmes",
        icon="flag",
        allowed=has_a_programme,
        place=Place.ADMINISTRATION,
        order=20,
    )
)
register(
    NavItem(
        label=_("Emergency access"),
        url_name="workflows:emergencies",
        icon="shield-lock",
        allowed=protects_data,
        place=Place.ADMINISTRATION,
        order=30,
    )
)
register(
    NavItem(
        label=_("Jobs"),
        url_name="workflows:jobs",
        icon="refresh",
        allowed=administers,
        place=Place.ADMINISTRATION,
        order=40,
    )
)
search_at("workflows:search")
