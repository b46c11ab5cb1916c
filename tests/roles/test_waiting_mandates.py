"""Mandates that wait: for their owner's consent, for a second person; and who manages whom."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now

from roles.errors import NotAllowed
from roles.models import Mandate, User, people_managed_by
from roles.role import MAY_GIVE, READS_CASES, Role
from roles.services import (
    accept_mandate,
    confirm_mandate,
    deactivate,
    decline_mandate,
    end_mandate,
    end_sessions,
    give_mandate,
    invite,
    record_absence,
    rename,
)
from tests.factories import FAR_AHEAD, make_mandate, make_organisation, make_territory, make_user

pytestmark = pytest.mark.django_db
R = Role
OWNER, SECOND = Mandate.WaitsFor.OWNER, Mandate.WaitsFor.SECOND_PERSON


@pytest.fixture
def place() -> dict[str, object]:
    return {"organisation": make_organisation(), "territory": make_territory()}


@pytest.fixture
def coordinator(place) -> User:
    return make_mandate(None, R.COORDINATOR, **place).user


@pytest.fixture
def colleague_elsewhere() -> User:
    """A coordinator of another organisation in the same powiat, who uses the account."""
    return make_mandate(make_user("Jan", "Kot", last_login=now()), R.COORDINATOR).user


def offer(user: User, by: User, place, role: Role = R.TRAINER, **facts) -> Mandate:
    facts = {"valid_from": localdate(), "valid_to": FAR_AHEAD if role == R.AUDITOR else None} | facts
    return give_mandate(user, by=by, role=role, **place | facts)


def opens(mandate: Mandate) -> bool:
    return Mandate.objects.in_force(localdate()).filter(pk=mandate.pk).exists()


# The owner's consent


def test_a_mandate_for_somebody_elsewhere_waits_for_them_and_opens_nothing(coordinator, colleague_elsewhere, place):
    mandate = invite(
        colleague_elsewhere.email.upper(),
        by=coordinator,
        first_name="x",
        last_name="y",
        role=R.TRAINER,
        valid_from=localdate(),
        **place,
    )
    assert mandate.waits_for == OWNER
    assert not opens(mandate)
    assert not people_managed_by(coordinator, localdate()).contains(colleague_elsewhere)


def test_whoever_offers_a_mandate_manages_nobody_by_it_before_or_after_it_is_accepted(
    coordinator, colleague_elsewhere, place
):
    mandate = offer(colleague_elsewhere, coordinator, place)
    today = localdate()
    for accepted in (False, True):
        if accepted:
            accept_mandate(mandate, by=colleague_elsewhere)
        for verb in (
            lambda: rename(colleague_elsewhere, by=coordinator, first_name="x", last_name="y", phone=""),
            lambda: end_sessions(colleague_elsewhere, by=coordinator),
            lambda: deactivate(colleague_elsewhere, by=coordinator),
            lambda: record_absence(
                colleague_elsewhere, by=coordinator, deputy=coordinator, starts_on=today, ends_on=today
            ),
        ):
            with pytest.raises(NotAllowed):
                verb()


def test_a_mandate_elsewhere_that_is_still_to_come_counts_too(coordinator, place):
    tutor = make_mandate(None, R.TUTOR, **place).user
    make_mandate(tutor, R.TUTOR, valid_from=localdate() + timedelta(days=1))
    with pytest.raises(NotAllowed, match="not yours to decide about"):
        end_sessions(tutor, by=coordinator)


def test_an_offer_from_elsewhere_keeps_nobody_from_managing_their_own_people(coordinator, colleague_elsewhere, place):
    tutor = make_mandate(make_user(last_login=now()), R.TUTOR, **place).user
    elsewhere = {"organisation": colleague_elsewhere.mandates.get().organisation, "territory": place["territory"]}
    offer(tutor, colleague_elsewhere, elsewhere)
    deactivate(tutor, by=coordinator)
    tutor.refresh_from_db()
    assert not tutor.is_active


@pytest.mark.parametrize("rank", ["is_superuser", "is_staff"])
def test_who_administers_the_installation_is_managed_by_a_superuser_alone(rank, coordinator, place):
    administrator = make_user(**{rank: True})
    mandate = offer(administrator, coordinator, place)
    assert mandate.waits_for
    Mandate.objects.filter(pk=mandate.pk).update(waits_for="")
    with pytest.raises(NotAllowed, match="not among the people"):
        deactivate(administrator, by=coordinator)
    deactivate(administrator, by=make_user(is_superuser=True))


def test_the_owner_accepts_and_it_begins_that_day(coordinator, colleague_elsewhere, place):
    mandate = offer(colleague_elsewhere, coordinator, place, valid_from=localdate() - timedelta(days=9))
    for other in (coordinator, make_user(is_superuser=True)):
        with pytest.raises(NotAllowed):
            accept_mandate(mandate, by=other)
    accept_mandate(mandate, by=colleague_elsewhere)
    assert opens(mandate)
    assert Mandate.objects.get(pk=mandate.pk).valid_from == localdate()
    with pytest.raises(NotAllowed):
        accept_mandate(mandate, by=colleague_elsewhere)


@pytest.mark.parametrize("way", ["declined", "withdrawn"])
def test_an_offer_that_is_declined_or_withdrawn_was_never_in_force(way, coordinator, colleague_elsewhere, place):
    mandate = offer(colleague_elsewhere, coordinator, place)
    if way == "declined":
        decline_mandate(mandate, by=colleague_elsewhere)
    else:
        end_mandate(mandate, by=coordinator, on=localdate())
    assert Mandate.objects.get(pk=mandate.pk).was_withdrawn
    with pytest.raises(NotAllowed):
        accept_mandate(mandate, by=colleague_elsewhere)
    offer(colleague_elsewhere, coordinator, place)


def test_ones_own_people_and_accounts_that_nobody_has_used_need_not_be_asked(coordinator, place):
    tutor = make_mandate(make_user(last_login=now()), R.TUTOR, **place).user
    assert offer(tutor, coordinator, place).waits_for == ""
    assert offer(make_user(), coordinator, place).waits_for == ""
    assert offer(make_user(last_login=now()), coordinator, place).waits_for == OWNER
    assert offer(make_user(password="cztery konie w galopie"), coordinator, place).waits_for == OWNER


# The second person


@pytest.mark.parametrize("giver", [R.SUPERVISOR, R.SYSTEM_ADMINISTRATOR])
@pytest.mark.parametrize("role", sorted(set(Role) - {R.CLOCK, R.IMPORTER}))
def test_only_these_wait_for_a_second_person(giver: Role, role: Role, place):
    by = make_mandate(None, giver, **place).user
    if role not in MAY_GIVE[giver]:
        return
    expected = role == R.PSYCHOLOGIST or (giver == R.SYSTEM_ADMINISTRATOR and role in READS_CASES)
    assert (offer(make_user(), by, place, role).waits_for == SECOND) is expected


def test_an_administrator_gets_no_way_to_case_files_and_a_reader_no_administration_by_one_person(coordinator, place):
    administrator = make_mandate(make_user(), R.SYSTEM_ADMINISTRATOR, **place).user
    assert offer(administrator, coordinator, place, R.TUTOR).waits_for == SECOND
    other = make_mandate(make_user(), R.SYSTEM_ADMINISTRATOR, **place).user
    reader = make_mandate(make_user(), R.TUTOR, **place).user
    assert offer(reader, other, place, R.SYSTEM_ADMINISTRATOR).waits_for == SECOND


@pytest.mark.parametrize("confirmer", ["supervisor", "officer", "administrator", "superuser"])
def test_whoever_could_have_given_it_or_protects_the_data_confirms(confirmer: str, place):
    roles = {"supervisor": R.SUPERVISOR, "officer": R.DATA_PROTECTION_OFFICER, "administrator": R.SYSTEM_ADMINISTRATOR}
    giver = make_mandate(None, R.SUPERVISOR, **place).user
    mandate = offer(make_user(), giver, place, R.PSYCHOLOGIST)
    assert not opens(mandate)
    by = make_mandate(None, roles[confirmer], **place).user if confirmer in roles else make_user(is_superuser=True)
    assert confirm_mandate(mandate, by=by).confirmed_by == by
    assert opens(mandate)


@pytest.mark.parametrize(
    "miss", ["the giver", "the owner", "coordinator", "next powiat", "other organisation", "ended yesterday"]
)
def test_a_near_miss_confirms_nothing(miss: str, place):
    giver, owner = make_mandate(None, R.SUPERVISOR, **place).user, make_user()
    mandate = offer(owner, giver, place, R.PSYCHOLOGIST)
    facts = place | {
        "next powiat": {"territory": make_territory("3009", "kolski")},
        "other organisation": {"organisation": make_organisation()},
        "ended yesterday": {"valid_to": localdate() - timedelta(days=1)},
    }.get(miss, {})
    people = {"the giver": giver, "the owner": make_mandate(owner, R.SUPERVISOR, **place).user}
    for role in (R.SUPERVISOR, R.DATA_PROTECTION_OFFICER) if miss != "coordinator" else (R.COORDINATOR,):
        by = people.get(miss) or make_mandate(None, role, **facts).user
        for verb in (confirm_mandate, decline_mandate):
            with pytest.raises(NotAllowed):
                verb(mandate, by=by)
    assert not opens(mandate)


def test_after_the_second_person_the_owner_is_asked_too(colleague_elsewhere, place):
    giver, second = (make_mandate(None, R.SUPERVISOR, **place).user for _number in range(2))
    mandate = offer(colleague_elsewhere, giver, place, R.PSYCHOLOGIST)
    confirm_mandate(mandate, by=second)
    assert not opens(mandate)
    accept_mandate(mandate, by=colleague_elsewhere)
    assert opens(mandate)


def test_the_database_lets_nobody_confirm_what_they_gave_or_hold(place):
    giver = make_mandate(None, R.SUPERVISOR, **place).user
    mandate = offer(make_user(), giver, place, R.PSYCHOLOGIST)
    for person in (giver, mandate.user):
        with pytest.raises(IntegrityError, match="mandate_confirmed_by_another"), transaction.atomic():
            Mandate.objects.filter(pk=mandate.pk).update(confirmed_by=person)


# On the pages


def test_an_offer_goes_by_mail_and_is_accepted_on_ones_own_page(
    client: Client, coordinator, colleague_elsewhere, place
):
    client.force_login(coordinator)
    data = {"role": R.TRAINER, "organisation": place["organisation"].pk, "territory": place["territory"].pk}
    names = {"first_name": "x", "last_name": "y", "email": colleague_elsewhere.email, "valid_from": localdate()}
    answer = client.post(reverse("roles:invite_person"), data | names, follow=True)
    assert answer.request["PATH_INFO"] == reverse("roles:waiting_mandates")
    assert "Jan Kot" not in answer.content.decode()
    [message] = mail.outbox
    assert (message.to, reverse("roles:account") in message.body) == ([colleague_elsewhere.email], True)
    mandate = Mandate.objects.get(waits_for=OWNER)
    assert client.post(reverse("roles:accept_mandate", args=[mandate.pk])).status_code == 404
    client.force_login(colleague_elsewhere)
    assert str(place["organisation"]) in client.get(reverse("roles:account")).content.decode()
    client.post(reverse("roles:accept_mandate", args=[mandate.pk]))
    assert opens(mandate)


def test_a_second_person_sees_what_waits_and_confirms_it(client: Client, place):
    giver, second = (make_mandate(None, R.SUPERVISOR, **place).user for _number in range(2))
    mandate = offer(make_user("Ewa", "Lis"), giver, place, R.PSYCHOLOGIST)
    client.force_login(second)
    assert "Ewa Lis" in client.get(reverse("roles:waiting_mandates")).content.decode()
    assert reverse("roles:waiting_mandates") in client.get(reverse("roles:people")).content.decode()
    client.post(reverse("roles:confirm_mandate", args=[mandate.pk]))
    assert opens(mandate)
    client.force_login(giver)
    other = offer(make_user(), giver, place, R.PSYCHOLOGIST)
    assert client.post(reverse("roles:confirm_mandate", args=[other.pk])).status_code == 404
    client.post(reverse("roles:withdraw_mandate", args=[other.pk]))
    assert Mandate.objects.get(pk=other.pk).was_withdrawn
