"""Sessions: planned, held, counted; one mechanism for one person or many."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cases.integrity import facts_are_what_their_history_says
from cases.models import Attendance, Session
from cases.sessions import (
    cancel_session,
    change_session,
    hold_session,
    log_session,
    monthly_hours,
    plan_session,
    record_no_show,
)
from roles.role import Role
from tests.cases.conftest import at
from workflows.errors import NotYet, NotYou, TooLate
from workflows.services.sharing import break_glass


@pytest.fixture
def group(new_errand):
    return [new_errand() for _n in range(3)]


@pytest.fixture
def planned(a_session, group, team):
    return plan_session(a_session(kind="training"), group, by=team.tutor, at=at(-1))


def test_a_session_is_planned_for_many_and_nobody_was_there_yet(planned, group):
    assert planned.status == "planned"
    assert planned.organisation == group[0].organisation
    assert set(planned.attendances.values_list("present", flat=True)) == {None}


def test_a_session_is_held_with_those_who_came(planned, group, team):
    hold_session(planned, by=team.tutor, present=[group[0].pk, group[1].pk], at=at())
    assert Session.objects.get().status == "held"
    present = dict(planned.attendances.values_list("case", "present"))
    assert present == {group[0].pk: True, group[1].pk: True, group[2].pk: False}


def test_somebody_may_have_stayed_for_fewer_hours(planned, group, team):
    hold_session(planned, by=team.tutor, present={group[0].pk: None, group[1].pk: Decimal("0.50")}, at=at())
    counted = {each.case_id: each.counted_hours for each in planned.attendances.all()}
    assert counted == {group[0].pk: Decimal(2), group[1].pk: Decimal("0.5"), group[2].pk: Decimal(0)}


def test_a_session_nobody_came_to_is_not_held(planned, team):
    record_no_show(planned, by=team.tutor, at=at())
    assert Session.objects.get().status == "no_show"
    assert not Attendance.objects.counting().exists()


def test_a_session_is_not_held_before_it_begins(planned, group, team):
    with pytest.raises(NotYet):
        hold_session(planned, by=team.tutor, present=[group[0].pk], at=planned.starts_at - timedelta(minutes=1))


def test_nobody_is_present_who_was_not_planned(planned, new_errand, team):
    with pytest.raises(NotYet):
        hold_session(planned, by=team.tutor, present=[new_errand().pk], at=at())


def test_a_mistake_is_corrected_until_somebody_has_answered(planned, group, team):
    hold_session(planned, by=team.tutor, present=[group[0].pk], at=at())
    hold_session(planned, by=team.tutor, present=[group[1].pk], hours=Decimal(3), at=at())
    assert Session.objects.get().hours == 3
    planned.attendances.filter(present=True).update(confirmation="confirmed", method="sms", answered_at=at())
    with pytest.raises(TooLate):
        hold_session(planned, by=team.tutor, present=[group[0].pk], at=at())


def test_a_session_is_cancelled_with_a_reason(planned, team):
    with pytest.raises(NotYet):
        cancel_session(planned, by=team.tutor, reason=" ", at=at())
    cancel_session(planned, by=team.tutor, reason="the trainer is ill", at=at())
    with pytest.raises(TooLate):
        hold_session(planned, by=team.tutor, present=[], at=at())


def test_what_was_held_is_not_cancelled(planned, group, team):
    hold_session(planned, by=team.tutor, present=[group[0].pk], at=at())
    with pytest.raises(TooLate):
        cancel_session(planned, by=team.tutor, reason="never mind", at=at())


def test_a_session_is_logged_in_one_go(a_session, case, team):
    log_session(a_session(), [case], by=team.tutor, at=at())
    attendance = Attendance.objects.get()
    assert (attendance.present, attendance.session.status, attendance.confirmation) == (True, "held", "not_asked")


def test_a_session_is_for_somebody(a_session, team):
    with pytest.raises(NotYet):
        plan_session(a_session(), [], by=team.tutor, at=at())


def test_a_session_is_for_one_organisations_people(a_session, case, new_errand, region, team):
    for role in (Role.COORDINATOR, Role.TUTOR):
        region.mandate(team.coordinator, role, organisation=region.other_organisation)
    theirs = new_errand(organisation=region.other_organisation)
    with pytest.raises(NotYet):
        plan_session(a_session(), [case, theirs], by=team.coordinator, at=at())


@pytest.mark.parametrize("hours", ["0", "-1", "24.25"])
def test_hours_are_hours_of_a_day(a_session, case, team, hours):
    with pytest.raises(ValidationError):
        plan_session(a_session(hours=Decimal(hours)), [case], by=team.tutor, at=at())


def test_nobody_records_sessions_of_people_out_of_reach(a_session, case, near_misses):
    for user in near_misses.values():
        with pytest.raises(NotYou):
            plan_session(a_session(leader=user), [case], by=user, at=at())


def test_one_case_out_of_reach_spoils_the_group(a_session, case, new_errand, region, team):
    region.mandate(team.coordinator, Role.COORDINATOR, territory=region.next_powiat)
    far = new_errand(territory=region.next_powiat)
    with pytest.raises(NotYou):
        plan_session(a_session(), [case, far], by=team.tutor, at=at())


def test_a_leader_writes_up_what_was_planned_for_them(a_session, case, region, team, near_misses):
    trainer = region.person("trainer", Role.TRAINER)
    session = plan_session(a_session(leader=trainer), [case], by=team.tutor, at=at(-1))
    assert list(Session.objects.visible_to(trainer, at())) == [session]
    hold_session(session, by=trainer, present=[case.pk], at=at())
    for miss in near_misses.values():
        with pytest.raises(NotYou):
            hold_session(session, by=miss, present=[case.pk], at=at())


@pytest.mark.parametrize("miss", ["next powiat", "next organisation", "until yesterday", "auditor", "deactivated"])
def test_leading_a_session_is_no_right_to_its_people(a_session, case, team, near_misses, miss):
    leader = near_misses[miss]
    session = plan_session(a_session(), [case], by=team.tutor, at=at(-1))
    Session.objects.update(leader=leader)  # who led it has moved on
    assert list(Session.objects.visible_to(leader, at())) == ([session] if miss == "auditor" else [])
    for verb in (partial(hold_session, present=[case.pk]), partial(cancel_session, reason="x"), record_no_show):
        with pytest.raises(NotYou):
            verb(session, by=leader, at=at())
    assert Session.objects.get().status == "planned"


def test_who_led_a_session_in_an_emergency_changes_nothing(a_session, case, region, team):
    far = region.person("far", Role.TUTOR, organisation=region.other_organisation)
    break_glass(case, by=far, reason="Zagrożenie życia, brak opiekuna", at=at())
    with pytest.raises(NotYou):
        log_session(a_session(leader=far), [case], by=far, at=at())
    session = plan_session(a_session(), [case], by=team.tutor, at=at(-1))
    Session.objects.update(leader=far)
    for days in (0, 2):
        with pytest.raises(NotYou):
            hold_session(session, by=far, present=[case.pk], at=at(days))


def test_sessions_are_seen_with_their_cases(planned, team, near_misses):
    assert list(Session.objects.visible_to(team.coordinator, at())) == [planned]
    assert not Session.objects.visible_to(near_misses["next organisation"], at()).exists()


# The monthly statement


def held(a_session, case, team, starts_at, **facts):
    return log_session(a_session(starts_at=starts_at, **facts), [case], by=team.tutor, at=at(90))


def test_a_month_adds_up_by_kind(a_session, case, team):
    held(a_session, case, team, datetime(2026, 3, 3, 8, tzinfo=UTC))
    held(a_session, case, team, datetime(2026, 3, 10, 8, tzinfo=UTC), hours=Decimal("1.50"))
    held(a_session, case, team, datetime(2026, 3, 20, 8, tzinfo=UTC), kind="training", hours=Decimal(6))
    statement = monthly_hours(case, 2026, 3)
    assert statement.hours == {"advice": Decimal("3.50"), "training": Decimal(6)}
    assert (statement.total, statement.confirmed, len(statement.attendances)) == (Decimal("9.50"), 0, 3)


def test_a_month_begins_and_ends_by_the_local_clock(a_session, case, team):
    held(a_session, case, team, datetime(2026, 2, 28, 23, tzinfo=UTC))  # midnight in Warsaw
    held(a_session, case, team, datetime(2026, 3, 31, 22, tzinfo=UTC))  # midnight again, already +02:00
    assert len(monthly_hours(case, 2026, 3).attendances) == 1
    assert len(monthly_hours(case, 2026, 4).attendances) == 1


def test_december_ends_with_the_year(a_session, case, team):
    held(a_session, case, team, datetime(2025, 12, 31, 22, 59, tzinfo=UTC))
    assert monthly_hours(case, 2025, 12).total == 2
    assert monthly_hours(case, 2026, 1).total == 0


def test_what_is_disputed_is_listed_and_does_not_count(a_session, case, team):
    held(a_session, case, team, datetime(2026, 3, 3, 8, tzinfo=UTC))
    held(a_session, case, team, datetime(2026, 3, 4, 8, tzinfo=UTC))
    first, second = Attendance.objects.order_by("pk")
    Attendance.objects.filter(pk=first.pk).update(confirmation="disputed", answered_at=at())
    Attendance.objects.filter(pk=second.pk).update(confirmation="confirmed", method="sms", answered_at=at())
    statement = monthly_hours(case, 2026, 3)
    assert (statement.total, statement.confirmed, statement.disputed, len(statement.attendances)) == (2, 2, 1, 2)


def test_an_absence_counts_nothing(planned, group, team):
    hold_session(planned, by=team.tutor, present=[group[0].pk], at=at())
    assert [monthly_hours(each, 2026, 3).total for each in group] == [2, 0, 0]


# The database


@pytest.mark.parametrize(
    "facts",
    [
        {"present": False, "confirmation": "asked"},
        {"present": True, "confirmation": "confirmed", "answered_at": at()},
        {"present": True, "confirmation": "confirmed", "method": "sms"},
        {"present": True, "confirmation": "confirmed", "method": "card", "answered_at": at()},
        {"present": True, "confirmation": "disputed"},
        {"present": False, "hours": Decimal(1)},
    ],
)
def test_the_database_refuses_impossible_attendances(planned, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        planned.attendances.filter(pk=planned.attendances.first().pk).update(**facts)


def test_the_database_refuses_somebody_twice(planned, group):
    with pytest.raises(IntegrityError), transaction.atomic():
        Attendance.objects.create(session=planned, case=group[0])


@pytest.mark.parametrize("facts", [{"status": "cancelled"}, {"cancelled_because": "x"}, {"hours": 0}, {"hours": 25}])
def test_the_database_refuses_impossible_sessions(planned, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.update(**facts)


# Who leads, and changing what is planned


def test_a_colleague_leads_where_they_could_record_it_themselves(a_session, group, team, region):
    trainer = region.person("trainer", Role.TRAINER)
    assert plan_session(a_session(leader=trainer), group, by=team.tutor, at=at()).leader == trainer


def test_nobody_else_leads(a_session, group, team, near_misses):
    for somebody in near_misses.values():
        with pytest.raises(NotYet):
            plan_session(a_session(leader=somebody), group, by=team.tutor, at=at())


def test_a_planned_session_is_changed(planned, group, new_errand, team, region):
    trainer, new = region.person("trainer", Role.TRAINER), new_errand()
    facts = {"starts_at": planned.starts_at + timedelta(days=1), "place": "Sala 2", "leader": trainer}
    change_session(planned, [group[0], new], by=team.tutor, at=at(), **facts)
    found = Session.objects.get()
    assert (found.starts_at, found.place, found.leader) == (facts["starts_at"], "Sala 2", trainer)
    assert set(found.attendances.values_list("case", flat=True)) == {group[0].pk, new.pk}


def test_who_was_taken_off_leaves_a_trace_in_the_history(planned, group, team):
    change_session(planned, group[:1], by=team.tutor, at=at())
    gone = Attendance.pgh_event_model.objects.filter(pgh_label="delete")
    assert set(gone.values_list("case", flat=True)) == {case.pk for case in group[1:]}
    assert list(facts_are_what_their_history_says()[1]) == []


def test_a_session_is_not_changed_by_strangers_nor_for_them(planned, group, team, new_errand, region, near_misses):
    region.mandate(team.coordinator, Role.COORDINATOR, territory=region.next_powiat)
    far = new_errand(territory=region.next_powiat)
    for somebody in near_misses.values():
        with pytest.raises(NotYou):
            change_session(planned, group, by=somebody, at=at())
    with pytest.raises(NotYou):
        change_session(planned, [*group, far], by=team.tutor, at=at())
    for leader in near_misses.values():
        with pytest.raises(NotYet):
            change_session(planned, group, by=team.tutor, at=at(), leader=leader)
    with pytest.raises(NotYet):
        change_session(planned, [], by=team.tutor, at=at())


def test_what_is_over_is_not_changed(planned, group, team):
    hold_session(planned, by=team.tutor, present=[group[0].pk], at=at())
    with pytest.raises(TooLate):
        change_session(planned, group, by=team.tutor, at=at(), place="x")
