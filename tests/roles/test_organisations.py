"""The register of organisations: who keeps which, and what is checked."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from roles.errors import NotAllowed
from roles.models import Mandate, Organisation, organisations_kept_by
from roles.role import Role
from roles.services import correct_organisation, register_organisation
from tests.factories import make_mandate, make_organisation, make_territory, make_user

pytestmark = pytest.mark.django_db

LIST, NEW = "roles:organisations", "roles:new_organisation"
#: Of the list's page: who is signed in, the menu, what is kept, the rows.
QUERIES = 9


@pytest.fixture
def administrator(client: Client) -> Mandate:
    mandate = make_mandate(None, Role.SYSTEM_ADMINISTRATOR, make_organisation("Alfa"), make_territory())
    client.force_login(mandate.user)
    return mandate


def facts(**changes: object) -> dict[str, object]:
    told = {"name": "Zakole", "short_name": "Zakole", "type": "social_cooperative", "territory": make_territory()}
    return told | changes


def sent(**changes: object) -> dict[str, object]:
    return facts(territory=make_territory().pk, is_active="on", nip="", regon="", krs="") | changes


def test_one_keeps_ones_own_and_those_for_which_nobody_works(administrator: Mandate) -> None:
    free = make_organisation("Wolna")
    make_organisation("Z dala", territory=make_territory("3009", "kolski"))
    make_mandate(None, Role.TUTOR, make_organisation("Cudza"))
    kept = organisations_kept_by(administrator.user, localdate())
    assert set(kept) == {administrator.organisation, free}
    assert organisations_kept_by(make_user(is_superuser=True), localdate()).count() == Organisation.objects.count()


@pytest.mark.parametrize("miss", ["supervisor", "next powiat", "ended yesterday"])
def test_a_near_miss_registers_and_corrects_nothing(miss: str) -> None:
    more = {"valid_to": localdate() - timedelta(days=1)} if miss == "ended yesterday" else {}
    role = Role.SUPERVISOR if miss == "supervisor" else Role.SYSTEM_ADMINISTRATOR
    where = make_territory("3009", "kolski") if miss == "next powiat" else make_territory()
    by = make_mandate(None, role, make_organisation(), where, **more).user
    with pytest.raises(NotAllowed):
        register_organisation(by=by, **facts())
    with pytest.raises(NotAllowed):
        correct_organisation(make_organisation(), by=by, name="Inna")
    assert not Organisation.objects.filter(short_name="Zakole").exists()


def test_an_organisation_is_not_moved_out_of_ones_reach(administrator: Mandate) -> None:
    with pytest.raises(NotAllowed):
        correct_organisation(make_organisation(), by=administrator.user, territory=make_territory("3009", "kolski"))


def test_one_is_added_and_corrected_with_its_numbers_checked(client: Client, administrator: Mandate) -> None:
    refused = client.post(reverse(NEW), sent(nip="8567346216"))
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["nip"])
    client.post(reverse(NEW), sent(nip="856-734-62-15"))
    organisation = Organisation.objects.get(short_name="Zakole")
    assert (organisation.nip, organisation.mandates.count()) == ("8567346215", 2)
    address = reverse("roles:edit_organisation", args=[organisation.pk])
    assert client.post(address, sent(regon="1")).status_code == 422
    assert client.post(address, sent(name="Zakole, spółdzielnia", krs="0000123456")).status_code == 302
    organisation.refresh_from_db()
    assert (organisation.name, organisation.krs) == ("Zakole, spółdzielnia", "0000123456")
    page = client.get(reverse(LIST), {"q": "zakole spoldzielnia"})
    assert list(page.context["rows"]) == [organisation]


def test_a_seat_is_chosen_within_ones_own_territory(client: Client, administrator: Mandate) -> None:
    kolski = make_territory("3009", "kolski")
    answer = client.post(reverse(NEW), sent(territory=kolski.pk))
    assert list(answer.context["form"].errors) == ["territory"]


def test_somebody_elses_is_not_found(client: Client, administrator: Mandate) -> None:
    other = make_mandate(None, Role.TUTOR).organisation
    assert client.get(reverse("roles:edit_organisation", args=[other.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_the_same_queries_for_one_and_for_thirty(
    count: int, client: Client, administrator: Mandate, django_assert_num_queries
) -> None:
    for _number in range(count):
        make_organisation()
    client.get(reverse(LIST))
    with django_assert_num_queries(QUERIES):
        assert len(client.get(reverse(LIST)).context["rows"]) == count + 1
