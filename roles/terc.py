"""The territorial register TERC of Statistics Poland: reading its CSV or XML file, and bringing our units in line with it."""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree

from django.db import transaction

from roles.models import Mandate, Organisation, SubregionMembership, Territory

COLUMNS = ["WOJ", "POW", "GMI", "RODZ", "NAZWA", "NAZWA_DOD", "STAN_NA"]

#: Kinds of gmina; the other kinds are parts of one (a town within it, a district) and are passed over.
URBAN, RURAL, MIXED = "1", "2", "3"
PARTS_OF_GMINAS = frozenset("4589")


@dataclass(frozen=True)
class Unit:
    """One unit as the file states it."""

    code: str
    level: str
    name: str


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row: its line in a CSV file, where the heading is row 1; its place among the rows of an XML file."""

    row: int
    what: str


@dataclass
class TercFile:
    """What a file holds: units by code, the day they are stated for, and what could not be read."""

    units: dict[str, Unit] = field(default_factory=dict)
    as_of: date = date.min
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Changes:
    """What an import does, by code."""

    opened: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    #: Closed units that a mandate or the seat of an organisation still names: somebody must move them.
    still_in_use: list[str] = field(default_factory=list)


class TooOld(Exception):  # noqa: N818 - a refusal
    """The file speaks of a day before the units that are already here."""


class Unreadable(Exception):  # noqa: N818 - a refusal
    """The file is no TERC file; the message says why."""


#: The number of a row and what it holds, by column.
Row: TypeAlias = tuple[int, dict[str, str]]


def read(path: Path, *, only: Collection[str] = ()) -> TercFile:
    """Read a TERC file (CSV with semicolons, or XML; UTF-8), of some voivodeships or of all. Raises Unreadable."""
    result = TercFile()
    for number, row in _rows_of_xml(path) if path.suffix.lower() == ".xml" else _rows_of_csv(path):
        missing = [column for column in COLUMNS if column not in row]
        if missing:
            raise Unreadable(f"row {number} lacks {', '.join(missing)}")
        if any(row.values()) and (not only or row["WOJ"] in only):
            _take(row, number, result)
    for code, unit in result.units.items():
        if unit.level != Territory.Level.VOIVODESHIP and _parent_code(code) not in result.units:
            result.problems.append(
                Problem(0, f"{code} {unit.name}: its parent {_parent_code(code)} is not in the file")
            )
    return result


def _rows_of_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines, delimiter=";", restval="")
        missing = [column for column in COLUMNS if column not in (rows.fieldnames or [])]
        if missing:
            raise Unreadable(f"the heading lacks {', '.join(missing)}")
        for row in rows:
            yield rows.line_num, row


def _rows_of_xml(path: Path) -> Iterator[Row]:
    """Each `row` of the catalogue: columns are its children by their own name, in older files by their attribute `name`."""
    number = 0
    try:
        for _event, element in ElementTree.iterparse(_without_declarations(path)):  # noqa: S314  no DOCTYPE gets here
            if element.tag == "row":
                number += 1
                yield number, {each.get("name", each.tag): (each.text or "").strip() for each in element}
                element.clear()
    except ElementTree.ParseError as error:
        raise Unreadable(f"it is not well-formed XML ({error})") from None


def _without_declarations(path: Path) -> BytesIO:
    """The file's content; a register has no DOCTYPE, and entities that grow without end need one. Raises Unreadable."""
    content = path.read_bytes()
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Unreadable("it declares a document type, which a register never does")
    return BytesIO(content)


