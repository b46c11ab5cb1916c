"""Which column is which, told by the headings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cases.workbook.reasons import HEADING_IS_MISSING, HEADING_TWICE, NO_HEADINGS, WorkbookRefused
from roles.polish import search_text

#: How many of the columns a row must name to be the row of headings, and how far down it may stand.
ENOUGH = 4
FARTHEST = 30


@dataclass(frozen=True)
class Column:
    """One thing that a list may say of a participant: its name in code, its Polish heading, other ways to write it."""

    name: str
    heading: str
    also: tuple[str, ...] = ()
    is_needed: bool = False
    is_masked: bool = False

    @property
    def spellings(self) -> set[str]:
        """Every way to write the heading, folded."""
        return {search_text(text) for text in (self.heading, *self.also)}


COLUMNS = (
    Column("lp", "Lp.", ("L.p.", "Nr", "Numer", "No.")),
    Column("last_name", "Nazwisko", ("Nazwisko uczestnika", "Surname", "Last name"), is_needed=True),
    Column("first_name", "Imię", ("Imiona", "Imię (imiona)", "Imię uczestnika", "First name"), is_needed=True),
    Column("pesel", "PESEL", ("Nr PESEL", "Numer PESEL"), is_masked=True),
    Column(
        "other_identifier", "Inny identyfikator", ("Inny dokument", "Nr dokumentu", "Other identifier"), is_masked=True
    ),
    Column("sex", "Płeć", ("Sex", "Gender")),
    Column("birth_date", "Data urodzenia", ("Ur.", "Urodzony", "Urodzona", "Birth date")),
    Column("citizenship", "Obywatelstwo", ("Citizenship",)),
    Column("education", "Wykształcenie", ("Poziom wykształcenia", "Education")),
    Column("powiat", "Powiat", ("Powiat zamieszkania",), is_needed=True),
    Column("gmina", "Gmina", ("Gmina zamieszkania",)),
    Column("place", "Miejscowość", ("Miasto", "Miejscowość zamieszkania", "Place")),
    Column("street", "Ulica", ("Ulica i numer", "Adres", "Street")),
    Column("postcode", "Kod pocztowy", ("Kod", "Postcode")),
    Column("phone", "Telefon", ("Nr telefonu", "Numer telefonu", "Telefon kontaktowy", "Tel.", "Phone")),
    Column("email", "E-mail", ("Email", "Adres e-mail", "Poczta elektroniczna")),
    Column("labour_status", "Status na rynku pracy", ("Status osoby na rynku pracy", "Status", "Labour-market status")),
    Column("labour_detail", "Szczegóły statusu", ("W tym", "Details of the status")),
    Column("unemployed_since", "Bezrobotny od", ("Bezrobotna od", "Data rejestracji w PUP", "Unemployed since")),
    Column("disability", "Niepełnosprawność", ("Osoba z niepełnosprawnościami", "Disability")),
    Column(
        "homelessness",
        "Bezdomność lub wykluczenie mieszkaniowe",
        ("Bezdomność", "Osoba bezdomna lub dotknięta wykluczeniem z dostępu do mieszkań", "Homelessness"),
    ),
    Column("minority", "Mniejszość narodowa lub etniczna", ("Mniejszość", "Minority")),
    Column("foreign_origin", "Obce pochodzenie", ("Osoba obcego pochodzenia", "Foreign origin")),
    Column("criteria", "Kryterium (art. 2 pkt 6)", ("Kryterium", "Kryteria", "Litera", "Criterion")),
    Column(
        "starts_on",
        "Data rozpoczęcia udziału",
        ("Data rozpoczęcia udziału w projekcie", "Data przystąpienia", "Data rozpoczęcia", "Start date"),
        is_needed=True,
    ),
    Column("stage", "Etap", ("Etap wsparcia", "Etap ścieżki", "Stage")),
    Column("stage_since", "Na etapie od", ("Data wejścia na etap", "Etap od", "In this stage since")),
    Column(
        "participation",
        "Rodzaj udziału",
        ("Typ udziału", "Charakter udziału", "Bierze udział jako", "Takes part as", "Participation"),
    ),
    Column("referred_by", "Skierowany przez", ("Skierowana przez", "Kto skierował", "Referred by")),
    Column("remarks", "Uwagi", ("Komentarz", "Notatki", "Remarks")),
)
#: The column that we add to rows that we give back; whoever sends them corrected leaves it in.
WHY_NOT = Column("", "Powody odrzucenia", ("Reasons for refusal",))
BY_NAME = {column.name: column for column in COLUMNS}
BY_SPELLING = {spelling: column for column in COLUMNS for spelling in column.spellings}


@dataclass(frozen=True)
class Layout:
    """Where things stand in the sheet: the row of headings, what each column is, and the headings nobody knows."""

    sheet: str
    row: int
    columns: dict[int, Column]
    headings: dict[int, str] = field(default_factory=dict)

    @property
    def unknown(self) -> list[str]:
        """Headings that were not recognised, as they are written."""
        return [
            heading
            for index, heading in self.headings.items()
            if index not in self.columns and search_text(heading) not in WHY_NOT.spellings
        ]

    @property
    def known(self) -> list[str]:
        """Names of the columns that were found."""
        return [column.name for column in self.columns.values()]

    @property
    def width(self) -> int:
        """How many columns have a heading or stand before one that has."""
        return max(self.headings) + 1

    def heading(self, name: str) -> str:
        """The file's own heading of a column; the usual one if the file has none."""
        written = (self.headings[index] for index, column in self.columns.items() if column.name == name)
        return next(written, BY_NAME[name].heading)


def find_layout(
    sheet: str, rows: Iterable[Sequence[object]], mapping: Mapping[str, str] | None = None
) -> Layout | None:
    """The layout told by the best of the first rows; None when none looks like headings.

    `mapping` says of headings, as they are written, which column they are, or by an empty name that they are none.
    """
    chosen = {search_text(heading): name for heading, name in (mapping or {}).items()}
    best: Layout | None = None
    for number, cells in enumerate(rows, start=1):
        if number > FARTHEST:
            break
        layout = _layout(sheet, number, cells, chosen)
        if len(layout.columns) >= ENOUGH and (best is None or len(layout.columns) > len(best.columns)):
            best = layout
    return best


def check_layout(layout: Layout | None) -> Layout:
    """The layout, once nothing needed is missing and nothing is there twice; WorkbookRefused otherwise."""
    if layout is None:
        raise WorkbookRefused(NO_HEADINGS)
    names = layout.known
    for column in COLUMNS:
        if column.is_needed and column.name not in names:
            raise WorkbookRefused(HEADING_IS_MISSING, layout=layout, heading=column.heading)
        if names.count(column.name) > 1:
            raise WorkbookRefused(HEADING_TWICE, layout=layout, heading=column.heading)
    return layout


def _layout(sheet: str, number: int, cells: Sequence[object], chosen: Mapping[str, str]) -> Layout:
    texts = {
        index: " ".join(cell.split()) for index, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()
    }
    columns = {}
    for index, text in texts.items():
        folded = search_text(text)
        column = BY_NAME.get(chosen[folded]) if folded in chosen else BY_SPELLING.get(folded)
        if column is not None:
            columns[index] = column
    return Layout(sheet, number, columns, texts)
