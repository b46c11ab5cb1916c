"""Who may give which mandate: the table restated, near misses refused."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from roles.errors import NotAllowed
from roles.models import Mandate, Organisation, Territory, User, case_scopes_of, people_managed_by
from roles.role import READS_CASES, Role
from roles.services import confirm_mandate, end_mandate, give_mandate
from tests.factories import FAR_AHEAD, LONG_AGO, make_mandate, make_organisation, make_territory, make_user

pytestmark = pytest.mark.django_db
R = Role

FIELD = {R.TUTOR, R.ANIMATOR, R.INCUBATOR_MANAGER, R.BUSINESS_ADVISER, R.TRAINER, R.PRACTICE_SUPERVISOR}
FIELD |= {R.INSTITUTION_REPRESENTATIVE}
EVERYBODY = set(R) - {R.CLOCK, R.IMPORTER}

POLICY = {
    R.COORDINATOR: FIELD,
    R.SUPERVISOR: FIELD | {R.COORDINATOR, R.PSYCHOLOGIST, R.POWIAT_COORDINATOR, R.ANALYST},
    R.SYSTEM_ADMINISTRATOR: EVERYBODY,
}


@dataclass
class Place:
    """An organisation, its powiat, the powiat next door and the region above both."""

    organisation: Organisation
    powiat: Territory
    next_powiat: Territory
    region: Territory


@pytest.fixture
def place() -> Place:
    return Place(make_organisation(), make_territory("3010"), make_territory("3009", "kolski"), make_territory("30"))


def give(user: User, by: User, role: Role, place: Place, **changes: object) -> Mandate:
    facts = {"organisation": place.organisation, "territory": place.powiat, "valid_from": localdate()}
    facts["valid_to"] = FAR_AHEAD if role == R.AUDITOR else None
    return give_mandate(user, by=by, role=role, **facts | changes)


@pytest.mark.parametrize("giver", list(R))
def test_only_the_policy_is_possible(giver: Role, place: Place) -> None:
    by = make_mandate(role=giver, organisation=place.organisation, territory=place.powiat).user
    given = set()
    for role in R:
        try:
            give(make_user(), by, role, place)
            given.add(role)
        except NotAllowed:
            pass
    assert given == POLICY.get(giver, set())


@pytest.mark.parametrize(
    "miss", ["other organisation", "next powiat", "region above", "ended yesterday", "begins tomorrow"]
)
def test_a_near_miss_gives_nothing(miss: str, place: Place) -> None:
    today = localdate()
    facts = {"organisation": place.organisation, "territory": place.powiat}
    facts |= {
        "other organisation": {"organisation": make_organisation()},
        "next powiat": {"territory": place.next_powiat},
        "ended yesterday": {"valid_to": today - timedelta(days=1)},
        "begins tomorrow": {"valid_from": today + timedelta(days=1)},
    }.get(miss, {})
    by = make_mandate(role=R.SUPERVISOR, **facts).user
    wanted = {"territory": place.region} if miss == "region above" else {}
    with pytest.raises(NotAllowed, match=r"do not let you decide|nie pozwalają"):
        give(make_user(), by, R.TUTOR, place, **wanted)
    assert not Mandate.objects.filter(role=R.TUTOR).exists()


def test_a_mandate_for_the_region_reaches_every_powiat_below(place: Place) -> None:
    by = make_mandate(role=R.COORDINATOR, organisation=place.organisation, territory=place.region).user
    assert give(make_user(), by, R.TUTOR, place, territory=place.next_powiat).given_by == by


def test_roles_of_two_mandates_do_not_combine_across_organisations(place: Place) -> None:
    """A coordinator here who is a supervisor there gives no coordinator here."""
    by = make_mandate(role=R.COORDINATOR, organisation=place.organisation, territory=place.powiat).user
    make_mandate(by, R.SUPERVISOR, territory=place.powiat)
    with pytest.raises(NotAllowed):
        give(make_user(), by, R.COORDINATOR, place)


@pytest.mark.parametrize("rank", ["administrator", "superuser"])
def test_nobody_gives_a_mandate_to_themselves(rank: str, place: Place) -> None:
    by = make_user(is_superuser=rank == "superuser")
    make_mandate(by, R.SYSTEM_ADMINISTRATOR, place.organisation, place.powiat)
    with pytest.raises(NotAllowed, match=r"of their own|własn"):
        give(by, by, R.TUTOR, place)
    with pytest.raises(IntegrityError, match="mandate_not_given_to_oneself"), transaction.atomic():
        make_mandate(by, given_by=by)


def test_a_superuser_gives_every_role_but_those_of_services_and_reads_no_case(place: Place) -> None:
    """So the first system administrator of an installation is appointed."""
    by = make_user(is_superuser=True)
    for role in EVERYBODY:
        give(make_user(), by, role, place)
    for role in set(R) - EVERYBODY:
        with pytest.raises(NotAllowed):
            give(make_user(), by, role, place)
    assert case_scopes_of(by, localdate()) == []


def test_somebody_deactivated_gives_nothing_and_gets_nothing(place: Place) -> None:
    by = make_mandate(role=R.SUPERVISOR, organisation=place.organisation, territory=place.powiat).user
    with pytest.raises(NotAllowed):
        give(make_user(is_active=False), by, R.TUTOR, place)
    User.objects.filter(pk=by.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        give(make_user(), by, R.TUTOR, place)


def test_an_auditor_is_time_boxed(place: Place) -> None:
    by = make_mandate(role=R.SYSTEM_ADMINISTRATOR, organisation=place.organisation, territory=place.powiat).user
    with pytest.raises(NotAllowed, match=r"auditor|audytor"):
        give(make_user(), by, R.AUDITOR, place, valid_to=None)
    with pytest.raises(IntegrityError, match="mandate_auditor_is_time_boxed"), transaction.atomic():
        make_mandate(role=R.AUDITOR, valid_to=None)


def test_only_a_supervisor_is_the_reserve_approver(place: Place) -> None:
    by = make_mandate(role=R.SYSTEM_ADMINISTRATOR, organisation=place.organisation, territory=place.region).user
    with pytest.raises(NotAllowed):
        give(make_user(), by, R.COORDINATOR, place, is_reserve=True)
    officer = make_mandate(None, R.DATA_PROTECTION_OFFICER, place.organisation, place.region).user
    reserve = confirm_mandate(give(make_user(), by, R.SUPERVISOR, place, is_reserve=True), by=officer).user
    confirm_mandate(give(make_user(), by, R.SUPERVISOR, place), by=officer)
    reserves = Mandate.objects.in_force(localdate()).filter(is_reserve=True)
    assert list(reserves.covering(place.organisation.pk, place.powiat).holders()) == [reserve]
    assert not reserves.covering(place.organisation.pk, place.next_powiat)
    assert not reserves.covering(make_organisation().pk, place.powiat)


def test_the_same_mandate_is_not_given_twice(place: Place) -> None:
    by = make_mandate(role=R.COORDINATOR, organisation=place.organisation, territory=place.powiat).user
    user = make_user()
    give(user, by, R.TUTOR, place, valid_to=localdate())
    with pytest.raises(NotAllowed):
        give(user, by, R.TUTOR, place)
    give(user, by, R.TUTOR, place, valid_from=localdate() + timedelta(days=1))


def test_a_mandate_ends_on_its_last_day_or_at_once(place: Place) -> None:
    today = localdate()
    by = make_mandate(role=R.COORDINATOR, organisation=place.organisation, territory=place.powiat).user
    mandate = make_mandate(organisation=place.organisation, territory=place.powiat)
    end_mandate(mandate, by=by, on=today)
    assert case_scopes_of(mandate.user, today)
    end_mandate(mandate, by=by, on=today - timedelta(days=1))
    assert not case_scopes_of(mandate.user, today)
    with pytest.raises(NotAllowed):
        end_mandate(mandate, by=by, on=today)


def test_the_past_of_a_mandate_is_not_rewritten(place: Place) -> None:
    by = make_mandate(role=R.COORDINATOR, organisation=place.organisation, territory=place.powiat).user
    mandate = make_mandate(organisation=place.organisation, territory=place.powiat)
    with pytest.raises(NotAllowed):
        end_mandate(mandate, by=by, on=localdate() - timedelta(days=2))


def test_a_mandate_withdrawn_before_it_began_was_never_in_force(place: Place) -> None:
    today = localdate()
    by = make_mandate(role=R.COORDINATOR, organisation=place.organisation, territory=place.powiat).user
    mandate = give(make_user(), by, R.TUTOR, place, valid_from=today + timedelta(days=10))
    mandate = end_mandate(mandate, by=by, on=today)
    assert mandate.was_withdrawn
    for day in range(-1, 15):
        assert not Mandate.objects.in_force(today + timedelta(days=day)).filter(pk=mandate.pk).exists()
    give(mandate.user, by, R.TUTOR, place)


def test_nobody_ends_a_mandate_of_a_peer_or_of_their_own(place: Place) -> None:
    own, peers = (
        make_mandate(role=R.SUPERVISOR, organisation=place.organisation, territory=place.powiat) for _number in range(2)
    )
    for mandate in (own, peers):
        with pytest.raises(NotAllowed):
            end_mandate(mandate, by=own.user, on=localdate())


@pytest.mark.parametrize(("day", "holds"), [(-1, False), (0, True), (9, True), (10, False)])
def test_a_mandate_holds_from_its_first_day_to_its_last(day: int, *, holds: bool) -> None:
    first = date(2026, 3, 1)
    mandate = make_mandate(valid_from=first, valid_to=first + timedelta(days=9))
    assert bool(case_scopes_of(mandate.user, first + timedelta(days=day))) is holds


def test_a_scope_is_the_organisation_within_the_territory_and_all_below(place: Place) -> None:
    gmina = make_territory("3010011", "Golina")
    user = make_mandate(role=R.TUTOR, organisation=place.organisation, territory=place.powiat).user
    make_mandate(user, R.TUTOR, place.organisation, gmina)
    make_mandate(user, R.ANALYST, place.organisation, place.region)
    [scope] = case_scopes_of(user, localdate())
    assert (scope.role, scope.organisation_id) == (R.TUTOR, place.organisation.pk)
    assert scope.territory_ids == {place.powiat.pk, gmina.pk}


@pytest.mark.parametrize("role", sorted(set(R) - READS_CASES))
def test_other_roles_open_no_cases(role: Role) -> None:
    assert case_scopes_of(make_mandate(role=role).user, localdate()) == []


def test_covering_finds_mandates_from_above_and_not_from_beside_or_below(place: Place) -> None:
    gmina = make_territory("3010011", "Golina")
    inside = [make_mandate(organisation=place.organisation, territory=unit) for unit in (place.region, place.powiat)]
    make_mandate(organisation=place.organisation, territory=place.next_powiat)
    make_mandate(organisation=place.organisation, territory=gmina)
    make_mandate(territory=place.powiat)
    assert set(Mandate.objects.as_role(R.TUTOR).covering(place.organisation.pk, place.powiat)) == set(inside)


@pytest.mark.parametrize("mandates", [1, 12])
def test_scopes_take_two_queries_however_many_mandates(mandates: int, place: Place, django_assert_num_queries) -> None:
    user = make_user()
    for role, number in product((R.TUTOR, R.ANIMATOR, R.TRAINER), range(4)):
        if mandates:
            make_mandate(user, role, place.organisation, make_territory(f"300{number + 1}", "x"))
            mandates -= 1
    with django_assert_num_queries(2):
        case_scopes_of(user, localdate())


def test_people_are_managed_within_reach_only(place: Place) -> None:
    by = make_mandate(role=R.COORDINATOR, organisation=place.organisation, territory=place.powiat).user
    mine = make_mandate(organisation=place.organisation, territory=place.powiat).user
    past = make_mandate(organisation=place.organisation, territory=place.powiat, valid_to=LONG_AGO).user
    make_mandate(organisation=place.organisation, territory=place.next_powiat)
    make_mandate(organisation=place.organisation, territory=place.region)
    make_mandate(territory=place.powiat)
    make_mandate(role=R.SUPERVISOR, organisation=place.organisation, territory=place.powiat)
    make_user()
    assert set(people_managed_by(by, localdate())) == {mine, past}


def test_a_mandate_keeps_its_history_with_who_acted(place: Place) -> None:
    by = make_mandate(role=R.COORDINATOR, organisation=place.organisation, territory=place.powiat).user
    mandate = give(make_user(), by, R.TUTOR, place)
    end_mandate(mandate, by=by, on=localdate())
    events = mandate.events.order_by("pgh_id")
    assert [(event.pgh_label, event.valid_to) for event in events] == [("insert", None), ("update", localdate())]
    assert {event.pgh_context.metadata["by"] for event in events} == {by.pk}
