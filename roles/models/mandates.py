"""Mandates: who may act as what, for which organisation, where and when."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Left, Length
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from roles.models.organisations import Organisation, OrganisationQuerySet
from roles.models.territory import InForceQuerySet, Territory
from roles.models.users import User, UserQuerySet
from roles.prepared import Prepared
from roles.role import CONFIRMS_MANDATES, KEEPS_ORGANISATIONS, MAY_GIVE, OF_SERVICES, READS_CASES, Role


@dataclass(frozen=True)
class Scope:
    """What one mandate opens: the cases of an organisation in some territories, to a role."""

    role: Role
    organisation_id: int
    territory_ids: frozenset[int]


class MandateQuerySet(InForceQuerySet["Mandate"]):
    """Sets of mandates."""

    def in_force(self, on: date) -> Self:
        """Those valid on the day `on`; one that waits for somebody opens nothing."""
        return super().in_force(on).settled()

    def settled(self) -> Self:
        """Those that wait for nobody, past and coming ones too."""
        return self.filter(waits_for="")

    def waiting(self, on: date) -> Self:
        """Those that wait for somebody, unless their last day has gone by meanwhile or they were declined."""
        return self.exclude(waits_for="").meeting(on, None)

    def to_accept_by(self, user: User, on: date) -> Self:
        """Those that this person may accept or decline for themselves."""
        return self.waiting(on).filter(user=user, waits_for=Mandate.WaitsFor.OWNER)

    def to_confirm_by(self, user: User, on: date) -> Self:
        """Those that this person may confirm as the second one: who could have given it, or protects the data there."""
        protected = Q(pk__in=[])
        held = Mandate.objects.of(user).in_force(on).as_role(*CONFIRMS_MANDATES)
        for organisation_id, path in held.values_list("organisation_id", "territory__path"):
            protected |= Q(organisation_id=organisation_id, territory__path__startswith=path)
        waiting = self.waiting(on).filter(_reach(user, on) | protected, waits_for=Mandate.WaitsFor.SECOND_PERSON)
        return waiting.exclude(user=user).exclude(given_by=user)

    def current(self, on: date) -> Self:
        """Those in force on that day or still to come."""
        return self.settled().meeting(on, None)

    def of(self, *users: User) -> Self:
        """Those that these people hold; nobody inactive holds any."""
        return self.filter(user__in=users, user__is_active=True)

    def as_role(self, *roles: str) -> Self:
        """Those for one of these roles."""
        return self.filter(role__in=roles)

    def covering(self, organisation_id: int, territory: Territory) -> Self:
        """Those that reach a case of this organisation in this territory."""
        return self.filter(organisation_id=organisation_id, territory__path__in=paths_down_to(territory.path))

    def within_reach_of(self, manager: User, on: date) -> Self:
        """Those that this person may give and end on that day: never their own, and only of the roles below theirs."""
        return self.filter(_reach(manager, on)).exclude(user=manager)

    def beyond_reach_of(self, manager: User, on: date) -> Self:
        """Those that this person may neither give nor end on that day."""
        return self.exclude(_reach(manager, on))

    def visible_to(self, manager: User, on: date) -> Self:
        """Those for organisations in which this person manages people on that day."""
        if manager.is_superuser and manager.is_active:
            return self.exclude(role__in=OF_SERVICES)
        managed = Mandate.objects.of(manager).in_force(on).as_role(*MAY_GIVE).values("organisation")
        return self.filter(organisation__in=managed)

    def newest_first(self) -> Self:
        """By first day, the latest on top."""
        return self.order_by("-valid_from", "-pk")

    def by_role(self) -> Self:
        """By role, then organisation, then territory, the last two by name."""
        return self.order_by("role", "organisation__sort_key", "organisation_id", "territory__sort_key")

    def holders(self) -> UserQuerySet:
        """The active people who hold any of these, by name."""
        return User.objects.active().filter(pk__in=self.values("user")).by_name()

    def scopes(self) -> list[Scope]:
        """One scope a role and organisation, with every territory that the mandates reach. Two queries."""
        return scopes_below(self.values_list("role", "organisation_id", "territory_id", "territory__path").distinct())


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class Mandate(models.Model):
    """A person acts in a role for an organisation within a territory, from a day to a day, both inclusive.

    One withdrawn before it began ends on the day before its first, and was never in force. One that waits for a second
    person, or for the consent of whoever is to hold it, opens nothing until then.
    """

    class WaitsFor(models.TextChoices):
        SECOND_PERSON = "second", _("waits for a second person to confirm it")
        OWNER = "owner", _("waits for the person to accept it")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="mandates"
    )
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), on_delete=models.PROTECT, related_name="mandates"
    )
    territory = models.ForeignKey(
        Territory, verbose_name=_("territory"), on_delete=models.PROTECT, related_name="mandates"
    )
    valid_from = models.DateField(_("first day"))
    valid_to = models.DateField(_("last day"), null=True, blank=True)
    is_reserve = models.BooleanField(
        _("reserve approver"), default=False, help_text=_("Decides when separation of duties leaves nobody else.")
    )
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("given by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    waits_for = models.CharField(_("waits for"), max_length=6, choices=WaitsFor.choices, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("confirmed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from") - timedelta(days=1)),
                name="mandate_valid_order",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.AUDITOR) | Q(valid_to__isnull=False), name="mandate_auditor_is_time_boxed"
            ),
            models.CheckConstraint(
                condition=Q(is_reserve=False) | Q(role=Role.SUPERVISOR), name="mandate_reserve_is_supervisor"
            ),
            models.CheckConstraint(
                condition=Q(given_by__isnull=True) | ~Q(given_by=F("user")), name="mandate_not_given_to_oneself"
            ),
            models.CheckConstraint(
                condition=~Q(confirmed_by=F("user")) & ~Q(confirmed_by=F("given_by")),
                name="mandate_confirmed_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "valid_from"], name="mandate_by_user"),
            models.Index(fields=["organisation", "role", "territory"], name="mandate_by_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}, {self.organisation}, {self.territory}"

    @staticmethod
    def meets_scope(organisation_id: int, path: str) -> Q:
        """The condition of mandates for this organisation whose territory holds this one, or is held by it."""
        overlap = Q(territory__path__in=paths_down_to(path)) | Q(territory__path__startswith=path)
        return Q(organisation_id=organisation_id) & overlap

    @property
    def is_over(self) -> bool:
        """Whether its last day lies in the past."""
        return self.valid_to is not None and self.valid_to < localdate()

    @property
    def is_waiting(self) -> bool:
        """Whether it opens nothing yet because somebody has to agree."""
        return bool(self.waits_for) and not self.is_over and not self.was_withdrawn

    @property
    def was_withdrawn(self) -> bool:
        """Whether it ended before it began."""
        return self.valid_to is not None and self.valid_to < self.valid_from


def scopes_below(roots: Iterable[tuple[str, int, int, str]]) -> list[Scope]:
    """One scope a role and organisation, of the territories of mandates (role, organisation, territory, its path) and all below."""
    roots = list(roots)
    territories = _territories_below(sorted({pk for _role, _organisation, pk, _path in roots})) if roots else []
    reached: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    for role, organisation_id, _pk, root in roots:
        reached[role, organisation_id] |= {pk for pk, path in territories if path.startswith(root)}
    return [
        Scope(Role(role), organisation_id, frozenset(pks)) for (role, organisation_id), pks in sorted(reached.items())
    ]


@Prepared
def _territories_below(keys: Sequence[int], _on: date) -> "models.QuerySet[Territory, Any]":
    above = Territory.objects.filter(pk__in=keys, path=Left(OuterRef("path"), Length("path")))
    return Territory.objects.filter(Exists(above)).values_list("pk", "path")


def holders_by_role(organisation_id: int, territory_id: int, on: date) -> dict[str, set[int]]:
    """Keys of the active people whose mandates reach this organisation's cases in this territory, by role. One query."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for role, user_id in _held_at((organisation_id, territory_id), on):
        found[role].add(user_id)
    return found