@transaction.atomic
def bring_in_line(units: Mapping[str, Unit], *, on: date, dry_run: bool = False) -> Changes:
    """From the day `on`: open units that are new, close those that vanished, and both for those renamed.

    Voivodeships that the file does not mention are left alone. Raises `TooOld`.
    """
    roots = [code for code, unit in units.items() if unit.level == Territory.Level.VOIVODESHIP]
    here = {unit.code: unit for unit in Territory.objects.filter(valid_to=None) if unit.code[:2] in roots}
    changes = _compare(here, units)
    ending = [here[code] for code in (*changes.closed, *changes.renamed)]
    if any(unit.valid_from > on for unit in here.values()) or any(unit.valid_from == on for unit in ending):
        raise TooOld
    Territory.objects.filter(pk__in=[unit.pk for unit in ending]).update(valid_to=on - timedelta(days=1))
    for code in sorted((*changes.opened, *changes.renamed), key=lambda code: (len(code), code)):
        new = _open(units[code], here.get(_parent_code(code)), on)
        if code in here:
            _take_the_place(here[code], new, on)
        here[code] = new
    transaction.set_rollback(dry_run)
    return changes


def _take(row: dict[str, str], number: int, result: TercFile) -> None:
    code = row["WOJ"] + row["POW"] + row["GMI"] + row["RODZ"]
    try:
        result.as_of = max(result.as_of, date.fromisoformat(row["STAN_NA"]))
        if row["RODZ"] in PARTS_OF_GMINAS:
            return
        unit = Unit(code, _level(row), _name(row))
    except ValueError as error:
        result.problems.append(Problem(number, str(error)))
        return
    if code in result.units:
        result.problems.append(Problem(number, f"{code} stands here twice"))
    result.units[code] = unit


def _level(row: dict[str, str]) -> str:
    shape = tuple(len(row[column]) for column in ("WOJ", "POW", "GMI", "RODZ"))
    if not (row["WOJ"] + row["POW"] + row["GMI"] + row["RODZ"]).isdigit():
        raise ValueError("a code is not a number")
    if shape == (2, 0, 0, 0):
        return Territory.Level.VOIVODESHIP
    if shape == (2, 2, 0, 0):
        return Territory.Level.CITY_POWIAT if "miasto" in row["NAZWA_DOD"] else Territory.Level.POWIAT
    if shape == (2, 2, 2, 1) and row["RODZ"] in (URBAN, RURAL, MIXED):
        return Territory.Level.GMINA
    raise ValueError("the codes are not those of a voivodeship, a powiat or a gmina")


def _name(row: dict[str, str]) -> str:
    name = " ".join(row["NAZWA"].split())
    if not name:
        raise ValueError("the name is empty")
    return name.lower() if name.isupper() else name


def _parent_code(code: str) -> str:
    return code[:4] if len(code) == 7 else code[:2]


def _compare(here: Mapping[str, Territory], units: Mapping[str, Unit]) -> Changes:
    renamed = [
        code
        for code, unit in units.items()
        if code in here and (here[code].name, here[code].level) != (unit.name, unit.level)
    ]
    closed = sorted(here.keys() - units.keys())
    return Changes(
        opened=sorted(units.keys() - here.keys()),
        renamed=sorted(renamed),
        closed=closed,
        still_in_use=_in_use(here[code] for code in closed),
    )


def _in_use(closed: Iterable[Territory]) -> list[str]:
    units = {unit.pk: unit.code for unit in closed}
    used = set(Mandate.objects.filter(territory__in=units, valid_to=None).values_list("territory", flat=True))
    used |= set(Organisation.objects.active().filter(territory__in=units).values_list("territory", flat=True))
    return sorted(units[pk] for pk in used)


def _open(unit: Unit, parent: Territory | None, on: date) -> Territory:
    return Territory.objects.create(
        code=unit.code,
        level=unit.level,
        name=unit.name,
        parent=parent if len(unit.code) > 2 else None,
        path=Territory.path_of(unit.code),
        valid_from=on,
    )


def _take_the_place(old: Territory, new: Territory, on: date) -> None:
    """What was part of the renamed unit, and the subregions that hold it, go on with the new row."""
    Territory.objects.filter(parent=old, valid_to=None).update(parent=new)
    for membership in SubregionMembership.objects.filter(territory=old, valid_to=None):
        SubregionMembership.objects.create(
            subregion=membership.subregion, territory=new, valid_from=on, confirmed=membership.confirmed
        )
        membership.valid_to = on - timedelta(days=1)
        membership.save(update_fields=["valid_to"])
