"""Fifty people decide one approval at the same moment, over HTTP: one does it, the others are told, nothing breaks."""

from collections import Counter
from itertools import cycle

import pytest
from django.core.servers.basehttp import WSGIServer
from pytest_django.live_server_helper import LiveServer

from roles.role import Role
from tests.proofs.visitors import Visitor, at_once
from tests.workflows.conftest import item_of
from workflows.integrity import verify_integrity
from workflows.models import Case, StageChange, Vote, WorkItem
from workflows.services import complete
from workflows.verification import verify_history

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.scaled]

FIFTY = 50
APPROVE = {"outcome": "approved"}
RETURN = {"outcome": "returned", "reason": "unclear"}


@pytest.fixture
def fifty(region) -> list[Visitor]:
    return [Visitor(region.person(f"supervisor{number}", Role.SUPERVISOR)) for number in range(FIFTY)]


@pytest.fixture
def approval(open_errand, team):
    """A new approval that waits for any of the fifty."""

    def make() -> WorkItem:
        case = open_errand()
        complete(item_of(case, "prepare"), by=team.coordinator, outcome="ready")
        return item_of(case, "approve_begin")

    return make


@pytest.fixture
def wide_server(one_crowd, transactional_db, monkeypatch):
    """Django's own server, with room for fifty callers at its door."""
    monkeypatch.setattr(WSGIServer, "request_queue_size", 2 * FIFTY)
    server = LiveServer("127.0.0.1")
    yield server
    server.stop()


@pytest.fixture(params=["one web with fifty threads", "two web processes"])
def ports(request) -> list[int]:
    if request.param.startswith("one"):
        return [request.getfixturevalue("wide_server").thread.port]
    house = request.getfixturevalue("house")
    house.open("web1", "web2")
    return list(house.ports.values())


def decided_at_once(item, people, decisions, ports):
    """What each is answered; decisions and webs are dealt out in turn."""
    deal = zip(people, cycle(decisions), cycle(port for port in ports for _each in decisions), strict=False)
    acts = [
        lambda go, who=who, told=told, port=port: (told, who.post(port, "decide", item.pk, go=go, **told))
        for who, told, port in deal
    ]
    return at_once(acts)


@pytest.mark.parametrize("decisions", [[APPROVE], [APPROVE, RETURN]], ids=["all approve", "some return"])
def test_of_fifty_decisions_at_once_one_holds_and_the_others_are_told(fifty, approval, ports, decisions, rounds):
    for _round in range(rounds(1, 10)):
        item = approval()
        answers = decided_at_once(item, fifty, decisions, ports)
        assert Counter(answer.status for _told, answer in answers) == {302: 1, 409: FIFTY - 1}
        assert all("Somebody was faster" in answer.text for _told, answer in answers if answer.status == 409)
        (held,) = [told["outcome"] for told, answer in answers if answer.status == 302]
        item.refresh_from_db()
        case = Case.objects.get(pk=item.process_id)
        moved = held == "approved"
        assert (item.outcome, case.stage) == (held, "running" if moved else "planned")
        assert StageChange.objects.filter(case=case, move="begin").count() == moved
        assert Vote.objects.filter(item=item).count() == 1
        waiting = sorted(WorkItem.objects.human().open().filter(process=case).values_list("node", flat=True))
        assert waiting == (["count", "walk"] if moved else ["prepare"])
    assert (verify_integrity().problems, verify_history().problems) == ([], [])
