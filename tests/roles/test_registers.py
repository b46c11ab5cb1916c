"""Numbers of Polish registers, on organisations: refused by the model, and their shape by the database."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from roles.models import Organisation
from roles.services import register_organisation
from tests.factories import make_organisation, make_territory, make_user

pytestmark = pytest.mark.django_db


def an_organisation(**numbers: str) -> Organisation:
    return Organisation(
        name="Spółdzielnia Socjalna Zakole",
        short_name="Zakole",
        type="social_cooperative",
        territory=make_territory(),
        **numbers,
    )


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("nip", "856-734-62-15", "8567346215"),
        ("nip", "8567346215", "8567346215"),
        ("regon", "192598184", "192598184"),
        ("regon", "1234 56785 12347", "12345678512347"),
        ("krs", "0000 123 456", "0000123456"),
        ("nip", "", ""),
    ],
)
def test_right_numbers_are_kept_as_digits(field: str, typed: str, kept: str) -> None:
    organisation = an_organisation(**{field: typed})
    organisation.full_clean()
    assert getattr(organisation, field) == kept


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("nip", "8567346216"),
        ("nip", "856734621"),
        ("nip", "85673462150"),
        ("regon", "192598183"),
        ("regon", "12345678512348"),
        ("regon", "1925981840"),
        ("krs", "123456"),
        ("krs", "00001234567"),
        ("krs", "00001234S6"),
        ("krs", "٠٠٠٠١٢٣٤٥٦"),
    ],
)
def test_wrong_numbers_are_refused_on_their_field(field: str, typed: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        an_organisation(**{field: typed}).full_clean()
    assert list(refusal.value.message_dict) == [field]


@pytest.mark.parametrize(
    ("field", "written"), [("nip", "856734621"), ("regon", "1234567890"), ("krs", "123"), ("krs", "000012345x")]
)
def test_the_database_refuses_other_shapes(field: str, written: str) -> None:
    organisation = make_organisation()
    with pytest.raises(IntegrityError, match=f"organisation_{field}_shape"), transaction.atomic():
        Organisation.objects.filter(pk=organisation.pk).update(**{field: written})


def test_a_nip_stands_once() -> None:
    make_organisation(nip="8567346215")
    with pytest.raises(IntegrityError, match="organisation_nip_once"), transaction.atomic():
        make_organisation(nip="8567346215")


def test_many_organisations_have_no_nip() -> None:
    make_organisation()
    make_organisation()


def test_an_organisation_is_registered_checked_and_served_by_the_clock() -> None:
    facts = {"name": "Zakole", "short_name": "Zakole", "type": "social_cooperative", "territory": make_territory()}
    by = make_user(is_superuser=True)
    with pytest.raises(ValidationError):
        register_organisation(by=by, **facts, nip="8567346216")
    organisation = register_organisation(by=by, **facts, nip="856-734-62-15")
    assert organisation.nip == "8567346215"
    assert set(organisation.mandates.values_list("role", flat=True)) == {"clock", "importer"}
    [event] = organisation.events.all()
    assert (event.pgh_label, event.pgh_context.metadata["by"]) == ("insert", by.pk)
