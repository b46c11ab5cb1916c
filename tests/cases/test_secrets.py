"""Personal values in the database: nobody reads them by accident, and the database alone does not give them away."""

import base64
import secrets

import pytest
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import connection

from cases.models import Person, PsychologistNote
from cases.secrets import Sealed
from roles.sealing import SealBrokenError
from tests.cases.conftest import PESEL, at

pytestmark = pytest.mark.django_db


def new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def raw(column: str, table: str = "cases_person") -> list:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY 1")  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def test_what_was_stored_can_be_opened(make_person):
    person = make_person(pesel=PESEL)
    assert person.pesel.open() == PESEL
    assert Person.objects.get().pesel.open() == PESEL


def test_the_database_holds_no_trace_of_the_value(make_person):
    make_person(pesel=PESEL)
    (token,) = raw("pesel")
    assert PESEL.encode() not in bytes(token)
    assert PESEL not in str(raw("cases_person::text"))


def test_equal_values_are_stored_differently(make_person, region):
    make_person(pesel=PESEL)
    make_person(pesel=PESEL, organisation=region.other_organisation)
    one, other = (bytes(token) for token in raw("pesel"))
    assert one != other


@pytest.mark.parametrize("show", [str, repr, "{}".format, "%s".__mod__])
def test_a_sealed_value_says_nothing_of_itself(make_person, show):
    assert show(make_person(pesel=PESEL).pesel) == "•••"


def test_a_value_is_sealed_as_soon_as_it_is_assigned():
    person = Person(first_name="Anna", last_name="Nowak")
    person.pesel = PESEL
    assert isinstance(person.pesel, Sealed)
    assert PESEL not in repr(vars(person))


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_stored_as_nothing(make_person, nothing):
    person = make_person(pesel=nothing)
    assert person.pesel is None
    assert raw("pesel") == [None]


def test_a_value_moved_to_another_field_does_not_open(make_person):
    person = make_person(pesel=PESEL)
    Person.objects.filter(pk=person.pk).update(other_identifier=person.pesel, identifier_index="x")
    with pytest.raises(SealBrokenError, match="another field"):
        Person.objects.get().other_identifier.open()


def test_an_altered_value_does_not_open(make_person):
    person = make_person(pesel=PESEL)
    token = bytearray(person.pesel.token)
    token[-1] ^= 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_person SET pesel = %s", [bytes(token)])
    with pytest.raises(SealBrokenError, match="altered"):
        Person.objects.get().pesel.open()


def test_without_its_key_a_value_does_not_open(make_person, settings):
    make_person(pesel=PESEL)
    settings.PII_KEY, settings.PII_KEY_FALLBACKS = new_key(), []
    with pytest.raises(SealBrokenError, match="key"):
        Person.objects.get().pesel.open()


@pytest.mark.parametrize("lookup", ["pesel", "pesel__contains", "pesel__in", "pesel__gt"])
def test_ciphertext_cannot_be_searched(lookup):
    with pytest.raises(FieldError):
        Person.objects.filter(**{lookup: PESEL})


def test_no_form_shows_an_encrypted_field():
    assert Person._meta.get_field("pesel").formfield() is None


def test_history_can_be_opened_too(make_person):
    person = make_person(pesel=PESEL)
    person.pesel = "02271409867"
    person.save()
    events = Person.pgh_event_model.objects.order_by("pgh_id")
    assert [event.pesel.open() for event in events] == [PESEL, "02271409867"]


def test_saving_what_did_not_change_makes_no_history(make_person):
    make_person(pesel=PESEL)
    Person.objects.get().save()
    assert Person.pgh_event_model.objects.count() == 1


# Keyed hashes


def test_a_number_is_found_however_it_is_typed(make_person):
    person = make_person(pesel=PESEL)
    assert Person.objects.with_pesel(" 640507 03016").get() == person
    assert not Person.objects.with_pesel("02271409867").exists()


def test_a_document_is_found_however_it_is_typed(make_person):
    person = make_person(other_identifier="paszport UA 783517")
    assert Person.objects.with_identifier("ua783517").get() == person


def test_the_hash_follows_the_value(make_person):
    person = make_person(pesel=PESEL)
    person.pesel = None
    person.save()
    assert raw("pesel_index") == [None]
    facts = {"organisation": person.organisation, "recorded_by": person.recorded_by}
    Person.objects.bulk_create([Person(first_name="A", last_name="B", pesel=PESEL, **facts)])
    assert Person.objects.with_pesel(PESEL).count() == 1


def test_the_hash_is_worthless_without_its_key(make_person, settings):
    make_person(pesel=PESEL)
    settings.PII_INDEX_KEY = new_key()
    assert not Person.objects.with_pesel(PESEL).exists()


# Changing keys


def test_rotation_puts_everything_under_the_new_key(make_person, case, psychologist, settings, capsys):
    make_person(pesel=PESEL, other_identifier="UA783517")
    PsychologistNote.objects.create(case=case, author=psychologist, body="sensitive", written_at=at())
    settings.PII_KEY, settings.PII_KEY_FALLBACKS = new_key(), [settings.PII_KEY]
    call_command("rotate_keys")
    assert "5 values and 0 files" in capsys.readouterr().out  # two, two in the history, a note
    settings.PII_KEY_FALLBACKS = []
    assert Person.objects.get().pesel.open() == PESEL
    assert Person.pgh_event_model.objects.get().pesel.open() == PESEL
    assert PsychologistNote.objects.get().body.open() == "sensitive"


def test_rotation_makes_no_history_and_has_nothing_to_do_twice(make_person, settings, capsys):
    make_person(pesel=PESEL)
    settings.PII_KEY, settings.PII_KEY_FALLBACKS = new_key(), [settings.PII_KEY]
    call_command("rotate_keys")
    call_command("rotate_keys")
    assert capsys.readouterr().out.splitlines()[1].startswith("0 values")
    assert Person.pgh_event_model.objects.count() == 1


def test_a_new_index_key_is_taken_up(make_person, settings, capsys):
    make_person(pesel=PESEL)
    settings.PII_INDEX_KEY = new_key()
    call_command("rotate_keys", "--index")
    assert "1 keyed hashes" in capsys.readouterr().out
    assert Person.objects.with_pesel(PESEL).exists()
