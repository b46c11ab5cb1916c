"""What the room puts on the menu."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.participants.models import ParticipantImport
from cases.participants.models.imports import IMPORTERS
from roles.models import User, roles_today
from roles.navigation import NavItem, register
from roles.role import Role
from workflows.beside_work import MOST, NEWS, Beside, stands_beside_work
from workflows.doors import Door, register_door

#: Roles that register people, and roles that review them month by month.
REGISTERS = frozenset({Role.ANIMATOR, Role.COORDINATOR})
REVIEWS = frozenset({Role.TUTOR})
ADMITS = frozenset({Role.COORDINATOR, Role.SUPERVISOR})


def registers_people(user: User) -> bool:
    """Whether the person registers participants somewhere today."""
    return not REGISTERS.isdisjoint(roles_today(user))


def admits_people(user: User) -> bool:
    """Whether the person offers places, or approves admissions, somewhere today."""
    return not ADMITS.isdisjoint(roles_today(user))


def imports_people(user: User) -> bool:
    """Whether the person brings in or approves lists of participants somewhere today."""
    return not IMPORTERS.isdisjoint(roles_today(user))


def imports_waiting_for(user: User) -> int:
    """How many imports go no further without the person."""
    return ParticipantImport.objects.waiting_for(user).count()


@stands_beside_work
def imports_beside_work(user: User, at: datetime) -> Iterator[Beside]:
    """Takeovers to approve, checked lists to confirm, and what came of my imports lately."""
    if not imports_people(user):
        return
    state = ParticipantImport.State
    for batch in ParticipantImport.objects.waiting_for(user)[:MOST]:
        is_takeover = batch.state == state.WAITING
        url = reverse("participants:import_takeover", args=[batch.pk]) if is_takeover else batch.get_absolute_url()
        words = _("people already in support wait for your approval") if is_takeover else _("checked, to be confirmed")
        yield Beside(batch.name, words, url, waits=True)
    mine = ParticipantImport.objects.ended_since(at - NEWS).filter(Q(uploaded_by=user) | Q(confirmed_by=user))
    for batch in mine.visible_to(user, at)[:MOST] if mine.exists() else ():
        yield Beside(batch.name, batch.get_state_display(), batch.get_absolute_url())


def reviews_people(user: User) -> bool:
    """Whether the person accompanies participants today."""
    return not REVIEWS.isdisjoint(roles_today(user))


def meets_people(user: User) -> bool:
    """Whether the person meets those who may want to take part."""
    return Role.ANIMATOR in roles_today(user)


register_door(Door(_("Application to take part"), "participants:apply", meets_people))
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
        label=_("Reserve list"),
        url_name="participants:reserve_list",
        icon="list-details",
        allowed=admits_people,
        order=43,
    )
)
register(
    NavItem(
        label=_("Imports"),
        url_name="participants:imports",
        icon="file-import",
        allowed=imports_people,
        count=imports_waiting_for,
        order=45,
        key="u",
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
