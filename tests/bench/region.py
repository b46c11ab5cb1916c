"""The region that figures are measured in: organisations, powiats, people with few and with many scopes."""

from dataclasses import dataclass
from datetime import date

from roles.models import Mandate, Organisation, Territory, User
from roles.reference import load_reference
from roles.role import Role
from workflows.models import Programme

SINCE = date(2020, 1, 1)
STAFF = (Role.COORDINATOR, Role.TUTOR, Role.SUPERVISOR, Role.PSYCHOLOGIST)


@dataclass
class Region:
    """Two organisations that cover the whole region, each with a team, a tutor with 12 scopes, and somebody who sees it all."""

    programme: Programme
    organisations: list[Organisation]
    root: Territory
    powiats: list[Territory]
    tutor: User
    coordinator: User
    idle: User

    def person(self, name: str, role: Role, organisation: Organisation, territories: list[Territory]) -> User:
        user, _new = User.objects.get_or_create(username=name)
        for territory in territories:
            Mandate.objects.get_or_create(
                user=user, role=role, organisation=organisation, territory=territory, defaults={"valid_from": SINCE}
            )
        return user


def region() -> Region:
    """The region, made if it is not there."""
    load_reference()
    root = Territory.objects.get(level="voivodeship")
    powiats = list(Territory.objects.exclude(level="voivodeship").order_by("code"))
    organisations = [
        Organisation.objects.get_or_create(
            short_name=name, defaults={"name": name, "type": "owes", "territory": powiats[0]}
        )[0]
        for name in ("Centrum A", "Centrum B")
    ]
    programme, _new = Programme.objects.get_or_create(
        code="BENCH", defaults={"name": "Pomiar", "starts_on": SINCE, "ends_on": date(2035, 12, 31)}
    )
    programme.organisations.set(organisations)
    here = Region(programme, organisations, root, powiats, *[None] * 3)  # type: ignore[arg-type]
    for organisation in organisations:
        for role in STAFF:
            for n in range(6):
                here.person(f"{organisation.short_name} {role} {n}", role, organisation, [root])
    here.tutor = here.person("tutor of twelve", Role.TUTOR, organisations[0], powiats[:12])
    here.coordinator = here.person("coordinator of all", Role.COORDINATOR, organisations[0], [root])
    here.person("coordinator of all", Role.TUTOR, organisations[0], [root])
    new = Organisation.objects.get_or_create(
        short_name="Centrum C", defaults={"name": "Centrum C", "type": "owes", "territory": powiats[0]}
    )[0]
    here.idle = here.person("tutor with nothing", Role.TUTOR, new, powiats[:12])
    return here
