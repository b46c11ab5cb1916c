"""Reference data, and the import of the territorial register."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from roles.models import Mandate, Subregion, SubregionMembership, Territory, User
from roles.reference import load_reference
from roles.role import Role
from tests.factories import make_mandate, make_organisation, make_territory

pytestmark = pytest.mark.django_db

HEAD = "WOJ;POW;GMI;RODZ;NAZWA;NAZWA_DOD;STAN_NA"
REGION = "30;;;;WIELKOPOLSKIE;województwo;2026-01-01"
KONIN = "30;10;;;koniński;powiat;2026-01-01"
CITY = "30;62;;;Konin;miasto na prawach powiatu;2026-01-01"
GOLINA = "30;10;01;3;Golina;gmina miejsko-wiejska;2026-01-01"
TOWN = "30;10;01;4;Golina;miasto;2026-01-01"
KAZIMIERZ = "30;10;04;2;Kazimierz Biskupi;gmina wiejska;2026-01-01"
EXCERPT = [REGION, KONIN, CITY, GOLINA, TOWN, KAZIMIERZ]

JANUARY = date(2026, 1, 1)


@pytest.fixture
def terc(tmp_path: Path):
    """Write a register of these rows and give its path."""

    def write(*rows: str, day: str = "2026-01-01") -> str:
        path = tmp_path / "TERC.csv"
        lines = [HEAD, *(row.replace("2026-01-01", day) for row in rows)]
        path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n\r\n", encoding="utf-8")
        return str(path)

    return write


def run(file: str, *options: str) -> str:
    out, err = StringIO(), StringIO()
    try:
        call_command("import_territory", file, *options, stdout=out, stderr=err)
    except CommandError as error:
        return f"refused: {error}\n{err.getvalue()}"
    return out.getvalue() + err.getvalue()


def in_force(on: date) -> set[tuple[str, str]]:
    return set(Territory.objects.in_force(on).values_list("code", "name"))


# Reference data


def test_reference_data_is_the_region_as_it_is() -> None:
    load_reference()
    assert Territory.objects.filter(level="powiat").count() == 31
    assert Territory.objects.filter(level="city_powiat").count() == 4
    assert Territory.objects.get(code="3062").parent.name == "wielkopolskie"
    assert Subregion.objects.count() == 5
    confirmed = SubregionMembership.objects.filter(confirmed=True)
    assert set(confirmed.values_list("subregion__name", flat=True)) == {"koniński"}
    assert confirmed.count() == 7
    assert set(User.objects.filter(is_service=True).values_list("username", flat=True)) == {"clock", "importer"}


def test_a_second_load_changes_nothing() -> None:
    load_reference()
    make_organisation()
    before = (
        Territory.objects.count(),
        SubregionMembership.objects.count(),
        User.objects.count(),
        Mandate.objects.count(),
    )
    loaded = load_reference()
    assert (loaded["territories"], loaded["subregion_memberships"], loaded["service_mandates"]) == (0, 0, 0)
    after = (
        Territory.objects.count(),
        SubregionMembership.objects.count(),
        User.objects.count(),
        Mandate.objects.count(),
    )
    assert before == after


def test_services_act_for_every_organisation_in_its_voivodeship() -> None:
    load_reference()
    organisation = make_organisation(territory=Territory.objects.get(code="3010"))
    held = Mandate.objects.filter(organisation=organisation).values_list("user__username", "role", "territory__code")
    assert set(held) == {("clock", Role.CLOCK, "30"), ("importer", Role.IMPORTER, "30")}


def test_a_load_after_an_import_does_not_bring_back_what_ended(terc) -> None:
    load_reference()
    run(terc(REGION, KONIN.replace("koniński", "ziemski koniński")))
    load_reference()
    names = Territory.objects.filter(code="3010").order_by("valid_from").values_list("name", flat=True)
    assert list(names) == ["koniński", "ziemski koniński"]


# Import


def test_the_register_becomes_a_tree_without_parts_of_gminas(terc) -> None:
    assert run(terc(*EXCERPT)) == "Changed from 2026-01-01: 5 opened, 0 renamed, 0 closed.\n"
    assert set(Territory.objects.values_list("code", "level", "name", "parent__code", "path")) == {
        ("30", "voivodeship", "wielkopolskie", None, "30/"),
        ("3010", "powiat", "koniński", "30", "30/3010/"),
        ("3062", "city_powiat", "Konin", "30", "30/3062/"),
        ("3010013", "gmina", "Golina", "3010", "30/3010/3010013/"),
        ("3010042", "gmina", "Kazimierz Biskupi", "3010", "30/3010/3010042/"),
    }


def test_a_second_import_changes_nothing(terc) -> None:
    run(terc(*EXCERPT))
    assert run(terc(*EXCERPT)) == "Changed from 2026-01-01: 0 opened, 0 renamed, 0 closed.\n"
    assert run(terc(*EXCERPT, day="2027-01-01")) == "Changed from 2027-01-01: 0 opened, 0 renamed, 0 closed.\n"


def test_what_vanished_ends_the_day_before_and_what_is_new_begins(terc) -> None:
    run(terc(*EXCERPT))
    town = KAZIMIERZ.replace(";2;", ";3;").replace("gmina wiejska", "gmina miejsko-wiejska")
    text = run(terc(REGION, KONIN, CITY, GOLINA, town, day="2027-01-01"))
    assert text == "Changed from 2027-01-01: 1 opened, 0 renamed, 1 closed.\n"
    assert ("3010042", "Kazimierz Biskupi") in in_force(date(2026, 12, 31))
    assert ("3010043", "Kazimierz Biskupi") not in in_force(date(2026, 12, 31))
    assert ("3010042", "Kazimierz Biskupi") not in in_force(date(2027, 1, 1))
    assert ("3010043", "Kazimierz Biskupi") in in_force(date(2027, 1, 1))


def test_a_renamed_powiat_keeps_its_mandates_its_gminas_and_its_subregion(terc) -> None:
    run(terc(*EXCERPT))
    old = Territory.objects.get(code="3010")
    mandate = make_mandate(territory=old, organisation=make_organisation(territory=old))
    SubregionMembership.objects.create(
        subregion=Subregion.objects.create(name="koniński"), territory=old, valid_from=JANUARY, confirmed=True
    )
    rows = [row.replace("koniński", "konińsko-golinski") for row in EXCERPT]
    assert run(terc(*rows, day="2027-01-01")).startswith("Changed from 2027-01-01: 0 opened, 1 renamed, 0 closed.")
    new = Territory.objects.get(code="3010", valid_to=None)
    assert Territory.objects.get(code="3010013").parent == new
    assert new in Territory.objects.within(mandate.territory)
    assert list(Mandate.objects.as_role(Role.TUTOR).covering(mandate.organisation_id, new)) == [mandate]
    held = SubregionMembership.objects.in_force(date(2027, 1, 1)).values_list("territory__name", "confirmed")
    assert list(held) == [("konińsko-golinski", True)]
    assert SubregionMembership.objects.in_force(date(2026, 12, 31)).get().territory == old


def test_a_unit_that_ends_while_in_use_is_named(terc) -> None:
    run(terc(*EXCERPT))
    make_mandate(
        territory=Territory.objects.get(code="3062"), organisation=make_organisation(territory=make_territory("3010"))
    )
    assert "3062 ended, but mandates or organisations still name it" in run(terc(REGION, KONIN, day="2027-01-01"))


def test_a_dry_run_says_it_and_changes_nothing(terc) -> None:
    assert run(terc(*EXCERPT), "--dry-run") == "Would change from 2026-01-01: 5 opened, 0 renamed, 0 closed.\n"
    assert not Territory.objects.exists()


def test_another_first_day_and_only_some_voivodeships(terc) -> None:
    other = "02;;;;DOLNOŚLĄSKIE;województwo;2026-01-01"
    assert "5 opened" in run(terc(other, *EXCERPT), "--valid-from", "1999-01-01", "--only", "30")
    assert set(Territory.objects.values_list("valid_from", flat=True)) == {date(1999, 1, 1)}
    assert "1 opened, 0 renamed, 0 closed" in run(terc(other, *EXCERPT))
    assert "0 opened, 0 renamed, 0 closed" in run(terc(other))


def test_an_older_register_is_refused(terc) -> None:
    run(terc(*EXCERPT))
    assert "newer than 2025-01-01" in run(terc(*EXCERPT, day="2025-01-01"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("30;11;;;;powiat;2026-01-01", "row 8: the name is empty"),
        ("30;11;;;kościański;powiat;1 stycznia", "row 8: Invalid isoformat string"),
        ("30;1;;;kościański;powiat;2026-01-01", "row 8: the codes are not those of a voivodeship"),
        ("3O;11;;;kościański;powiat;2026-01-01", "row 8: a code is not a number"),
        ("30;10;;;koniński;powiat;2026-01-01", "row 8: 3010 stands here twice"),
        ("30;11;01;7;Kościan;gmina;2026-01-01", "row 8: the codes are not those"),
        ("30;11;01;2;Kościan;gmina wiejska;2026-01-01", "3011012 Kościan: its parent 3011 is not in the file"),
        ("30;11", "row 8: Invalid isoformat string"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_changed(row: str, said: str, terc) -> None:
    text = run(terc(*EXCERPT, row))
    assert text.startswith("refused: 1 problems; nothing was changed.")
    assert said in text
    assert not Territory.objects.exists()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    for name, content in {
        "a.csv": b"x;y\n1;2\n",
        "b.csv": b"\xff\xfe\x00",
        "c.csv": b"",
        "d.csv": HEAD.encode(),
    }.items():
        (tmp_path / name).write_bytes(content)
        assert run(str(tmp_path / name)).startswith("refused: ")
    assert run(str(tmp_path / "none.csv")).startswith("refused: The file cannot be read")


def as_xml(*rows: str, named: bool = True) -> str:
    """The rows as the register's XML file has them: columns named by their element, or, in older files, by an attribute."""
    names = HEAD.split(";")
    cells = [
        "".join(
            f"<{name}>{value}</{name}>" if named else f'<col name="{name}">{value}</col>'
            for name, value in zip(names, row.split(";"), strict=True)
        )
        for row in rows
    ]
    inside = "".join(f"<row>{each}</row>" for each in cells)
    return f'<?xml version="1.0" encoding="UTF-8"?><teryt><catalog name="TERC" date="2026-01-01">{inside}</catalog></teryt>'


