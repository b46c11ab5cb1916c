"""Work reaches somebody who is there: new work, due work, and decisions that too few could make."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from roles.models import Absence
from roles.role import Role
from tests.workflows.conftest import START, at, item_of
from workflows.escalation import escalate
from workflows.integrity import verify_integrity
from workflows.models import CaseAssignment, Handover, Notice, WorkItem
from workflows.services import ask, claim

MARCH = (date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def away():
    """Somebody is away all March."""

    def make(user, deputy=None):
        return Absence.objects.create(user=user, deputy=deputy, starts_on=MARCH[0], ends_on=MARCH[1])

    return make


@pytest.fixture
def assigned(new_errand, team):
    """An errand whose coordinator is named, and comes round to preparing it again."""

    def make():
        case = new_errand()
        CaseAssignment.objects.create(case=case, role=Role.COORDINATOR, user=team.coordinator, since=START)
        return case

    return make


@pytest.fixture
def again(walk, region):
    """Have it prepared once more; whose the new item is."""
    other = region.person("other coordinator", Role.COORDINATOR)

    def do(case, day=0):
        walk(case, "prepare", "again", by=other, day=day)
        return item_of(case, "prepare").owner

    return do


# new work


def test_new_work_is_given_to_who_holds_the_role_on_the_case(assigned, again, team):
    assert again(assigned()) == team.coordinator
    assert Notice.objects.filter(event="assigned", user=team.coordinator).exists()


def test_new_work_of_somebody_away_without_a_deputy_stays_in_the_queue(assigned, again, away, team):
    away(team.coordinator)
    case = assigned()
    assert again(case) is None
    assert item_of(case, "prepare").status == "NEW"
    assert not Notice.objects.filter(event="assigned").exists()


def test_new_work_of_somebody_away_is_theirs_while_a_deputy_may_do_it(assigned, again, away, region, team):
    away(team.coordinator, region.person("deputy", Role.COORDINATOR))
    assert again(assigned()) == team.coordinator


@pytest.mark.parametrize("deputy", ["of another role", "of the next powiat", "away as well"])
def test_a_deputy_who_cannot_do_it_is_none(deputy, assigned, again, away, region, team):
    roles = {"of another role": Role.TUTOR}
    where = {"territory": region.next_powiat} if deputy == "of the next powiat" else {}
    person = region.person("deputy", roles.get(deputy, Role.COORDINATOR), **where)
    away(team.coordinator, person)
    if deputy == "away as well":
        away(person)
    assert again(assigned()) is None


@pytest.mark.parametrize(("last_day", "owned"), [(START, True), (date(2026, 3, 1), False)])
def test_new_work_goes_to_nobody_whose_mandate_has_ended(last_day, owned, assigned, again, team):
    case = assigned()
    team.coordinator.mandates.update(valid_to=last_day)
    assert (again(case) == team.coordinator) is owned
    assert Notice.objects.filter(event="assigned").exists() is owned


# due work


def test_due_work_of_somebody_away_without_a_deputy_goes_back_to_the_queue(new_errand, away, team):
    case = new_errand()
    claim([item_of(case, "prepare")], by=team.coordinator, at=at()).only()
    away(team.coordinator)
    assert escalate(at(13)).put_back == 0
    assert escalate(at(14)).put_back == 1
    item = item_of(case, "prepare")
    assert (item.owner, item.status) == (None, "NEW")
    handover = Handover.objects.get()
    assert (handover.from_user, handover.to_user, handover.by, handover.why) == (
        team.coordinator,
        None,
        team.clock,
        "away",
    )
    assert escalate(at(14)).put_back == 0


@pytest.mark.parametrize(("role", "put_back"), [(Role.COORDINATOR, 0), (Role.ANIMATOR, 1)])
def test_due_work_stays_where_a_deputy_may_do_it(role, put_back, new_errand, away, region, team):
    claim([item_of(new_errand(), "prepare")], by=team.coordinator, at=at()).only()
    away(team.coordinator, region.person("deputy", role))
    assert escalate(at(14)).put_back == put_back


# decisions


def test_a_decision_whose_only_approver_is_away_is_for_the_reserve(new_errand, away, team):
    away(team.coordinator)
    case = new_errand()
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    assert item_of(case, "dropping").role == Role.SUPERVISOR


@pytest.mark.parametrize(("role", "decides"), [(Role.COORDINATOR, Role.COORDINATOR), (Role.TUTOR, Role.SUPERVISOR)])
def test_the_reserve_is_left_alone_while_a_deputy_may_decide(role, decides, new_errand, away, region, team):
    away(team.coordinator, region.person("deputy", role))
    case = new_errand()
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    assert item_of(case, "dropping").role == decides


def test_the_deputy_of_who_asked_does_not_keep_it_from_the_reserve(new_errand, away, region, team):
    deputy = region.person("deputy", Role.COORDINATOR)
    away(team.tutor, deputy)
    away(team.coordinator)
    case = new_errand()
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    assert item_of(case, "dropping").role == Role.SUPERVISOR


@pytest.mark.parametrize("how", ["mandate", "account", "absence"])
def test_a_decision_that_lost_its_approver_is_given_to_the_reserve_by_the_sweep(how, new_errand, away, team):
    case = new_errand()
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    assert escalate(at(1)).handed_on == 0
    if how == "mandate":
        team.coordinator.mandates.update(valid_to=date(2026, 3, 3))
    elif how == "account":
        type(team.coordinator).objects.filter(pk=team.coordinator.pk).update(is_active=False)
    else:
        away(team.coordinator)
    assert escalate(at(2)).handed_on == 1
    assert item_of(case, "dropping").role == Role.SUPERVISOR
    assert escalate(at(2)).handed_on == 0


def test_what_was_taken_by_somebody_who_cannot_decide_any_more_is_free_for_the_reserve(new_errand, away, team):
    case = new_errand()
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    claim([item_of(case, "dropping")], by=team.coordinator, at=at(1)).only()
    away(team.coordinator)
    escalate(at(2))
    item = item_of(case, "dropping")
    assert (item.role, item.owner, item.status) == (Role.SUPERVISOR, None, "NEW")
    assert Handover.objects.get().why == "away"


def test_the_reserve_is_told_once_of_what_even_they_cannot_decide(new_errand, walk, away, region, team, show_permit):
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    away(team.supervisor)
    region.person("next", Role.SUPERVISOR, territory=region.next_powiat)
    escalate(at(1))
    assert not Notice.objects.filter(event="stuck").exists()
    away(team.second)
    for _ in range(2):
        escalate(at(1))
    told = Notice.objects.filter(event="stuck", item=item_of(case, "approve_begin"))
    assert sorted(told.values_list("user__username", flat=True)) == ["second", "supervisor"]


def test_a_quorum_wants_as_many_as_have_not_voted_yet(new_errand, walk, decide, away, region, team, show_permit):
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    WorkItem.objects.filter(process=case, node="approve_begin").update(quorum=2)
    decide(case, "approve_begin", by=team.supervisor, day=1).only()
    escalate(at(1))
    assert not Notice.objects.filter(event="stuck").exists()
    away(team.second)
    escalate(at(1))
    assert Notice.objects.filter(event="stuck").count() == 2


def test_the_sweep_takes_as_many_queries_for_one_decision_as_for_five(new_errand, away, team):
    escalate(at(1))
    away(team.coordinator)
    counts = []
    for more in (1, 5):
        cases = [new_errand() for _ in range(more)]
        for case in cases:
            ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
        WorkItem.objects.filter(process__in=cases, node="dropping").update(role=Role.COORDINATOR)
        with CaptureQueriesContext(connection) as queries:
            assert escalate(at(1)).handed_on == more
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert verify_integrity().problems == []
