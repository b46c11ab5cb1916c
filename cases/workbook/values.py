"""What a cell holds, read strictly. Every reader takes the cell's value and gives a value, or raises Unreadable."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from openpyxl.utils.datetime import from_excel

from cases.identifiers import digits_of, masked
from cases.models.restricted import CriterionLetter
from cases.workbook.reasons import (
    IMPLAUSIBLE_DATE,
    NO_SUCH_DATE,
    NOT_A_DATE,
    NOT_A_PHONE,
    NOT_A_POSTCODE,
    NOT_AN_EMAIL,
    TOO_LONG,
    UNKNOWN_CRITERION,
    UNKNOWN_EDUCATION,
    Unreadable,
)
from cases.workbook.words import EDUCATIONS, NOTHING
from roles.polish import search_text

DATES = (
    re.compile(r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4})(?: ?r\.?)?\Z"),
    re.compile(r"(?P<year>\d{4})[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})(?:[T ]00:00(?::00)?)?\Z"),
)
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 1, 1)
SERIALS = range(1, 80_000)
LONGEST_SHOWN = 60


def text_of(value: Any, longest: int = 200) -> str:
    """The text without stray spaces and control characters; empty where people write that there is nothing."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFC", str(value))
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    text = " ".join(text.split()).removeprefix("'")
    if len(text) > longest:
        raise Unreadable(TOO_LONG)
    return "" if text.casefold() in NOTHING else text


def shown(value: Any, *, is_masked: bool = False) -> str:
    """The value as a report may show it: dates in ISO form, long text cut, numbers of people masked."""
    if isinstance(value, datetime):
        value = value.date()
    text = value.isoformat() if isinstance(value, date) else "" if value is None else " ".join(str(value).split())
    text = masked(text) if is_masked else text
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def date_of(value: Any) -> date | None:
    """A date from a date cell, a spreadsheet's serial number or text in the usual forms."""
    found = _date(value)
    if found is not None and not EARLIEST <= found < LATEST:
        raise Unreadable(IMPLAUSIBLE_DATE)
    return found


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _date_of_serial(value)
    text = text_of(value)
    if not text:
        return None
    if text.isdigit():
        return _date_of_serial(int(text))
    match = next(filter(None, (form.match(text) for form in DATES)), None)
    if match is None:
        raise Unreadable(NOT_A_DATE)
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        raise Unreadable(NO_SUCH_DATE) from None


def _date_of_serial(number: float) -> date:
    if int(number) not in SERIALS:
        raise Unreadable(NOT_A_DATE)
    moment: datetime = from_excel(int(number))
    return moment.date()


def pesel_of(value: Any) -> str:
    """The digits, with the leading zeros that a number cell has lost; whether they are a PESEL is judged elsewhere."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**11:
        return f"{value:011d}"
    return digits_of(text_of(value))


def postcode_of(value: Any) -> str:
    """`61-712` from that, from five digits, or from a number that has lost its zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value:05d}"
    digits = digits_of(text_of(value))
    if not digits:
        return ""
    if not re.fullmatch("[0-9]{5}", digits):
        raise Unreadable(NOT_A_POSTCODE)
    return f"{digits[:2]}-{digits[2:]}"


def phone_of(value: Any) -> str:
    """Digits in groups, perhaps with a country's prefix."""
    text = re.sub(r"[\s()./-]+", " ", text_of(value)).strip()
    if not text:
        return ""
    if not re.fullmatch(r"\+?[0-9][0-9 ]{7,18}", text):
        raise Unreadable(NOT_A_PHONE)
    return text


def email_of(value: Any) -> str:
    """An address."""
    text = text_of(value)
    if text:
        try:
            validate_email(text)
        except ValidationError:
            raise Unreadable(NOT_AN_EMAIL) from None
    return text


def word_of(value: Any, words: Mapping[str, str], unknown: str) -> str:
    """The code that a word stands for; empty for an empty cell, Unreadable for a word nobody knows."""
    text = text_of(value)
    if not text:
        return ""
    word = _folded(text)
    if word not in words:
        raise Unreadable(unknown)
    return words[word]


@lru_cache(maxsize=1024)
def _folded(word: str) -> str:
    """Lists repeat the same few words; names and numbers never come here."""
    return search_text(word)


def education_of(value: Any) -> str:
    """The level, told by its name, by its ISCED number, or by both."""
    text = text_of(value)
    number = re.search(r"ISCED\s*([0-8])", text, re.IGNORECASE)
    if number:
        return "5-8" if number[1] >= "5" else number[1]
    return word_of(text, EDUCATIONS, UNKNOWN_EDUCATION)


def criteria_of(value: Any) -> tuple[str, ...]:
    """The letters of art. 2(6), one or several."""
    text = re.sub(r"\b(lit|litera|art|2|pkt|6)\b\.?", " ", text_of(value).lower())
    letters = re.findall(r"\w+", text)
    if not set(letters) <= set(CriterionLetter.values) or (text.strip() and not letters):
        raise Unreadable(UNKNOWN_CRITERION)
    return tuple(dict.fromkeys(letters))
