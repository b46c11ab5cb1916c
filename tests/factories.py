"""Rows that tests stand on: plain functions, one a model, each making what it needs."""

from datetime import date
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress

from roles.models import Absence, Mandate, Organisation, Territory, User
from roles.polish import search_text
from roles.role import TIME_BOXED, Role
from roles.services import give_services_their_mandates

LONG_AGO = date(2020, 1, 1)
FAR_AHEAD = date(2099, 12, 31)

numbers = count(1)


def make_user(first_name: str = "Anna", last_name: str = "Nowak", **facts: Any) -> User:
    """A person who may sign in, once somebody sets a password."""
    name = f"{search_text(first_name)}.{search_text(last_name)}{next(numbers)}".replace(" ", "")
    facts = {"username": name, "email": f"{name}@example.org"} | facts
    password = facts.pop("password", None)
    user = User(first_name=first_name, last_name=last_name, **facts)
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def make_territory(code: str = "3010", name: str = "koniński", **facts: Any) -> Territory:
    """The unit in force with this code, with all above it; the code's length says the level."""
    known = Territory.objects.filter(code=code, valid_to=None).first()
    if known is not None:
        return known
    parents = {2: None, 4: code[:2], 7: code[:4]}
    above = parents[len(code)]
    return Territory.objects.create(
        code=code,
        level=_level(code),
        name=name if above else "wielkopolskie",
        parent=make_territory(above) if above else None,
        path=Territory.path_of(code),
        **{"valid_from": date(1999, 1, 1)} | facts,
    )


def make_organisation(short_name: str = "", **facts: Any) -> Organisation:
    """An organisation for which the clock and the importer act."""
    short_name = short_name or f"OWES {next(numbers)}"
    facts = {"name": f"Stowarzyszenie {short_name}", "type": Organisation.Type.OWES} | facts
    facts.setdefault("territory", make_territory())
    organisation = Organisation.objects.create(short_name=short_name, **facts)
    give_services_their_mandates([organisation])
    return organisation


def make_mandate(
    user: User | None = None,
    role: Role = Role.TUTOR,
    organisation: Organisation | None = None,
    territory: Territory | None = None,
    **facts: Any,
) -> Mandate:
    """A mandate in force since long ago, given by nobody in particular."""
    if role in TIME_BOXED:
        facts.setdefault("valid_to", FAR_AHEAD)
    return Mandate.objects.create(
        user=user or make_user(),
        role=role,
        organisation=organisation or make_organisation(),
        territory=territory or make_territory(),
        **{"valid_from": LONG_AGO} | facts,
    )


def make_absence(user: User, deputy: User | None, starts_on: date, ends_on: date) -> Absence:
    """An absence as it stands in the calendar, whoever the deputy is."""
    return Absence.objects.create(user=user, deputy=deputy, starts_on=starts_on, ends_on=ends_on)


def _level(code: str) -> str:
    if len(code) == 2:
        return Territory.Level.VOIVODESHIP
    if len(code) == 7:
        return Territory.Level.GMINA
    return Territory.Level.CITY_POWIAT if int(code[2:]) > 60 else Territory.Level.POWIAT
