"""The pages about people: what I may see and do, and a near miss is a 404."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.timezone import localdate

from roles.models import Absence, Mandate, Territory, User
from roles.role import Role
from tests.factories import LONG_AGO, make_absence, make_mandate, make_organisation, make_territory, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator() -> Mandate:
    return make_mandate(make_user("Maria", "Lis"), Role.COORDINATOR, make_organisation(), make_territory())


@pytest.fixture
def tutor(coordinator: Mandate) -> User:
    """A tutor whom the coordinator manages."""
    return make_mandate(
        make_user("Łucja", "Żak"), organisation=coordinator.organisation, territory=coordinator.territory
    ).user


@pytest.fixture
def near_misses(coordinator: Mandate) -> list[User]:
    """A tutor in the next powiat, one of another organisation, a supervisor above, a stranger, oneself."""
    return [
        make_mandate(organisation=coordinator.organisation, territory=make_territory("3009", "kolski")).user,
        make_mandate(territory=coordinator.territory).user,
        make_mandate(role=Role.SUPERVISOR, organisation=coordinator.organisation, territory=coordinator.territory).user,
        make_user(),
        coordinator.user,
    ]


@pytest.fixture
def signed_in(client: Client, coordinator: Mandate) -> Client:
    client.force_login(coordinator.user)
    return client


def mandate_data(coordinator: Mandate, **changes: object) -> dict[str, object]:
    today = localdate()
    data = {"role": Role.TRAINER, "organisation": coordinator.organisation_id, "territory": coordinator.territory_id}
    return data | {"valid_from": today.isoformat(), "valid_to": ""} | changes


def text_of(response) -> str:
    return response.content.decode()


def test_the_list_shows_whom_i_manage_and_nobody_else(signed_in: Client, tutor: User, near_misses: list[User]) -> None:
    response = signed_in.get(reverse("roles:people"))
    assert list(response.context["rows"]) == [tutor]
    for missed in near_misses[:-1]:
        assert missed.email not in text_of(response)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=zak+lucja", True),
        ("q=zak+anna", False),
        ("role=tutor", True),
        ("role=trainer", False),
        ("state=closed", False),
        ("state=all", True),
        ("page=2", False),
        ("page=0", True),
        ("page=x&role=nonsense", True),
    ],
)
def test_the_list_is_narrowed_by_the_address(query: str, *, found: bool, signed_in: Client, tutor: User) -> None:
    response = signed_in.get(f"{reverse('roles:people')}?{query}")
    assert (tutor in response.context["rows"]) is found


def test_the_list_tells_a_role_once_with_all_its_powiats(signed_in: Client, tutor: User, coordinator: Mandate) -> None:
    kolski = make_territory("3009", "kolski")
    make_mandate(tutor, organisation=coordinator.organisation, territory=kolski)
    told = " ".join(strip_tags(text_of(signed_in.get(reverse("roles:people")))).split())
    powiats = ", ".join(Territory.objects.filter(mandates__user=tutor).by_name().values_list("name", flat=True))
    assert f"tutor · {coordinator.organisation}: {powiats}" in told


def test_the_list_takes_the_same_queries_for_one_and_for_thirty(signed_in: Client, coordinator: Mandate) -> None:
    """The menu asks its own, a fixed number; so the two are compared with each other."""
    asked = []
    for more in (1, 29):
        for _number in range(more):
            user = make_mandate(organisation=coordinator.organisation, territory=coordinator.territory).user
            make_absence(user, None, localdate(), localdate())
        signed_in.get(reverse("roles:people"))
        with CaptureQueriesContext(connection) as queries:
            response = signed_in.get(reverse("roles:people"))
        asked.append((len(response.context["rows"]), len(queries)))
    assert [rows for rows, _queries in asked] == [1, 30]
    assert asked[0][1] == asked[1][1]


def test_a_long_list_has_a_next_page(signed_in: Client, coordinator: Mandate) -> None:
    users = User.objects.bulk_create(User(username=f"p{number}", last_name=f"P{number:03}") for number in range(51))
    Mandate.objects.bulk_create(
        Mandate(
            user=user,
            role=Role.TUTOR,
            organisation=coordinator.organisation,
            territory=coordinator.territory,
            valid_from=LONG_AGO,
        )
        for user in users
    )
    first = signed_in.get(reverse("roles:people"))
    assert (len(first.context["rows"]), first.context["next"]) == (50, "?page=2")
    second = signed_in.get(reverse("roles:people") + "?page=2")
    assert (len(second.context["rows"]), second.context["next"], second.context["previous"]) == (1, "", "?page=1")


@pytest.mark.parametrize(
    "page",
    [
        *("person", "edit_person", "new_mandate", "absence_of"),
        *("close_account", "open_account", "sign_out", "remove_second_factor", "send_invitation_again"),
    ],
)
def test_a_near_miss_is_not_found(page: str, signed_in: Client, near_misses: list[User]) -> None:
    for missed in near_misses:
        address = reverse(f"roles:{page}", kwargs={"pk": missed.pk})
        statuses = {signed_in.get(address).status_code, signed_in.post(address).status_code}
        assert statuses <= {404, 405}
    assert User.objects.filter(is_active=False).count() == 0


def test_pages_need_a_sign_in(client: Client, tutor: User) -> None:
    for address in (reverse("roles:people"), reverse("roles:account"), reverse("roles:person", args=[tutor.pk])):
        assert client.get(address).url.startswith(reverse("account_login"))


def test_the_page_of_a_person_shows_mandates_of_my_organisation_only(
    signed_in: Client, tutor: User, coordinator: Mandate
) -> None:
    make_mandate(tutor, Role.TRAINER, coordinator.organisation, coordinator.territory, valid_to=LONG_AGO)
    elsewhere = make_mandate(tutor, Role.TRAINER)
    response = signed_in.get(reverse("roles:person", args=[tutor.pk]))
    assert len(response.context["mandates"]) == 2
    assert elsewhere.organisation.name not in text_of(response)
    assert reverse("roles:close_account", args=[tutor.pk]) not in text_of(response)


def test_a_mandate_is_given_on_the_page(signed_in: Client, tutor: User, coordinator: Mandate) -> None:
    address = reverse("roles:new_mandate", args=[tutor.pk])
    assert signed_in.get(address).status_code == 200
    response = signed_in.post(address, mandate_data(coordinator))
    assert response.url == reverse("roles:person", args=[tutor.pk])
    assert tutor.mandates.get(role=Role.TRAINER).given_by == coordinator.user


def test_a_refusal_stands_on_the_form(signed_in: Client, tutor: User, coordinator: Mandate) -> None:
    address = reverse("roles:new_mandate", args=[tutor.pk])
    response = signed_in.post(address, mandate_data(coordinator, role=Role.TUTOR))
    assert response.status_code == 422
    assert response.context["form"].non_field_errors()
    response = signed_in.post(address, mandate_data(coordinator, role=Role.SUPERVISOR))
    assert list(response.context["form"].errors) == ["role"]
    assert not tutor.mandates.filter(role=Role.SUPERVISOR).exists()


def test_a_mandate_is_ended_on_the_page(signed_in: Client, tutor: User) -> None:
    mandate = tutor.mandates.get()
    address = reverse("roles:finish_mandate", args=[mandate.pk])
    assert signed_in.get(address).status_code == 200
    signed_in.post(address, {"on": (localdate() - timedelta(days=1)).isoformat()})
    mandate.refresh_from_db()
    assert mandate.is_over


def test_a_mandate_beyond_my_reach_is_not_found(signed_in: Client, near_misses: list[User]) -> None:
    for missed in near_misses:
        for mandate in missed.mandates.all():
            assert signed_in.get(reverse("roles:finish_mandate", args=[mandate.pk])).status_code == 404


def test_a_person_is_invited_by_mail_and_sets_a_password(
    signed_in: Client, coordinator: Mandate, client: Client
) -> None:
    assert signed_in.get(reverse("roles:invite_person")).status_code == 200
    names = {"first_name": "Świętosława", "last_name": "Żbik", "email": "Zbik@Example.org"}
    response = signed_in.post(reverse("roles:invite_person"), mandate_data(coordinator) | names)
    invited = User.objects.get(email="zbik@example.org")
    assert response.url == reverse("roles:person", args=[invited.pk])
    assert (invited.username, invited.has_usable_password()) == ("swietoslawa.zbik", False)
    [message] = mail.outbox
    assert message.to == ["zbik@example.org"]
    link = next(line for line in message.body.splitlines() if "/account/password/reset/key/" in line)
    stranger = Client()
    page = stranger.get(link.removeprefix("http://testserver"), follow=True)
    password = "cztery konie w galopie"
    stranger.post(page.request["PATH_INFO"], {"password1": password, "password2": password})
    invited.refresh_from_db()
    assert invited.check_password(password)


def test_inviting_a_known_address_offers_the_mandate_and_changes_no_name(
    signed_in: Client, coordinator: Mandate
) -> None:
    known = make_user("Jan", "Kot", password="cztery konie w galopie")
    names = {"first_name": "Inny", "last_name": "Ktoś", "email": known.email.upper()}
    signed_in.post(reverse("roles:invite_person"), mandate_data(coordinator) | names)
    known.refresh_from_db()
    assert (known.first_name, known.mandates.get().role) == ("Jan", Role.TRAINER)
    assert known.mandates.get().waits_for == Mandate.WaitsFor.OWNER
    assert "/account/password/reset/" not in mail.outbox[0].body


def test_inviting_oneself_or_a_closed_account_is_refused(signed_in: Client, coordinator: Mandate) -> None:
    for known in (coordinator.user, make_user(is_active=False)):
        names = {"first_name": "Jan", "last_name": "Kot", "email": known.email}
        response = signed_in.post(reverse("roles:invite_person"), mandate_data(coordinator) | names)
        assert response.context["form"].non_field_errors()
        assert not known.mandates.filter(role=Role.TRAINER).exists()


def test_a_name_is_corrected_and_the_order_follows(signed_in: Client, tutor: User) -> None:
    address = reverse("roles:edit_person", args=[tutor.pk])
    assert signed_in.get(address).status_code == 200
    assert signed_in.post(address, {"first_name": "", "last_name": "Żak", "phone": ""}).status_code == 422
    signed_in.post(address, {"first_name": "Łucja", "last_name": "Ącka", "phone": "61 000 00 00"})
    tutor.refresh_from_db()
    assert (tutor.last_name, tutor.sort_key.split()[0]) == ("Ącka", "a~cka")


def test_an_account_is_closed_and_opened_again(signed_in: Client, tutor: User) -> None:
    signed_in.post(reverse("roles:close_account", args=[tutor.pk]))
    tutor.refresh_from_db()
    assert not tutor.is_active
    assert tutor in signed_in.get(reverse("roles:people") + "?state=closed").context["rows"]
    signed_in.post(reverse("roles:open_account", args=[tutor.pk]))
    tutor.refresh_from_db()
    assert tutor.is_active


def test_somebody_who_works_elsewhere_too_is_not_closed(signed_in: Client, tutor: User) -> None:
    elsewhere = make_mandate(tutor, Role.TRAINER).organisation
    response = signed_in.post(reverse("roles:close_account", args=[tutor.pk]), follow=True)
    tutor.refresh_from_db()
    assert tutor.is_active
    assert any(str(elsewhere) in str(message) for message in response.context["messages"])


def test_an_absence_is_recorded_for_somebody_and_ended(signed_in: Client, tutor: User, coordinator: Mandate) -> None:
    deputy = make_mandate(organisation=coordinator.organisation, territory=coordinator.territory).user
    address = reverse("roles:absence_of", args=[tutor.pk])
    today = localdate().isoformat()
    assert signed_in.get(address).status_code == 200
    signed_in.post(address, {"starts_on": today, "ends_on": today, "deputy": deputy.pk})
    absence = Absence.objects.get(user=tutor, deputy=deputy)
    signed_in.post(reverse("roles:finish_absence", args=[absence.pk]))
    assert not Absence.objects.kept().exists()


def test_an_absence_of_somebody_beyond_my_reach_is_not_found(signed_in: Client, near_misses: list[User]) -> None:
    for missed in near_misses[:-1]:
        absence = make_absence(missed, None, localdate(), localdate())
        assert signed_in.post(reverse("roles:finish_absence", args=[absence.pk])).status_code == 404


def test_my_account_keeps_my_choices_and_my_absences(client: Client, tutor: User) -> None:
    client.force_login(tutor)
    address = reverse("roles:account")
    assert 'lang="pl"' in text_of(client.get(address))
    client.post(address, {"language": "en", "notify": "never"})
    tutor.refresh_from_db()
    assert (tutor.language, tutor.notify, tutor.shortcuts) == ("en", "never", False)
    assert '<html lang="en"' in text_of(client.get(address))
    assert client.post(address, {"language": "de", "notify": "never"}).status_code == 422
    today = localdate().isoformat()
    assert client.get(reverse("roles:my_absence")).status_code == 200
    client.post(reverse("roles:my_absence"), {"starts_on": today, "ends_on": today, "deputy": ""})
    assert Absence.objects.get().user == tutor


def test_the_language_switch_is_remembered_for_somebody_signed_in(client: Client, tutor: User) -> None:
    client.force_login(tutor)
    client.post(reverse("set_language"), {"language": "en", "next": "/people/me/"})
    tutor.refresh_from_db()
    assert tutor.language == "en"
    client.post(reverse("set_language"), {"language": "xx", "next": "/people/me/"})
    tutor.refresh_from_db()
    assert tutor.language == "en"


def test_whoever_manages_nobody_sees_an_empty_list_and_no_entry_in_the_menu(client: Client, tutor: User) -> None:
    client.force_login(tutor)
    response = client.get(reverse("roles:people"))
    assert response.context["rows"] == []
    assert f'href="{reverse("roles:people")}"' not in text_of(client.get(reverse("roles:account")))


@pytest.mark.parametrize(
    ("case", "warned"),
    [
        ("one supervisor", True),
        ("two, none in reserve", True),
        ("the only one is the reserve", True),
        ("two, one in reserve", False),
        ("the reserve holds the region", False),
        ("the reserve holds the next powiat", True),
        ("the reserve is of another organisation", True),
        ("the reserve is deactivated", True),
        ("the reserve's mandate ended yesterday", True),
    ],
)
def test_a_scope_without_a_reserve_approver_is_named(
    case: str, *, warned: bool, signed_in: Client, coordinator: Mandate
) -> None:
    here = {"organisation": coordinator.organisation, "territory": coordinator.territory}
    first = make_mandate(role=Role.SUPERVISOR, **here, is_reserve=case == "the only one is the reserve")
    second = {
        "two, none in reserve": {"is_reserve": False},
        "two, one in reserve": {},
        "the reserve holds the region": {"territory": make_territory("30")},
        "the reserve holds the next powiat": {"territory": make_territory("3009", "kolski")},
        "the reserve is of another organisation": {"organisation": make_organisation()},
        "the reserve is deactivated": {"user": make_user(is_active=False)},
        "the reserve's mandate ended yesterday": {"valid_to": localdate() - timedelta(days=1)},
    }
    if case in second:
        make_mandate(**{"role": Role.SUPERVISOR, "is_reserve": True} | here | second[case])
    shown = signed_in.get(reverse("roles:people")).context["without_reserve"]
    assert (
        (first.organisation, first.territory) in [(scope.organisation, scope.territory) for scope in shown]
    ) is warned
