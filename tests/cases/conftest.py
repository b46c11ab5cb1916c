"""The engine's small region and its errand, on which the facts that all cases share are tried."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from cases.models import Person, Session
from cases.participants.flow import ParticipantFlow
from cases.participants.models import ParticipantCase
from roles.role import Role
from tests.workflows.conftest import START, Region, Team, at, new_errand, region, team
from workflows.services import open_cases

__all__ = ["Region", "Team", "at", "new_errand", "region", "team"]

#: An invented number: 7 May 1964, a man.
PESEL = "64050703016"


@pytest.fixture
def case(new_errand):
    return new_errand()


@pytest.fixture
def make_person(region, team):
    def make(**facts) -> Person:
        known = {"first_name": "Andrzej", "last_name": "Śliwa", "organisation": region.organisation}
        known["recorded_by"] = team.animator
        return Person.objects.create(**known | facts)

    return make


@pytest.fixture
def open_case(region, team):
    """The participant's case of a person."""

    def make(person: Person, **facts) -> ParticipantCase:
        known = {"organisation": person.organisation, "territory": region.powiat, "programme": region.programme}
        new = ParticipantCase(
            flow_class=ParticipantFlow, person=person, title=str(person), opened_on=START, **known | facts
        )
        return open_cases([new], by=team.coordinator, at=at())[0]

    return make


@pytest.fixture
def person(make_person):
    return make_person(pesel=PESEL, email="andrzej@example.org", phone="600 100 200")


@pytest.fixture
def participation(person, open_case):
    return open_case(person)


@pytest.fixture
def psychologist(region):
    return region.person("psychologist", Role.PSYCHOLOGIST)


@pytest.fixture
def near_misses(region, team):
    """People who nearly may: in the next powiat, in the next organisation, until yesterday, only to look, no longer."""
    gone = region.person("gone", Role.TUTOR)
    gone.is_active = False
    gone.save()
    return {
        "next powiat": region.person("near1", Role.TUTOR, territory=region.next_powiat),
        "next organisation": region.person("near2", Role.TUTOR, organisation=region.other_organisation),
        "until yesterday": region.person("near3", Role.TUTOR, valid_to=date(2026, 3, 1)),
        "auditor": region.person("near4", Role.AUDITOR),
        "deactivated": gone,
    }


@pytest.fixture
def a_session(team):
    def make(**facts) -> Session:
        known = {"kind": "advice", "starts_at": datetime(2026, 3, 2, 8, tzinfo=UTC), "hours": Decimal("2.00")}
        return Session(**known | {"leader": team.tutor} | facts)

    return make
