"""Two at once: the database lets one through, the others are told."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from roles.role import Role
from tests.workflows.conftest import at, item_of
from workflows.errors import Refusal, TooLate
from workflows.models import Case, StageChange, Vote, WorkItem
from workflows.services import ask, claim, decide_many

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all at the same time, each on its own connection; what each returned or was refused with."""

    def run(act: Callable[[], object]) -> object:
        try:
            return act()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def waiting(new_errand, team, walk, show_permit) -> WorkItem:
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    return item_of(case, "approve_begin")


def test_of_ten_approvals_at_once_one_wins_and_the_rest_are_too_late(waiting, team):
    def approve():
        return decide_many([waiting], by=team.supervisor, outcome="approved", at=at(1)).only()

    kinds = Counter(type(result).__name__ for result in at_once(*[approve] * 10))
    assert kinds == {"WorkItem": 1, "TooLate": 9}
    assert StageChange.objects.filter(case=waiting.process, move="begin").count() == 1
    assert Vote.objects.count() == 1


def test_approve_and_return_at_once_give_one_outcome(waiting, team):
    def decide(outcome, by):
        return lambda: decide_many([waiting], by=by, outcome=outcome, reason="unclear", at=at(1)).only()

    acts = [decide("approved", team.supervisor), decide("returned", team.second)] * 4
    results = at_once(*acts)
    won = [result for result in results if isinstance(result, WorkItem)]
    assert len(won) == 1
    moved = Case.objects.get(pk=waiting.process_id).stage == "running"
    assert moved == (won[0].outcome == "approved")
    assert WorkItem.objects.human().open().filter(process=waiting.process).count() == (2 if moved else 1)


def test_approving_while_the_case_is_dropped_does_one_after_the_other(waiting, team):
    dropping = ask(waiting.process, "drop", by=team.tutor, reason="moved", at=at(1))
    results = at_once(
        lambda: decide_many([waiting], by=team.supervisor, outcome="approved", at=at(1)).only(),
        lambda: decide_many([dropping], by=team.coordinator, outcome="approved", at=at(1)).only(),
    )
    assert Case.objects.get(pk=waiting.process_id).stage == "dropped"
    assert all(isinstance(result, WorkItem | TooLate) for result in results)
    assert WorkItem.objects.human().open().filter(process=waiting.process).count() == 0


def test_one_item_is_claimed_by_one(new_errand, region):
    item = item_of(new_errand(), "prepare")
    people = [region.person(f"coordinator{n}", Role.COORDINATOR) for n in range(5)]
    results = at_once(*[lambda person=person: claim([item], by=person, at=at(1)).only() for person in people])
    assert sum(isinstance(result, WorkItem) for result in results) == 1


def test_two_batches_in_opposite_order_do_not_deadlock(new_errand, team, walk, show_permit):
    cases = [new_errand() for _ in range(6)]
    for case in cases:
        show_permit(case)
        walk(case, "prepare", "ready", by=team.coordinator)
    items = [item_of(case, "approve_begin") for case in cases]
    first, second = at_once(
        lambda: decide_many(items, by=team.supervisor, outcome="approved", at=at(1)),
        lambda: decide_many(items[::-1], by=team.second, outcome="approved", at=at(1)),
    )
    assert len(first.done) + len(second.done) == 6
    assert {type(refusal) for refusal in [*first.refused.values(), *second.refused.values()]} <= {TooLate}
