"""The small region of the engine's tests, at work today, with a house of processes."""

import fcntl
import time

import psycopg
import pytest
from django.utils import timezone

from config.broker import conninfo
from roles.models import User
from tests.errands.flow import ErrandFlow
from tests.errands.models import Errand, Permit
from tests.proofs.house import opened
from tests.proofs.visitors import Visitor
from tests.workflows.conftest import region, team
from workflows.services import open_cases

__all__ = ["region", "team"]

CROWD = 65  # connections
PATIENCE = 300  # seconds


@pytest.fixture(autouse=True)
def seals_file(settings, tmp_path):
    settings.SEALS_FILE = tmp_path / "seals" / "seals.jsonl"
    return settings.SEALS_FILE


@pytest.fixture
def one_crowd(db, tmp_path_factory):
    """Tests that open many connections wait for one another, in other processes too: PostgreSQL takes a hundred."""
    with (tmp_path_factory.getbasetemp().parent / "crowd.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        await_room()
        yield


def await_room() -> None:
    """Until the server, on which others may be at work too, has connections to spare for a crowd."""
    end = time.monotonic() + PATIENCE
    while free_connections() < CROWD:
        assert time.monotonic() < end, f"PostgreSQL has fewer than {CROWD} free connections: max_connections"
        time.sleep(1)


def free_connections() -> int:
    with psycopg.connect(conninfo(), autocommit=True) as server:
        query = "SELECT current_setting('max_connections')::int - count(*) FROM pg_stat_activity"
        (free,) = server.execute(query).fetchone()
    return free


@pytest.fixture
def house(one_crowd, tmp_path):
    with opened(tmp_path) as found:
        yield found


@pytest.fixture
def visitors(team) -> dict[str, Visitor]:
    """The team by role, signed in, each with an address for mail."""
    found = {}
    for role, user in vars(team).items():
        user.email, user.notify = f"{role}@example.org", User.Notify.AT_ONCE
        user.save()
        if not user.is_service:
            found[role] = Visitor(user)
    return found


@pytest.fixture
def open_errand(region, team):
    """An errand that needs nothing but work: its permit is shown and its money counted."""

    def make() -> Errand:
        errand = Errand(
            flow_class=ErrandFlow,
            title="Sprawa",
            counted=True,
            programme=region.programme,
            organisation=region.organisation,
            territory=region.powiat,
            opened_on=timezone.localdate(),
        )
        (case,) = open_cases([errand], by=team.coordinator)
        Permit.objects.create(case=case, shown_by=team.animator)
        return case

    return make
