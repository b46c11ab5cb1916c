"""The list of participants: what is recognised, what is refused and why."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.utils import translation
from openpyxl import Workbook, load_workbook

from cases.workbook import BadRow, ParsedRow, WorkbookRefused, read
from cases.workbook.reasons import Problem, because
from tests.cases.workbooks import GOOD, SAMPLE, list_of, parsed, problems, region, told, workbook

#: Every error seeded in the sample: the sheet's row, the column, the reason.
SEEDED = [
    (9, "Status na rynku pracy", "unknown labour-market status"),
    (29, "Kryterium (art. 2 pkt 6)", "unknown criterion"),
    (69, "Status na rynku pracy", "unknown labour-market status"),
    (71, "Powiat", "powiat not of the region"),
    (75, "Nazwisko", "missing surname"),
    (91, "PESEL", "PESEL has not 11 digits"),
    (110, "Status na rynku pracy", "unknown labour-market status"),
    (120, "Kryterium (art. 2 pkt 6)", "unknown criterion"),
    (123, "Kryterium (art. 2 pkt 6)", "unknown criterion"),
    (124, "Data urodzenia", "no such date"),
    (131, "Data urodzenia", "birth date disagrees with PESEL"),
    (140, "Niepełnosprawność", "not yes, no or refused"),
    (149, "Data urodzenia", "birth date disagrees with PESEL"),
    (156, "Data rozpoczęcia udziału", "missing start date"),
    (167, "Powiat", "powiat not of the region"),
    (177, "Data urodzenia", "no such date"),
    (180, "Data urodzenia", "no such date"),
    (190, "PESEL", "PESEL has not 11 digits"),
    (192, "Status na rynku pracy", "unknown labour-market status"),
    (211, "Płeć", "sex disagrees with PESEL"),
    (214, "PESEL", "wrong PESEL check digit"),
    (223, "Data urodzenia", "no such date"),
    (229, "Nazwisko", "missing surname"),
    (241, "PESEL", "wrong PESEL check digit"),
    (294, "Data rozpoczęcia udziału", "missing start date"),
    (314, "Niepełnosprawność", "not yes, no or refused"),
    (321, "PESEL", "wrong PESEL check digit"),
    (338, "PESEL", "same person as row Lp. 332"),
    (354, "Nazwisko", "missing surname"),
    (366, "Data rozpoczęcia udziału", "missing start date"),
    (367, "PESEL", "PESEL has not 11 digits"),
    (371, "Płeć", "sex disagrees with PESEL"),
    (404, "Kryterium (art. 2 pkt 6)", "unknown criterion"),
    (405, "PESEL", "wrong PESEL check digit"),
    (412, "Niepełnosprawność", "not yes, no or refused"),
    (430, "Data urodzenia", "birth date disagrees with PESEL"),
    (451, "Nazwisko", "missing surname"),
    (480, "Płeć", "sex disagrees with PESEL"),
    (490, "Powiat", "powiat not of the region"),
    (499, "Powiat", "powiat not of the region"),
    (503, "PESEL", "same person as row Lp. 89"),
    (508, "PESEL", "same person as row Lp. 324"),
    (516, "Płeć", "sex disagrees with PESEL"),
    (561, "Niepełnosprawność", "not yes, no or refused"),
    (582, "Data rozpoczęcia udziału", "missing start date"),
    (583, "PESEL", "PESEL has not 11 digits"),
    (597, "PESEL", "same person as row Lp. 562"),
    (600, "Data urodzenia", "birth date disagrees with PESEL"),
]


def test_the_sample_gives_exactly_the_seeded_problems():
    with SAMPLE.open("rb") as file:
        rows = list(read(file, region()).rows)
    bad = [row for row in rows if isinstance(row, BadRow)]
    assert len(rows) == 600
    assert len(bad) == 48
    assert [(each.row, each.column, each.reason.english) for row in bad for each in row.problems] == SEEDED


def test_the_sample_is_understood():
    with SAMPLE.open("rb") as file:
        reading = read(file, region())
        rows = {row.row: row for row in reading.rows if isinstance(row, ParsedRow)}
    assert (reading.layout.sheet, reading.layout.row, reading.layout.unknown) == ("Uczestnicy", 3, [])
    assert rows[4].last_name == "Śliwa"
    assert rows[13].other_identifier == "paszport UA783517"
    assert rows[13].citizenship == "non_eu"
    assert {row.row for row in rows.values() if row.left_out} == {118, 121, 427, 472}  # formulas among the remarks


def test_a_row_says_everything_that_its_cells_say():
    row = parsed(**{"Uwagi": "  przyszła\u00a0z siostrą "})
    assert row == ParsedRow(
        row=2, lp="1", last_name="Śliwa", first_name="Andrzej", pesel="64050703016", other_identifier="",
        birth_date=date(1964, 5, 7), sex="M", citizenship="pl", education="0", powiat="3064", gmina="", place="Łąki",
        street="", postcode="62-844", phone="556 790 923", email="", labour_status="unregistered_unemployed",
        labour_detail="long_term", unemployed_since=date(2024, 7, 4), disability="no", homelessness="", minority="",
        foreign_origin="", criteria=("a",), starts_on=date(2026, 2, 21), stage="", stage_since=None,
        referred_by="OPS", remarks="przyszła z siostrą",
    )  # fmt: skip


def test_a_row_does_not_show_whom_it_is_about():
    assert repr(parsed()) == "ParsedRow(2)"


def test_a_problem_does_not_show_its_value_by_accident():
    assert "secret" not in repr(Problem(1, "PESEL", "secret", because("too long")))


# Headings


def test_headings_are_found_in_any_order_with_stray_spaces_and_any_case():
    headings = [" powiat ", "IMIĘ", "nazwisko", "Nr  PESEL", "data rozpoczęcia udziału w projekcie"]
    file = workbook(
        ["Lista uczestników"],
        [],
        ["", *headings],
        [None, "kaliski", "Anna", "Nowak", "64050703016", "2026-01-02"],
    )
    reading = read(file, region())
    (row,) = reading.rows
    assert reading.layout.row == 3
    assert (row.row, row.first_name, row.powiat, row.starts_on) == (4, "Anna", "3007", date(2026, 1, 2))


def test_unknown_headings_are_reported_and_left_alone():
    reading = read(list_of({"Rozmiar buta": 43}, headings=[*GOOD, "Rozmiar buta"]), region())
    assert reading.layout.unknown == ["Rozmiar buta"]
    assert len(told(reading)) == 0


def test_a_mapping_says_what_an_unknown_heading_is():
    headings = [heading if heading != "Nazwisko" else "Godność" for heading in GOOD]
    file = list_of({"Godność": "Nowak"}, headings=headings)
    (row,) = read(file, region(), mapping={"Godność": "last_name"}).rows
    assert row.last_name == "Nowak"


def test_a_mapping_may_leave_a_known_heading_out():
    (row,) = read(list_of({"Telefon": "nie mój"}), region(), mapping={"telefon": ""}).rows
    assert row.phone == ""


def test_the_sheet_with_the_list_is_found():
    book = Workbook()
    book.active.append(["Status na rynku pracy"])
    page = book.create_sheet("Lista")
    page.append(list(GOOD))
    page.append(list(GOOD.values()))
    file = BytesIO()
    book.save(file)
    reading = read(file, region())
    assert reading.layout.sheet == "Lista"
    assert len(list(reading.rows)) == 1


@pytest.mark.parametrize("heading", ["Nazwisko", "Imię", "Powiat", "Data rozpoczęcia udziału"])
def test_a_list_without_a_needed_column_is_refused_with_its_name(heading):
    with pytest.raises(WorkbookRefused, match=f"The column “{heading}” is missing"):
        read(list_of({}, headings=[each for each in GOOD if each != heading]), region())


def test_a_list_with_a_column_twice_is_refused():
    with pytest.raises(WorkbookRefused, match="The column “PESEL” is there twice"):
        read(list_of({}, headings=[*GOOD, "Numer PESEL"]), region())


def test_a_workbook_that_is_no_list_is_refused():
    with pytest.raises(WorkbookRefused, match="No row has the headings"):
        read(workbook(["Faktura", "Kwota"], ["1/2026", 123]), region())


# Values


@pytest.mark.parametrize(
    "written",
    ["07.05.1964", "7.5.1964", "7.05.1964 r.", "1964-05-07", "1964-05-07 00:00:00", "07-05-1964", "07/05/1964",
     "1964.05.07", " 07.05.1964 ", 23504, "23504", date(1964, 5, 7)],
)  # fmt: skip
def test_dates_are_read_in_every_usual_form(written):
    assert parsed(**{"Data urodzenia": written}).birth_date == date(1964, 5, 7)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("31.02.1980", "no such date"),
        ("2027-02-29", "no such date"),
        ("00.00.1980", "no such date"),
        ("5.5.64", "not a date"),
        ("maj 1964", "not a date"),
        ("07.05.1864", "a date out of all reason"),
        ("07.05.2964", "a date out of all reason"),
        (-5, "not a date"),
        (9_999_999, "not a date"),
        (True, "not a date"),
    ],
)
def test_what_is_no_date_is_refused(written, reason):
    assert [problem[3] for problem in problems({"Data urodzenia": written})] == [reason]


@pytest.mark.parametrize(
    "written", ["64050703016", 64050703016, 64050703016.0, " 640 507 030 16 ", "64050703016\u00a0", "'64050703016"]
)
def test_a_pesel_is_read_from_text_and_from_numbers(written):
    assert parsed(PESEL=written).pesel == "64050703016"


def test_a_number_cell_gets_back_its_leading_zeros():
    row = parsed(PESEL=2271409867, **{"Płeć": None, "Data urodzenia": None, "Imię": "Anna"})
    assert (row.pesel, row.birth_date, row.sex) == ("02271409867", date(2002, 7, 14), "K")


def test_a_text_cell_does_not():
    assert problems({"PESEL": "2271409867"}) == [(2, "PESEL", "••••••••67", "PESEL has not 11 digits")]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("64050703017", "wrong PESEL check digit"),
        ("6405070301", "PESEL has not 11 digits"),
        ("640507030161", "PESEL has not 11 digits"),
        ("6405070301A", "PESEL has not 11 digits"),
        (640507030, "PESEL has not 11 digits"),
        ("64133100002", "PESEL begins with no date"),
        (None, "neither PESEL nor another identifier"),
        ("brak", "neither PESEL nor another identifier"),
    ],
)
def test_what_is_no_pesel_is_refused(written, reason):
    assert [(column, why) for _row, column, _value, why in problems({"PESEL": written})] == [("PESEL", reason)]


def test_a_pesel_fills_in_birth_date_and_sex():
    row = parsed(**{"Płeć": None, "Data urodzenia": None})
    assert (row.birth_date, row.sex) == (date(1964, 5, 7), "M")


def test_somebody_without_a_pesel_keeps_what_is_written():
    row = parsed(PESEL=None, **{"Inny identyfikator": "paszport UA783517", "Płeć": "Kobieta"})
    assert (row.pesel, row.sex, row.other_identifier) == ("", "K", "paszport UA783517")


@pytest.mark.parametrize(
    ("heading", "written", "name", "read_as"),
    [
        ("Płeć", "m", "sex", "M"),
        ("Obywatelstwo", "ukraińskie", "citizenship", "non_eu"),
        ("Obywatelstwo", "NIEMIECKIE", "citizenship", "eu"),
        ("Obywatelstwo", "bezpaństwowiec", "citizenship", "stateless"),
        ("Wykształcenie", "wyższe (ISCED 5–8)", "education", "5-8"),
        ("Wykształcenie", "ISCED 6", "education", "5-8"),
        ("Wykształcenie", "średnie", "education", "3"),
        ("Powiat", "powiat GNIEŹNIEŃSKI", "powiat", "3003"),
        ("Powiat", "pow. koniński", "powiat", "3010"),
        ("Powiat", "konin", "powiat", "3062"),
        ("Powiat", "m. Poznań", "powiat", "3064"),
        ("Powiat", "kaliski ", "powiat", "3007"),
        ("Kod pocztowy", "62844", "postcode", "62-844"),
        ("Kod pocztowy", 2844, "postcode", "02-844"),
        ("Telefon", 556790923, "phone", "556790923"),
        ("Telefon", "(61) 855-12-34", "phone", "61 855 12 34"),
        ("Telefon", "+48 556 790 923", "phone", "+48 556 790 923"),
        ("Telefon", "brak", "phone", ""),
        ("Status na rynku pracy", "OSOBA BEZROBOTNA ZAREJESTROWANA W PUP", "labour_status", "registered_unemployed"),
        ("Niepełnosprawność", "tak", "disability", "yes"),
        ("Niepełnosprawność", "ODMOWA PODANIA INFORMACJI", "disability", "refused"),
        ("Niepełnosprawność", None, "disability", ""),
        ("Kryterium (art. 2 pkt 6)", "b, D", "criteria", ("b", "d")),
        ("Kryterium (art. 2 pkt 6)", "lit. b) i d)", "criteria", ("b", "i", "d")),
        ("Kryterium (art. 2 pkt 6)", None, "criteria", ()),
        ("Nazwisko", "  Woźniak-Ćwik \u00a0", "last_name", "Woźniak-Ćwik"),
        ("Nazwisko", "Nowak\u200b", "last_name", "Nowak"),
        ("Nazwisko", "=Nowak", "last_name", "=Nowak"),
    ],
)  # fmt: skip
def test_words_are_understood_however_they_are_written(heading, written, name, read_as):
    file = list_of({heading: written})
    if written == "=Nowak":
        file = as_text(file, "B2", written)
    (row,) = read(file, region()).rows
    assert getattr(row, name) == read_as


def as_text(file, cell, text):
    """Put text that looks like a formula into a cell, as text."""
    book = load_workbook(file)
    book.active[cell].value = text
    book.active[cell].data_type = "s"
    changed = BytesIO()
    book.save(changed)
    return changed


@pytest.mark.parametrize(
    ("heading", "written", "reason"),
    [
        ("Nazwisko", None, "missing surname"),
        ("Nazwisko", "   ", "missing surname"),
        ("Nazwisko", "N" * 101, "too long"),
        ("Imię", None, "missing first name"),
        ("Powiat", "mazowiecki", "powiat not of the region"),
        ("Powiat", None, "missing powiat"),
        ("Płeć", "nie wiem", "unknown sex"),
        ("Płeć", "Kobieta", "sex disagrees with PESEL"),
        ("Data urodzenia", "08.05.1964", "birth date disagrees with PESEL"),
        ("Obywatelstwo", "marsjańskie", "unknown citizenship"),
        ("Wykształcenie", "szkoła życia", "unknown education"),
        ("Kod pocztowy", "628", "not a postcode"),
        ("Telefon", "do sąsiadki", "not a phone number"),
        ("E-mail", "anna@", "not an e-mail address"),
        ("Status na rynku pracy", "na urlopie", "unknown labour-market status"),
        ("Szczegóły statusu", "leniwy", "unknown detail of the status"),
        ("Szczegóły statusu", "ucząca się", "detail does not fit the labour-market status"),
        ("Bezrobotny od", datetime(2026, 2, 22), "unemployed only after the start"),  # noqa: DTZ001
        ("Niepełnosprawność", "może", "not yes, no or refused"),
        ("Kryterium (art. 2 pkt 6)", "z", "unknown criterion"),
        ("Kryterium (art. 2 pkt 6)", "???", "unknown criterion"),
        ("Data rozpoczęcia udziału", None, "missing start date"),
    ],
)
def test_what_is_not_understood_is_reported_by_row_column_value_and_reason(heading, written, reason):
    ((row, column, _value, why),) = problems({heading: written})
    assert (row, column, why) == (2, heading, reason)


def test_the_employed_are_not_unemployed_since_a_day():
    changes = {"Status na rynku pracy": "osoba pracująca", "Szczegóły statusu": "inne"}
    assert [each[3] for each in problems(changes)] == ["only the unemployed are unemployed since a day"]


def test_a_row_tells_all_its_problems_at_once():
    wrong = {"Nazwisko": None, "Powiat": "mazowiecki", "Telefon": "?!", "PESEL": "1"}
    assert {each[1] for each in problems(wrong)} == {"Nazwisko", "Powiat", "Telefon", "PESEL"}


def test_a_stage_may_have_a_column_of_its_own():
    file = list_of({"Etap": "Inkubacja", "Na etapie od": "2026-03-01"}, headings=[*GOOD, "Etap", "Na etapie od"])
    (row,) = read(file, region(inkubacja="incubation")).rows
    assert (row.stage, row.stage_since) == ("incubation", date(2026, 3, 1))


def test_an_unknown_stage_is_a_problem():
    file = list_of({"Etap": "kwarantanna"}, headings=[*GOOD, "Etap"])
    assert [each[3] for each in told(read(file, region(inkubacja="incubation")))] == ["unknown stage"]


# The same person twice


def test_the_second_row_of_a_person_names_the_first():
    assert problems({"Lp.": 11}, {"Lp.": 12}) == [(3, "PESEL", "•••••••••16", "same person as row Lp. 11")]


def test_without_an_lp_the_sheets_row_is_named():
    assert problems({"Lp.": None}, {"Lp.": None})[0][3] == "same person as row 2"


def test_a_number_and_a_text_are_one_person():
    assert len(problems({"Lp.": 1}, {"Lp.": 2, "PESEL": 64050703016})) == 1


def test_one_passport_is_one_person_however_it_is_spelt():
    one, two = "paszport UA 783517", "ua783517"
    found = problems({"PESEL": None, "Inny identyfikator": one}, {"PESEL": None, "Inny identyfikator": two})
    assert [(each[1], each[3]) for each in found] == [("Inny identyfikator", "same person as row Lp. 1")]


def test_namesakes_are_two_people():
    assert problems({"Lp.": 1}, {"Lp.": 2, "PESEL": "64050712353"}) == []


def test_rows_without_anything_are_skipped():
    rows = list(read(workbook(list(GOOD), [], list(GOOD.values()), [None, "  "]), region()).rows)
    assert [row.row for row in rows] == [3]


# Formulas and masks


def test_a_formula_is_no_value():
    assert (
        problems({"Nazwisko": '=HYPERLINK("http://example.invalid","kliknij")'})[0][3] == "a formula instead of a value"
    )


def test_a_formula_among_remarks_is_left_out():
    row = parsed(Uwagi='=HYPERLINK("http://example.invalid","kliknij")')
    assert (row.remarks, row.left_out) == ("", ("remarks",))


def test_numbers_of_people_are_masked_in_reports():
    assert problems({"PESEL": "64050703017"})[0][2] == "•••••••••17"


def test_reasons_are_translated_for_people_and_english_for_programs():
    problem = Problem(2, "PESEL", "", because("same person as row Lp. %(lp)s", lp=3))
    with translation.override("en"):
        assert str(problem.reason) == "same person as row Lp. 3"
    assert problem.as_json() == {"row": 2, "column": "PESEL", "value": "", "reason": "same person as row Lp. 3"}
