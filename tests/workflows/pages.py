"""What the tests of the engine's pages share: a fixed day, and somebody signed in."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

TODAY = date(2026, 3, 3)


@pytest.fixture(autouse=True)
def third_of_march():
    with time_machine.travel(datetime(2026, 3, 3, 10, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def signed_in(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def asked(new_errand, team, walk, show_permit):
    """An approval that waits, asked for by the coordinator."""

    def make(**facts):
        case = new_errand(**facts)
        show_permit(case)
        walk(case, "prepare", "ready", by=team.coordinator)
        return case.task_set.get(node="approve_begin")

    return make


def url(name, *args):
    return reverse(f"workflows:{name}", args=args)


def text_of(response):
    return response.content.decode()