@Prepared
def _held_at(keys: Sequence[int], on: date) -> "models.QuerySet[Mandate, Any]":
    organisation_id, territory_id = keys
    here = Subquery(Territory.objects.filter(pk=territory_id).values("path"))
    above = Q(territory__path=Left(here, Length("territory__path")))
    held = Mandate.objects.in_force(on).filter(above, organisation_id=organisation_id, user__is_active=True)
    return held.values_list("role", "user_id")


def paths_down_to(path: str) -> list[str]:
    """The paths of a territory and of all above it: `30/3010/` gives `30/` and `30/3010/`."""
    codes = path.split("/")[:-1]
    return ["/".join(codes[:depth]) + "/" for depth in range(1, len(codes) + 1)]


#: Where the scopes of whoever reads a page are kept, on the object that stands for them.
SCOPES_OF_PAGE = "_scopes_of_page"


def case_scopes_of(user: User, on: date, roles: Collection[Role] = READS_CASES) -> list[Scope]:
    """The scopes whose cases the person may read on that day; while a page is read, asked once for each set of roles."""
    known: dict[tuple[date, frozenset[Role]], list[Scope]] = user.__dict__.get(SCOPES_OF_PAGE, {})
    asked = (on, frozenset(roles))
    if asked not in known:
        known[asked] = Mandate.objects.of(user).in_force(on).as_role(*roles).scopes()
    return known[asked]