@pytest.mark.parametrize("named", [True, False])
def test_the_register_is_taken_as_xml_too(named: bool, tmp_path: Path) -> None:
    (tmp_path / "TERC.xml").write_text(as_xml(*EXCERPT, named=named), encoding="utf-8")
    assert run(str(tmp_path / "TERC.xml")) == "Changed from 2026-01-01: 5 opened, 0 renamed, 0 closed.\n"
    assert Territory.objects.get(code="3010042").name == "Kazimierz Biskupi"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('<!DOCTYPE x [<!ENTITY a "b">]><teryt/>', "declares a document type"),
        ("<teryt><row>", "not well-formed"),
        ("<teryt><row><WOJ>30</WOJ></row></teryt>", "row 1 lacks POW, GMI"),
        ("<teryt/>", "holds no units"),
        (as_xml(REGION, "30;1;;;kościański;powiat;2026-01-01"), "row 2: the codes are not those"),
    ],
)
def test_an_xml_file_of_something_else_is_refused(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.XML").write_text(content, encoding="utf-8")
    text = run(str(tmp_path / "a.XML"))
    assert text.startswith("refused: ")
    assert said in text
    assert not Territory.objects.exists()


@pytest.mark.parametrize(
    ("code", "level"),
    [("3010", "voivodeship"), ("30", "powiat"), ("3010011", "powiat"), ("301", "powiat"), ("3010", "gmina")],
)
def test_the_database_refuses_a_code_that_does_not_fit_its_level(code: str, level: str) -> None:
    region = make_territory("30")
    parent = None if level == "voivodeship" else region
    with pytest.raises(IntegrityError), transaction.atomic():
        Territory.objects.create(
            code=code, level=level, name="x", parent=parent, path=f"{code}/", valid_from=date(2001, 1, 1)
        )


def test_powiats_stand_in_polish_order() -> None:
    load_reference()
    names = [unit.name for unit in Territory.objects.filter(level="powiat").by_name()]
    ends = ["szamotulski", "średzki", "śremski", "turecki", "wągrowiecki", "wolsztyński", "wrzesiński", "złotowski"]
    assert names[-8:] == ends
