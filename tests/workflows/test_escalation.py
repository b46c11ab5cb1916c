"""The ladder over deadlines: each rung once, to the right people."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from roles.models import Absence
from roles.role import Role
from tests.workflows.conftest import at, item_of
from workflows.escalation import escalate, overdue_for_supervisor
from workflows.ladder import Ladder
from workflows.models import Handover, Notice, ParameterValue, Reminder
from workflows.services import claim, extend

DUE = 14  # days after the start: 16 March, a Monday


@pytest.fixture
def taken(new_errand, team):
    """Makes an errand whose preparation the coordinator has taken."""

    def make():
        case = new_errand()
        claim([item_of(case, "prepare")], by=team.coordinator, at=at()).only()
        return case

    return make


def told(event) -> set[str]:
    return set(Notice.objects.filter(event=event).values_list("user__username", flat=True))


def test_the_owner_is_reminded_on_the_day_and_once(taken):
    taken()
    escalate(at(DUE - 1))
    assert told("due") == set()
    for _ in range(3):
        escalate(at(DUE))
    assert told("due") == {"coordinator"}
    assert (Reminder.objects.count(), Notice.objects.filter(event="due").count()) == (1, 1)


def test_the_deputy_of_an_absent_owner_is_reminded_too(taken, region, team):
    deputy = region.person("deputy", Role.COORDINATOR)
    Absence.objects.create(user=team.coordinator, deputy=deputy, starts_on=date(2026, 3, 10), ends_on=date(2026, 3, 20))
    taken()
    escalate(at(DUE))
    assert told("due") == {"coordinator", "deputy"}


def test_the_supervisors_of_the_scope_are_reminded_three_working_days_later(taken, region):
    region.person("next", Role.SUPERVISOR, territory=region.next_powiat)
    region.person("other", Role.SUPERVISOR, organisation=region.other_organisation)
    region.person("ended", Role.SUPERVISOR, valid_to=date(2026, 3, 18))
    taken()
    escalate(at(DUE + 2))
    assert told("overdue") == set()
    escalate(at(DUE + 3))
    assert told("overdue") == {"supervisor", "second"}


def test_what_nobody_has_taken_reaches_the_supervisors_alone(new_errand):
    new_errand()
    escalate(at(DUE + 3))
    assert (told("due"), told("overdue")) == (set(), {"supervisor", "second"})


def test_a_deadline_that_moves_starts_the_ladder_anew(taken, team):
    case = taken()
    escalate(at(DUE))
    extend(item_of(case, "prepare"), by=team.supervisor, working=2, reason="illness", at=at(DUE))
    escalate(at(DUE + 1))
    assert Reminder.objects.count() == 1
    escalate(at(DUE + 2))
    assert set(Reminder.objects.values_list("rung", "due")) == {
        ("owner", date(2026, 3, 16)),
        ("owner", date(2026, 3, 18)),
    }


def test_a_programme_sets_its_own_ladder(taken, region):
    taken()
    for name, value in (("remind_days_before", 2), ("remind_supervisor_after", 1)):
        ParameterValue.objects.create(programme=region.programme, name=name, value=value, valid_from=date(2020, 1, 1))
    escalate(at(DUE - 2))
    assert told("due") == {"coordinator"}
    escalate(at(DUE + 1))
    assert told("overdue") == {"supervisor", "second"}


@pytest.fixture
def counting(new_errand, team, walk, decide, show_permit):
    """An errand whose counting, on a ladder of its own, the animator has taken; it is due on 31 March."""
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    decide(case, "approve_begin", by=team.supervisor, day=1).only()
    claim([item_of(case, "count")], by=team.animator, at=at(1)).only()
    return case


def test_a_task_may_have_a_ladder_of_its_own(counting):
    due = 29
    escalate(at(due - 8))
    assert told("due") == set()
    escalate(at(due - 7))
    assert told("due") == {"animator"}
    escalate(at(due - 1))
    assert not Notice.objects.filter(event="overdue", item=item_of(counting, "count")).exists()
    escalate(at(due))
    overdue = Notice.objects.filter(event="overdue", item=item_of(counting, "count"))
    assert set(overdue.values_list("user__username", flat=True)) == {"supervisor", "second"}


def test_the_rungs_that_a_task_leaves_out_are_the_programmes(counting, region, team):
    five_working_days_later = date(2026, 4, 8)  # Easter Monday is free
    assert item_of(counting, "count") not in overdue_for_supervisor(team.supervisor, date(2026, 4, 7))
    assert item_of(counting, "count") in overdue_for_supervisor(team.supervisor, five_working_days_later)
    ParameterValue.objects.create(
        programme=region.programme, name="show_overdue_after", value=1, valid_from=date(2020, 1, 1)
    )
    assert item_of(counting, "count") in overdue_for_supervisor(team.supervisor, date(2026, 4, 1))


def test_what_a_programme_sets_does_not_move_a_tasks_own_rung(counting, region):
    ParameterValue.objects.create(
        programme=region.programme, name="remind_days_before", value=20, valid_from=date(2020, 1, 1)
    )
    escalate(at(20))
    assert told("due") == set()


def test_a_ladder_has_no_negative_rung():
    with pytest.raises(ValueError, match="negative"):
        Ladder(remind_days_before=-1)


def test_what_is_five_working_days_late_stands_in_the_inbox_of_the_scopes_supervisors(taken, region, team):
    case = taken()
    next_door = region.person("next", Role.SUPERVISOR, territory=region.next_powiat)
    assert not overdue_for_supervisor(team.supervisor, date(2026, 3, 22))
    assert list(overdue_for_supervisor(team.supervisor, date(2026, 3, 23))) == [item_of(case, "prepare")]
    for near_miss in (next_door, team.coordinator):
        assert not overdue_for_supervisor(near_miss, date(2026, 3, 23))


def test_work_of_somebody_deactivated_goes_back_to_the_queue_and_is_recorded(taken, team):
    case = taken()
    team.coordinator.is_active = False
    team.coordinator.save()
    assert escalate(at(2)).put_back == 1
    item = item_of(case, "prepare")
    assert (item.owner, item.status) == (None, "NEW")
    handover = Handover.objects.get()
    assert (handover.item, handover.from_user, handover.to_user, handover.by) == (
        item,
        team.coordinator,
        None,
        team.clock,
    )
    assert escalate(at(2)).put_back == 0


@pytest.mark.parametrize(("last_day", "put_back"), [(date(2026, 3, 3), 1), (date(2026, 3, 4), 0)])
def test_work_goes_back_when_the_mandate_for_it_has_ended(taken, team, last_day, put_back):
    taken()
    team.coordinator.mandates.update(valid_to=last_day)
    assert escalate(at(2)).put_back == put_back


def test_the_number_of_queries_does_not_grow_with_what_is_late(taken):
    escalate(at(DUE + 3))  # the first of the day also brings holds up to date
    counts = []
    for more in (1, 5):
        for _ in range(more):
            taken()
        with CaptureQueriesContext(connection) as queries:
            escalate(at(DUE + 3))
        counts.append(len(queries))
    assert counts[0] == counts[1]
