"""Workbooks for tests: the headings of the sample, one good row, and ways to change it."""

from csv import DictReader
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from cases.workbook import ParsedRow, Reading, Region, read

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SAMPLE = FIXTURES / "uczestnicy.xlsx"

GOOD: dict[str, Any] = {
    "Lp.": 1,
    "Nazwisko": "Śliwa",
    "Imię": "Andrzej",
    "PESEL": "64050703016",
    "Inny identyfikator": None,
    "Płeć": "Mężczyzna",
    "Data urodzenia": datetime(1964, 5, 7),  # noqa: DTZ001  a spreadsheet's date
    "Obywatelstwo": "polskie",
    "Wykształcenie": "niższe niż podstawowe (ISCED 0)",
    "Powiat": "Poznań",
    "Gmina": None,
    "Miejscowość": "Łąki",
    "Kod pocztowy": "62-844",
    "Telefon": "556 790 923",
    "E-mail": None,
    "Status na rynku pracy": "osoba bezrobotna niezarejestrowana w PUP",
    "Szczegóły statusu": "długotrwale bezrobotna",
    "Bezrobotny od": datetime(2024, 7, 4),  # noqa: DTZ001
    "Niepełnosprawność": "Nie",
    "Kryterium (art. 2 pkt 6)": "a",
    "Data rozpoczęcia udziału": datetime(2026, 2, 21),  # noqa: DTZ001
    "Skierowany przez": "OPS",
    "Uwagi": None,
}


def region(**stages: str) -> Region:
    """The powiats of the reference data."""
    lines = (line for line in (FIXTURES / "territory.csv").read_text().splitlines() if not line.startswith("#"))
    powiats = {row["name"]: row["code"] for row in DictReader(lines) if len(row["code"]) == 4}
    return Region.of(powiats, stages)


def workbook(*rows: list[Any], sheet: str = "Uczestnicy") -> BytesIO:
    """A file with exactly these rows."""
    book = Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def list_of(*people: dict[str, Any], headings: list[str] | None = None) -> BytesIO:
    """A list whose every row is the good one with these cells instead."""
    headings = headings or list(GOOD)
    return workbook(headings, *[[(GOOD | person).get(heading) for heading in headings] for person in people])


def parsed(**changes: Any) -> ParsedRow:
    """The good row with these cells, read; it must be good still."""
    (row,) = read(list_of(changes), region()).rows
    assert isinstance(row, ParsedRow), row
    return row


def problems(*people: dict[str, Any]) -> list[tuple[int, str, str, str]]:
    """Everything wrong with such a list."""
    return told(read(list_of(*people), region()))


def told(reading: Reading) -> list[tuple[int, str, str, str]]:
    bad = (row for row in reading.rows if not isinstance(row, ParsedRow))
    return [(each.row, each.column, each.value, each.reason.english) for row in bad for each in row.problems]


__all__ = ["GOOD", "SAMPLE", "date", "list_of", "parsed", "problems", "region", "told", "workbook"]
