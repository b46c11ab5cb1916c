"""A small region with one organisation's team, and the errand on which the engine is tried."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from roles.models import Mandate, Organisation, Territory, User
from roles.role import Role
from tests.errands.flow import ErrandFlow
from tests.errands.models import Errand, Permit
from workflows.models import Programme, WorkItem
from workflows.services import claim, complete, decide_many, open_cases

START = date(2026, 3, 2)


def at(days: int = 0, hour: int = 10) -> datetime:
    """A moment so many days after the start."""
    return datetime(2026, 3, 2, hour, tzinfo=UTC) + timedelta(days=days)


@dataclass
class Region:
    """Two powiats, two organisations in the first, and a way to make people."""

    voivodeship: Territory
    powiat: Territory
    next_powiat: Territory
    organisation: Organisation
    other_organisation: Organisation
    programme: Programme

    def person(self, name: str, *roles: Role, organisation=None, territory=None, **dates) -> User:
        user = User.objects.create_user(name, password="x")
        for role in roles:
            self.mandate(user, role, organisation=organisation, territory=territory, **dates)
        return user

    def mandate(
        self, user, role, *, organisation=None, territory=None, valid_from=date(2020, 1, 1), valid_to=None, waits_for=""
    ):
        if role == Role.AUDITOR:
            valid_to = valid_to or date(2030, 1, 1)
        return Mandate.objects.create(
            user=user,
            role=role,
            organisation=organisation or self.organisation,
            territory=territory or self.powiat,
            valid_from=valid_from,
            valid_to=valid_to,
            waits_for=waits_for,
        )


@pytest.fixture
def region(db) -> Region:
    first = date(1999, 1, 1)
    voivodeship = Territory.objects.create(
        code="30", level="voivodeship", name="wielkopolskie", path="30/", valid_from=first
    )
    powiats = [
        Territory.objects.create(
            code=code, level="powiat", name=name, parent=voivodeship, path=f"30/{code}/", valid_from=first
        )
        for code, name in [("3002", "czarnkowsko-trzcianecki"), ("3003", "gnieźnieński")]
    ]
    organisations = [
        Organisation.objects.create(name=name, short_name=name, type="owes", territory=powiats[0])
        for name in ("Alfa", "Beta")
    ]
    programme = Programme.objects.create(
        code="P1", name="Program", starts_on=date(2025, 1, 1), ends_on=date(2029, 12, 31)
    )
    programme.organisations.set(organisations)
    return Region(voivodeship, *powiats, *organisations, programme)


@dataclass
class Team:
    """One person a role."""

    animator: User
    coordinator: User
    tutor: User
    supervisor: User
    second: User
    clock: User


@pytest.fixture
def team(region: Region) -> Team:
    return Team(
        animator=region.person("animator", Role.ANIMATOR),
        coordinator=region.person("coordinator", Role.COORDINATOR),
        tutor=region.person("tutor", Role.TUTOR),
        supervisor=region.person("supervisor", Role.SUPERVISOR),
        second=region.person("second", Role.SUPERVISOR),
        clock=User.objects.get_or_create(username="clock", is_service=True, defaults={"password": "!"})[0],
    )


@pytest.fixture
def new_errand(region: Region, team: Team):
    def make(days: int = 0, *, by: User | None = None, **facts) -> Errand:
        facts = {"organisation": region.organisation, "territory": region.powiat} | facts
        errand = Errand(
            flow_class=ErrandFlow, title="Źródlana Łucja", programme=region.programme, opened_on=START, **facts
        )
        return open_cases([errand], by=by or team.coordinator, at=at(days))[0]

    return make


def item_of(case, node: str) -> WorkItem:
    """The open item of the case at that node."""
    return WorkItem.objects.open().get(process=case, node=node)


@pytest.fixture
def walk(team: Team):
    """Do an item as its role would: `walk(case, node, outcome, day=…)`."""

    def do(case, node: str, outcome: str = "done", *, by: User, day: int = 0, write=None) -> WorkItem:
        return complete(item_of(case, node), by=by, outcome=outcome, write=write, at=at(day))

    return do


@pytest.fixture
def decide(team: Team):
    def do(case, node: str, outcome: str = "approved", *, by: User, day: int = 0, **more):
        return decide_many([item_of(case, node)], by=by, outcome=outcome, at=at(day), **more)

    return do


@pytest.fixture
def show_permit(team: Team):
    def do(case, by: User | None = None):
        return Permit.objects.create(case=case, shown_by=by or team.animator)

    return do


__all__ = ["Region", "Team", "at", "claim", "item_of"]
