"""One row of the list: read column by column, then judged as a whole."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from cases.identifiers import (
    ImpossibleDateError,
    WrongCheckDigitError,
    WrongLengthError,
    plain_identifier,
    read_pesel,
)
from cases.models.records import UNEMPLOYED, detail_fits
from cases.workbook.headings import Layout
from cases.workbook.reasons import (
    BIRTH_DATE_DISAGREES,
    DETAIL_DOES_NOT_FIT,
    IS_A_FORMULA,
    IS_AN_ERROR,
    MISSING_FIRST_NAME,
    MISSING_IDENTIFIER,
    MISSING_POWIAT,
    MISSING_START,
    MISSING_SURNAME,
    NOT_TRI_STATE,
    ONLY_UNEMPLOYED,
    PESEL_CHECK_DIGIT,
    PESEL_DATE,
    PESEL_LENGTH,
    POWIAT_NOT_SERVED,
    SAME_PERSON_LP,
    SAME_PERSON_ROW,
    SEX_DISAGREES,
    STAGE_BEFORE_START,
    STAGE_TO_COME,
    START_TO_COME,
    UNEMPLOYED_AFTER_START,
    UNKNOWN_CITIZENSHIP,
    UNKNOWN_DETAIL,
    UNKNOWN_PARTICIPATION,
    UNKNOWN_POWIAT,
    UNKNOWN_SEX,
    UNKNOWN_STAGE,
    UNKNOWN_STATUS,
    Problem,
    Reason,
    Unreadable,
    because,
)
from cases.workbook.values import (
    criteria_of,
    date_of,
    education_of,
    email_of,
    pesel_of,
    phone_of,
    postcode_of,
    shown,
    text_of,
    word_of,
)
from cases.workbook.words import ANSWERS, CITIZENSHIPS, DETAILS, PARTICIPATIONS, SEXES, STATUSES
from roles.polish import search_text


class Cell(Protocol):
    """What is read of a cell."""

    value: Any
    data_type: str


@dataclass(frozen=True)
class Region:
    """What is known before reading: the codes of the region's powiats by folded name, and of stages by folded label.

    `served` are the codes of powiats whose people may be brought in; None means all. `support` are the codes of stages at which
    people are in support already: their dates may not lie after `today`. `stage` is that of rows that do not say theirs.
    """

    powiats: Mapping[str, str]
    stages: Mapping[str, str] = field(default_factory=dict)
    served: Collection[str] | None = None
    support: Collection[str] = ()
    stage: str = ""
    today: date | None = None

    @classmethod
    def of(cls, powiats: Mapping[str, str], stages: Mapping[str, str] | None = None) -> "Region":
        """From names as they are written to codes."""
        fold = {search_text(name): code for name, code in powiats.items()}
        return cls(fold, {search_text(label): code for label, code in (stages or {}).items()})


@dataclass(frozen=True, repr=False)
class ParsedRow:
    """A row that can be taken; `remarks` and everything that identifies are kept out of its `repr`."""

    row: int
    lp: str
    last_name: str
    first_name: str
    pesel: str
    other_identifier: str
    birth_date: date | None
    sex: str
    citizenship: str
    education: str
    powiat: str
    gmina: str
    place: str
    street: str
    postcode: str
    phone: str
    email: str
    labour_status: str
    labour_detail: str
    unemployed_since: date | None
    disability: str
    homelessness: str
    minority: str
    foreign_origin: str
    criteria: tuple[str, ...]
    starts_on: date
    stage: str
    stage_since: date | None
    referred_by: str
    remarks: str
    participation: str = ""
    left_out: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"ParsedRow({self.row})"


#: How each column is read; the powiat and the stage depend on the region.
READERS: dict[str, Callable[[Any], Any]] = {
    "lp": text_of,
    "last_name": lambda value: text_of(value, 100),
    "first_name": lambda value: text_of(value, 100),
    "pesel": pesel_of,
    "other_identifier": text_of,
    "sex": lambda value: word_of(value, SEXES, UNKNOWN_SEX),
    "birth_date": date_of,
    "citizenship": lambda value: word_of(value, CITIZENSHIPS, UNKNOWN_CITIZENSHIP),
    "education": education_of,
    "gmina": lambda value: text_of(value, 100),
    "place": lambda value: text_of(value, 100),
    "street": lambda value: text_of(value, 120),
    "postcode": postcode_of,
    "phone": phone_of,
    "email": email_of,
    "labour_status": lambda value: word_of(value, STATUSES, UNKNOWN_STATUS),
    "labour_detail": lambda value: word_of(value, DETAILS, UNKNOWN_DETAIL),
    "unemployed_since": date_of,
    **dict.fromkeys(
        ("disability", "homelessness", "minority", "foreign_origin"),
        lambda value: word_of(value, ANSWERS, NOT_TRI_STATE),
    ),
    "criteria": criteria_of,
    "starts_on": date_of,
    "stage_since": date_of,
    "participation": lambda value: word_of(value, PARTICIPATIONS, UNKNOWN_PARTICIPATION),
    "referred_by": text_of,
    "remarks": lambda value: text_of(value, 4000),
}

MISSING = {
    "last_name": MISSING_SURNAME,
    "first_name": MISSING_FIRST_NAME,
    "powiat": MISSING_POWIAT,
    "starts_on": MISSING_START,
}
#: Columns whose formulas are left out rather than refused: nothing depends on them.
FREE_TEXT = {"remarks"}
SPECIAL = {"disability", "homelessness", "minority", "foreign_origin", "criteria", "remarks"}
EMPTY = dict.fromkeys(("birth_date", "unemployed_since", "starts_on", "stage_since")) | {"criteria": ()}
BEFORE_POWIAT = re.compile(r"^(powiat|pow\.?|miasto|m\.)\s+", re.IGNORECASE)


class RowReader:
    """Reads the rows of one list, one after the other, and remembers whom it has seen."""

    def __init__(self, layout: Layout, region: Region) -> None:
        self.layout, self.region = layout, region
        self._seen: dict[str, tuple[int, str]] = {}
        self._readers = READERS | {"powiat": self._powiat, "stage": self._stage}

    def read(self, row: int, cells: Sequence[Cell]) -> ParsedRow | list[Problem]:
        """The row, or everything that is wrong with it."""
        values: dict[str, Any] = {name: EMPTY.get(name, "") for name in self._readers}
        raw: dict[str, Any] = {}
        faults: dict[str, Reason] = {}
        left_out = []
        for index, column in self.layout.columns.items():
            cell = cells[index] if index < len(cells) else None
            if cell is None or cell.value is None:
                continue
            raw[column.name] = cell.value
            try:
                values[column.name] = self._value(column.name, cell)
            except Unreadable as unreadable:
                if column.name in FREE_TEXT and cell.data_type in "fe":
                    left_out.append(column.name)
                else:
                    faults[column.name] = unreadable.reason
        self._judge(row, values, raw, faults)
        if faults:
            return [self._problem(row, name, raw.get(name), reason) for name, reason in faults.items()]
        return ParsedRow(row=row, left_out=tuple(left_out), **values)

    def _value(self, name: str, cell: Cell) -> Any:
        if cell.data_type == "f":
            raise Unreadable(IS_A_FORMULA)
        if cell.data_type == "e":
            raise Unreadable(IS_AN_ERROR)
        return self._readers[name](cell.value)

    def _judge(self, row: int, values: dict[str, Any], raw: dict[str, Any], faults: dict[str, Reason]) -> None:
        """Add what no single cell shows; a column already at fault keeps its first reason."""
        for name, msgid in MISSING.items():
            if not values[name]:
                faults.setdefault(name, because(msgid))
        self._judge_identity(values, raw, faults)
        self._judge_work(values, faults)
        self._judge_takeover(values, faults)
        if "pesel" not in faults:
            self._judge_repetition(row, values, faults)

    def _judge_identity(self, values: dict[str, Any], raw: dict[str, Any], faults: dict[str, Reason]) -> None:
        if not values["pesel"]:
            if not values["other_identifier"] and "other_identifier" not in faults:
                faults.setdefault("pesel", because(MISSING_IDENTIFIER))
            return
        try:
            said = read_pesel(values["pesel"])
        except WrongLengthError:
            faults["pesel"] = because(PESEL_LENGTH)
        except WrongCheckDigitError:
            lost_digits = isinstance(raw["pesel"], int | float) and raw["pesel"] < 10**9
            faults["pesel"] = because(PESEL_LENGTH if lost_digits else PESEL_CHECK_DIGIT)
        except ImpossibleDateError:
            faults["pesel"] = because(PESEL_DATE)
        else:
            if values["birth_date"] and values["birth_date"] != said.birth_date:
                faults.setdefault("birth_date", because(BIRTH_DATE_DISAGREES))
            if values["sex"] in {"K", "M"} and values["sex"] != said.sex:
                faults.setdefault("sex", because(SEX_DISAGREES))
            values["birth_date"] = values["birth_date"] or said.birth_date
            values["sex"] = values["sex"] or said.sex

    def _judge_work(self, values: dict[str, Any], faults: dict[str, Reason]) -> None:
        if "labour_status" in faults:
            return
        status, since, start = values["labour_status"], values["unemployed_since"], values["starts_on"]
        if not detail_fits(status, values["labour_detail"]):
            faults.setdefault("labour_detail", because(DETAIL_DOES_NOT_FIT))
        if since and status not in UNEMPLOYED:
            faults.setdefault("unemployed_since", because(ONLY_UNEMPLOYED))
        elif since and start and since > start:
            faults.setdefault("unemployed_since", because(UNEMPLOYED_AFTER_START))

    def _judge_takeover(self, values: dict[str, Any], faults: dict[str, Reason]) -> None:
        """Somebody in support already began on a day gone by, and came to the stage no earlier."""
        start, since, today = values["starts_on"], values["stage_since"], self.region.today
        if (values["stage"] or self.region.stage) not in self.region.support or "stage" in faults:
            return
        if start and today and start > today:
            faults.setdefault("starts_on", because(START_TO_COME))
        if since and today and since > today:
            faults.setdefault("stage_since", because(STAGE_TO_COME))
        elif since and start and since < start:
            faults.setdefault("stage_since", because(STAGE_BEFORE_START))

    def _judge_repetition(self, row: int, values: dict[str, Any], faults: dict[str, Reason]) -> None:
        who = values["pesel"] or plain_identifier(values["other_identifier"])
        if not who:
            return
        first_row, lp = self._seen.setdefault(who, (row, values["lp"]))
        if first_row != row:
            again = because(SAME_PERSON_LP, lp=lp) if lp else because(SAME_PERSON_ROW, row=first_row)
            faults.setdefault("pesel" if values["pesel"] else "other_identifier", again)

    def _powiat(self, value: Any) -> str:
        code = word_of(BEFORE_POWIAT.sub("", text_of(value)), self.region.powiats, UNKNOWN_POWIAT)
        if code and self.region.served is not None and code not in self.region.served:
            raise Unreadable(POWIAT_NOT_SERVED)
        return code

    def _stage(self, value: Any) -> str:
        return word_of(value, self.region.stages, UNKNOWN_STAGE)

    def _problem(self, row: int, name: str, value: Any, reason: Reason) -> Problem:
        is_masked = name in {"pesel", "other_identifier"}
        return Problem(row, self.layout.heading(name), shown(value, is_masked=is_masked), reason, name in SPECIAL)