def remember_scopes(user: User) -> None:
    """Ask for the scopes of whoever reads a page once; for as long as this object stands for them, and they change nothing."""
    user.__dict__[SCOPES_OF_PAGE] = {}


def roles_today(user: User) -> frozenset[Role]:
    """The roles that somebody signed in holds today, anywhere; asked once for each object that stands for them."""
    known: frozenset[Role] | None = user.__dict__.get("_roles_today")
    if known is None:
        held = Mandate.objects.of(user).in_force(localdate()).values_list("role", flat=True).distinct()
        known = user.__dict__["_roles_today"] = frozenset(Role(role) for role in held)
    return known


def people_managed_by(manager: User, on: date) -> UserQuerySet:
    """The people somebody may manage on that day: those with a mandate, past ones too, within their reach; never
    themselves, nor who administers the installation. A superuser manages everybody else."""
    people = User.objects.people().exclude(pk=manager.pk)
    if manager.is_superuser and manager.is_active:
        return people
    held = Mandate.objects.settled().within_reach_of(manager, on)
    return people.filter(pk__in=held.values("user"), is_superuser=False, is_staff=False)


def mandate_elsewhere(user: User, by: User, on: date) -> Mandate | None:
    """A mandate, in force or to come, that the other may not decide about, if the person holds one."""
    beyond = Mandate.objects.current(on).filter(user=user).beyond_reach_of(by, on)
    return None if by.is_superuser else beyond.select_related("organisation").first()


def organisations_kept_by(user: User, on: date) -> OrganisationQuerySet:
    """The organisations that somebody may correct on that day: with their seat in the person's territory, their own and
    those for which nobody works yet. A superuser keeps all."""
    if user.is_superuser and user.is_active:
        return Organisation.objects.all()
    staffed = Mandate.objects.current(on).filter(organisation=OuterRef("pk"), user__is_service=False)
    kept = Q(pk__in=[])
    held = Mandate.objects.of(user).in_force(on).as_role(*KEEPS_ORGANISATIONS)
    for organisation_id, path in held.values_list("organisation_id", "territory__path"):
        kept |= Q(Q(pk=organisation_id) | Q(~Exists(staffed)), territory__path__startswith=path)
    return Organisation.objects.filter(kept)


def _reach(manager: User, on: date) -> Q:
    """The mandates that somebody's own mandates let them give; a superuser's reach is the whole installation."""
    if manager.is_superuser and manager.is_active:
        return ~Q(role__in=OF_SERVICES)
    reach = Q(pk__in=[])
    held = Mandate.objects.of(manager).in_force(on).as_role(*MAY_GIVE)
    for role, organisation_id, path in held.values_list("role", "organisation_id", "territory__path"):
        reach |= Q(role__in=MAY_GIVE[Role(role)], organisation_id=organisation_id, territory__path__startswith=path)
    return reach
