"""The demo region: the real territory, invented organisations and people, and a clock that moves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password

from roles.models import Mandate, Organisation, SubregionMembership, Territory, User
from roles.models.mandates import remember_scopes
from roles.role import Role
from roles.services import give_services_their_mandates
from workflows.deadlines import moment
from workflows.models import Programme

PASSWORD = "spoiwo-pokaz-2026"  # noqa: S105  the demo's own, printed when it starts
YEARS = 2
SEED = 20260101

#: What the invented centres are called, by the support subregion that each serves.
CENTRES = {
    "pilski": "Centrum Mosty",
    "koniński": "Centrum Łąka",
    "kaliski": "Centrum Wiadukt",
    "leszczyński": "Centrum Brama",
    "poznański": "Centrum Przystań",
}
#: How many people work in each role of a centre.
TEAM: Sequence[tuple[Role, int]] = (
    (Role.TUTOR, 3),
    (Role.ANIMATOR, 1),
    (Role.COORDINATOR, 1),
    (Role.SUPERVISOR, 2),
    (Role.PSYCHOLOGIST, 1),
    (Role.TRAINER, 1),
    (Role.DATA_PROTECTION_OFFICER, 1),
    (Role.INCUBATOR_MANAGER, 1),
    (Role.BUSINESS_ADVISER, 1),
    (Role.PRACTICE_SUPERVISOR, 1),
    (Role.INSTITUTION_REPRESENTATIVE, 1),
    (Role.AUDITOR, 1),
)
#: How long an auditor stays, in days after today.
AUDIT = 90
FEMALE = (
    "Anna",
    "Barbara",
    "Celina",
    "Danuta",
    "Elżbieta",
    "Grażyna",
    "Irena",
    "Łucja",
    "Małgorzata",
    "Zofia",
    "Żaneta",
)
MALE = ("Adam", "Bogdan", "Cezary", "Damian", "Edward", "Feliks", "Grzegorz", "Józef", "Łukasz", "Michał", "Zenon")
STEMS = (
    "Brzoz",
    "Cich",
    "Dąbr",
    "Gór",
    "Jasion",
    "Kalin",
    "Lipow",
    "Łęg",
    "Malin",
    "Olch",
    "Pol",
    "Rzecz",
    "Śliw",
    "Źródl",
    "Żuraw",
)


@dataclass(frozen=True)
class Centre:
    """An invented centre: its organisation, the powiats it serves, and its people by role."""

    organisation: Organisation
    powiats: Sequence[Territory]
    people: Mapping[Role, Sequence[User]]


@dataclass(frozen=True)
class World:
    """What the actors of the demo play in."""

    programme: Programme
    centres: Sequence[Centre]
    chance: Random
    first_day: date
    last_day: date

    def mornings(self) -> Iterator[datetime]:
        """Ten o'clock of every day, from the first to the last."""
        day = self.first_day
        while day <= self.last_day:
            yield moment(day, 10)
            day += timedelta(days=1)


#: Who plays in the demo: a room registers a function of the world that gives a function of the moment.
Actor = Callable[[World], Callable[[datetime], None]]
ACTORS: list[Actor] = []


def actor(play: Actor) -> Actor:
    """Register a room's actor."""
    ACTORS.append(play)
    return play


def build_region(today: date) -> World:
    """Make the organisations, the people and the programme. Needs reference data and a database without cases."""
    first_day = today - timedelta(days=365 * YEARS)
    chance = Random(SEED)  # noqa: S311  reproducible, not secret
    centres = [_centre(subregion, name, first_day, today, chance) for subregion, name in CENTRES.items()]
    give_services_their_mandates([centre.organisation for centre in centres])
    programme = Programme.objects.create(
        code="WIELKOPOLSKA-1",
        name="Pierwsza edycja – Wielkopolska",
        starts_on=first_day,
        ends_on=today + timedelta(days=365),
        places=400,
    )
    programme.organisations.set([centre.organisation for centre in centres])
    _people_of_the_region(first_day, [centre.powiats[0] for centre in centres])
    return World(programme, centres, chance, first_day, today)


