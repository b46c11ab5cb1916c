"""Absences: who stands in, however the calendar is tangled."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roles.deputies import managers_of, tell_of_lost_deputies
from roles.errors import NotAllowed
from roles.models import Absence, User, absent_people_of, deputies_of
from roles.models.absences import reached_from
from roles.role import Role
from roles.services import deactivate, deputies_lost, end_absence, not_covered, possible_deputies_of, record_absence
from tests.factories import make_absence, make_mandate, make_organisation, make_territory, make_user

pytestmark = pytest.mark.django_db

DAY = date(2026, 7, 6)
NEXT = DAY + timedelta(days=1)


def people(count: int) -> list[User]:
    return [make_user(last_name=f"Osoba{number}") for number in range(count)]


@pytest.fixture
def team() -> list[User]:
    """Three tutors of one organisation in one powiat."""
    organisation = make_organisation()
    return [make_mandate(organisation=organisation, territory=make_territory()).user for _number in range(3)]


@pytest.mark.parametrize(("day", "stands_in"), [(-1, False), (0, True), (4, True), (5, False)])
def test_the_deputy_stands_in_from_the_first_day_to_the_last(day: int, *, stands_in: bool) -> None:
    anna, jan = people(2)
    make_absence(anna, jan, DAY, DAY + timedelta(days=4))
    on = DAY + timedelta(days=day)
    assert absent_people_of(jan, on) == ({anna.pk} if stands_in else set())
    assert deputies_of({anna.pk}, on) == ({jan.pk} if stands_in else set())


def test_a_chain_of_absences_ends_with_whoever_is_there() -> None:
    anna, jan, ewa = people(3)
    make_absence(anna, jan, DAY, DAY)
    make_absence(jan, ewa, DAY, NEXT)
    assert absent_people_of(ewa, DAY) == {anna.pk, jan.pk}
    assert absent_people_of(ewa, NEXT) == {jan.pk}
    assert deputies_of({anna.pk}, DAY) == {jan.pk, ewa.pk}


def test_a_circle_of_absences_ends_and_makes_nobody_their_own_deputy() -> None:
    anna, jan, ewa = people(3)
    for away, deputy in ((anna, jan), (jan, ewa), (ewa, anna)):
        make_absence(away, deputy, DAY, DAY)
    assert absent_people_of(anna, DAY) == {jan.pk, ewa.pk}
    assert deputies_of({anna.pk}, DAY) == {jan.pk, ewa.pk}


def test_work_of_somebody_without_a_deputy_waits() -> None:
    anna, jan = people(2)
    make_absence(anna, None, DAY, DAY)
    make_absence(jan, anna, DAY, DAY)
    assert absent_people_of(anna, DAY) == {jan.pk}
    assert deputies_of({anna.pk}, DAY) == set()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.integers(0, 9), st.sets(st.integers(0, 9), max_size=3)), st.integers(0, 9))
def test_whatever_the_calendar_nobody_stands_in_for_themselves(steps: dict[int, set[int]], start: int) -> None:
    """The same as walking step by step until nothing new is met."""
    met, ahead = set[int](), steps.get(start, set())
    for _step in range(11):
        met, ahead = met | ahead, {end for near in ahead for end in steps.get(near, set())}
    assert reached_from(start, steps) == met - {start}


calendars = st.lists(
    st.tuples(st.integers(0, 5), st.none() | st.integers(0, 5), st.integers(0, 9), st.integers(0, 5)), max_size=12
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(calendars, st.integers(0, 14))
def test_deputies_and_those_they_stand_in_for_always_agree(
    calendar: list[tuple[int, int | None, int, int]], day: int
) -> None:
    with transaction.atomic():
        staff = User.objects.bulk_create(User(username=f"person{number}") for number in range(6))
        Absence.objects.bulk_create(
            Absence(
                user=staff[away],
                deputy=None if deputy is None else staff[deputy],
                starts_on=DAY + timedelta(days=first),
                ends_on=DAY + timedelta(days=first + length),
            )
            for away, deputy, first, length in calendar
            if away != deputy
        )
        on = DAY + timedelta(days=day)
        stand_in = {(deputy, person.pk) for person in staff for deputy in deputies_of({person.pk}, on)}
        assert stand_in == {(person.pk, away) for person in staff for away in absent_people_of(person, on)}
        assert not any(deputy == away for deputy, away in stand_in)
        transaction.set_rollback(True)


@pytest.mark.parametrize("length", [1, 30])
def test_a_chain_takes_one_query_however_long(length: int, django_assert_num_queries) -> None:
    staff = people(length + 1)
    for away, deputy in pairwise(staff):
        make_absence(away, deputy, DAY, DAY)
    with django_assert_num_queries(1):
        assert len(absent_people_of(staff[-1], DAY)) == length
    with django_assert_num_queries(1):
        deputies_of({person.pk for person in staff}, DAY)


def test_everybody_records_their_own_absence(team: list[User]) -> None:
    anna, jan, _ewa = team
    today = localdate()
    record_absence(anna, by=anna, deputy=jan, starts_on=today, ends_on=today)
    assert absent_people_of(jan, today) == {anna.pk}


def test_a_colleague_does_not_record_it_and_a_coordinator_does(team: list[User]) -> None:
    anna, jan, _ewa = team
    today = localdate()
    with pytest.raises(NotAllowed):
        record_absence(anna, by=jan, deputy=jan, starts_on=today, ends_on=today)
    organisation = anna.mandates.get().organisation
    next_powiat = make_mandate(
        role=Role.COORDINATOR, organisation=organisation, territory=make_territory("3009", "kolski")
    )
    with pytest.raises(NotAllowed):
        record_absence(anna, by=next_powiat.user, deputy=jan, starts_on=today, ends_on=today)
    coordinator = make_mandate(role=Role.COORDINATOR, organisation=organisation, territory=make_territory()).user
    record_absence(anna, by=coordinator, deputy=jan, starts_on=today, ends_on=today)


@pytest.mark.parametrize(
    "miss", ["other organisation", "next powiat", "other role", "deactivated", "mandate over", "themselves"]
)
def test_an_unfit_deputy_is_refused_by_name_of_those_who_could(miss: str, team: list[User]) -> None:
    anna, jan, ewa = team
    mandate = anna.mandates.get()
    facts = {"organisation": mandate.organisation, "territory": mandate.territory}
    today = localdate()
    facts |= {
        "other organisation": {"organisation": make_organisation()},
        "next powiat": {"territory": make_territory("3009", "kolski")},
        "other role": {"role": Role.TRAINER},
        "deactivated": {"user": make_user(is_active=False)},
        "mandate over": {"valid_to": today - timedelta(days=1)},
    }.get(miss, {})
    deputy = anna if miss == "themselves" else make_mandate(**facts).user
    with pytest.raises(NotAllowed) as refusal:
        record_absence(anna, by=anna, deputy=deputy, starts_on=today, ends_on=today)
    assert str(jan) in refusal.value.sentence
    assert set(possible_deputies_of(anna, today)) == {jan, ewa}


def test_a_deputy_for_the_whole_region_fits_a_powiat_and_the_other_way_round(team: list[User]) -> None:
    anna = team[0]
    organisation = anna.mandates.get().organisation
    wide = make_mandate(organisation=organisation, territory=make_territory("30")).user
    assert wide in possible_deputies_of(anna, localdate())
    assert anna in possible_deputies_of(wide, localdate())


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_two_absences_do_not_share_a_day(shift: int, team: list[User]) -> None:
    anna = team[0]
    first = localdate() + timedelta(days=10)
    record_absence(anna, by=anna, deputy=None, starts_on=first, ends_on=first)
    day = first + timedelta(days=shift)
    if shift:
        record_absence(anna, by=anna, deputy=None, starts_on=day, ends_on=day)
    else:
        with pytest.raises(NotAllowed):
            record_absence(anna, by=anna, deputy=None, starts_on=day, ends_on=day)


def test_coming_back_early_ends_the_absence_the_day_before(team: list[User]) -> None:
    anna, jan, _ewa = team
    today = localdate()
    absence = make_absence(anna, jan, today - timedelta(days=3), today + timedelta(days=3))
    end_absence(absence, by=anna, on=today)
    assert absent_people_of(jan, today) == set()
    assert absent_people_of(jan, today - timedelta(days=1)) == {anna.pk}


def test_an_absence_called_off_before_it_began_holds_no_day(team: list[User]) -> None:
    anna, jan, _ewa = team
    today = localdate()
    absence = record_absence(anna, by=anna, deputy=jan, starts_on=today, ends_on=today + timedelta(days=3))
    end_absence(absence, by=anna, on=today)
    assert not Absence.objects.kept().exists()
    record_absence(anna, by=anna, deputy=jan, starts_on=today, ends_on=today)
    with pytest.raises(NotAllowed):
        end_absence(absence, by=anna, on=today)


def test_a_deputy_deactivated_meanwhile_leaves_nobody_to_choose_them(team: list[User]) -> None:
    anna, jan, ewa = team
    deactivate(jan, by=make_user(is_superuser=True))
    assert set(possible_deputies_of(anna, localdate())) == {ewa}


def test_the_database_refuses_oneself_as_deputy() -> None:
    anna = make_user()
    with pytest.raises(IntegrityError, match="absence_deputy_is_another"), transaction.atomic():
        make_absence(anna, anna, DAY, DAY)


def test_what_a_deputy_does_not_cover_is_listed_and_another_may_take_it(team: list[User]) -> None:
    anna, jan, _ewa = team
    kolski = make_territory("3009", "kolski")
    mandate = make_mandate(anna, organisation=anna.mandates.get().organisation, territory=kolski)
    elsewhere = make_mandate(organisation=mandate.organisation, territory=kolski).user
    today = localdate()
    first = record_absence(anna, by=anna, deputy=jan, starts_on=today, ends_on=today)
    assert not_covered(first) == [mandate]
    with pytest.raises(NotAllowed):
        record_absence(anna, by=anna, deputy=jan, starts_on=today, ends_on=today)
    with pytest.raises(NotAllowed):
        record_absence(anna, by=anna, deputy=None, starts_on=today, ends_on=today)
    second = record_absence(anna, by=anna, deputy=elsewhere, starts_on=today, ends_on=today)
    assert not_covered(second) == []
    assert deputies_of({anna.pk}, today) == {jan.pk, elsewhere.pk}
    end_absence(first, by=anna, on=today)
    assert deputies_of({anna.pk}, today) == set()


@pytest.mark.parametrize("miss", ["ends before", "begins later", "part of the territory", "other role"])
def test_a_deputy_who_nearly_covers_leaves_a_gap(miss: str, team: list[User]) -> None:
    anna, jan, _ewa = team
    today, last = localdate(), localdate() + timedelta(days=5)
    mandate = jan.mandates.get()
    mandate.valid_to = last - timedelta(days=1) if miss == "ends before" else None
    mandate.valid_from = today + timedelta(days=1) if miss == "begins later" else mandate.valid_from
    mandate.territory = make_territory("3010011", "Golina") if miss == "part of the territory" else mandate.territory
    mandate.role = Role.TRAINER if miss == "other role" else mandate.role
    mandate.save()
    assert not_covered(make_absence(anna, jan, today, last)) == [anna.mandates.get()]


@pytest.mark.parametrize("loss", ["deactivated", "mandate over", "none"])
def test_the_coordinator_is_told_of_a_deputy_who_can_stand_in_no_more(loss: str, team: list[User]) -> None:
    anna, jan, _ewa = team
    mandate, today = anna.mandates.get(), localdate()
    facts = {"organisation": mandate.organisation, "territory": mandate.territory}
    coordinator = make_mandate(None, Role.COORDINATOR, **facts).user
    make_mandate(None, Role.SUPERVISOR, **facts)
    absence = make_absence(anna, jan, today - timedelta(days=1), today + timedelta(days=1))
    if loss == "deactivated":
        deactivate(jan, by=make_user(is_superuser=True))
    elif loss == "mandate over":
        jan.mandates.update(valid_to=today - timedelta(days=1))
    assert deputies_lost(today) == ([] if loss == "none" else [absence])
    assert tell_of_lost_deputies(today) == (0 if loss == "none" else 1)
    assert [message.to for message in mail.outbox] == ([] if loss == "none" else [[coordinator.email]])
    for message in mail.outbox:
        assert f"/people/{anna.pk}/" in message.body
        assert str(anna) not in message.body


def test_without_a_coordinator_the_supervisor_is_told_and_nobody_of_their_own_absence(team: list[User]) -> None:
    mandate = team[0].mandates.get()
    facts = {"organisation": mandate.organisation, "territory": mandate.territory}
    supervisor = make_mandate(None, Role.SUPERVISOR, **facts).user
    coordinator = make_mandate(None, Role.COORDINATOR, **facts).user
    assert managers_of(team[0], localdate()) == [coordinator]
    assert managers_of(coordinator, localdate()) == [supervisor]