def play(world: World) -> None:
    """Let every actor act on every day."""
    for user in (user for centre in world.centres for team in centre.people.values() for user in team):
        remember_scopes(user)  # nobody's mandates change
    plays = [each(world) for each in ACTORS]
    for at in world.mornings():
        for act in plays:
            act(at)


def logins() -> list[dict[str, str]]:
    """Who may sign in to the demo: user name, password, role and where."""
    mandates = Mandate.objects.filter(user__is_service=False, user__username__startswith="demo-")
    rows = mandates.select_related("user", "organisation", "territory").order_by("user__username", "territory__code")
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for mandate in rows:
        key = (mandate.user.username, mandate.role)
        login = seen.setdefault(key, {"username": key[0], "password": PASSWORD, "role": key[1], "scope": []})
        login["scope"].append(mandate.territory.name)
        login["where"] = mandate.organisation.short_name
    found = [
        {
            **{name: login[name] for name in ("username", "password", "role")},
            "scope": f"{login['where']}: {', '.join(login['scope'])}",
        }
        for login in seen.values()
    ]
    admins = User.objects.filter(username="demo-admin")
    return [
        *found,
        *({"username": each.username, "password": PASSWORD, "role": "superuser", "scope": "–"} for each in admins),
    ]


def name_for(chance: Random, is_woman: bool) -> tuple[str, str]:
    """An invented first name and surname."""
    ending = "owska" if is_woman else "owski"
    return chance.choice(FEMALE if is_woman else MALE), chance.choice(STEMS) + ending


def _centre(subregion: str, name: str, since: date, today: date, chance: Random) -> Centre:
    memberships = SubregionMembership.objects.filter(subregion__name=subregion).select_related("territory")
    powiats = sorted((each.territory for each in memberships), key=lambda each: each.code)
    organisation = Organisation.objects.create(
        name=f"{name} – ośrodek wsparcia ekonomii społecznej (przykład)",
        short_name=name,
        type=Organisation.Type.OWES,
        territory=powiats[0],
    )
    word = name.removeprefix("Centrum ").lower().translate(str.maketrans("łąńśż", "lansz"))
    people = {
        role: [_person(f"demo-{word}-{role.value.replace('_', '-')}-{n + 1}", chance) for n in range(count)]
        for role, count in TEAM
    }
    Mandate.objects.bulk_create(
        Mandate(
            user=user,
            role=role,
            organisation=organisation,
            territory=powiat,
            valid_from=since,
            valid_to=today + timedelta(days=AUDIT) if role == Role.AUDITOR else None,
            is_reserve=role == Role.SUPERVISOR and place > 0,
        )
        for role, users in people.items()
        for place, user in enumerate(users)
        for powiat in powiats
    )
    return Centre(organisation, powiats, people)


def _person(username: str, chance: Random) -> User:
    first, last = name_for(chance, chance.random() < 0.7)
    user = User(
        username=username,
        first_name=first,
        last_name=last,
        email=f"{username}@example.org",
        password=_password(),
        notify=User.Notify.NEVER,
    )
    user.save()
    return user


@cache
def _password() -> str:
    """Hashed once: everybody of the demo has the same."""
    return make_password(PASSWORD)


def _people_of_the_region(since: date, powiats: Sequence[Territory]) -> None:
    """The regional centre: its analyst, and an administrator without case content; and a coordinator in some powiats."""
    root = Territory.objects.get(level=Territory.Level.VOIVODESHIP, valid_to=None)
    rops = Organisation.objects.create(
        name="Regionalny Ośrodek Polityki Społecznej (przykład)",
        short_name="ROPS",
        type=Organisation.Type.ROPS,
        territory=root,
    )
    chance = Random(SEED + 1)  # noqa: S311  reproducible, not secret
    people = [("analyst", Role.ANALYST, root), ("administrator", Role.SYSTEM_ADMINISTRATOR, root)]
    people += [(f"powiat-{powiat.code}", Role.POWIAT_COORDINATOR, powiat) for powiat in powiats]
    for word, role, territory in people:
        user = _person(f"demo-rops-{word}", chance)
        Mandate.objects.create(user=user, role=role, organisation=rops, territory=territory, valid_from=since)
    User.objects.create_superuser("demo-admin", email="demo-admin@example.org", password=PASSWORD)
