"""PESEL and what stands in for it: reading, checking, hiding."""

import re
from dataclasses import dataclass
from datetime import date

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.pl import pesel as register

#: How many digits a masked PESEL shows: beside the birth date, the last four would give away the whole number.
SHOWN_DIGITS = 2

#: Words around a document's number that people write or leave out.
AROUND_A_NUMBER = re.compile(
    r"\b(paszport|passport|dow[oó]d|osobisty|karta|pobytu|nr|no|numer|seria)\b\.?", re.IGNORECASE
)


class WrongLengthError(ValueError):
    """Not eleven digits."""


class WrongCheckDigitError(ValueError):
    """Eleven digits that do not agree with one another."""


class ImpossibleDateError(ValueError):
    """The first six digits are no date."""


@dataclass(frozen=True)
class Pesel:
    """What a valid number says of its bearer; `sex` is K or M."""

    birth_date: date
    sex: str


def digits_of(text: str) -> str:
    """The number without spaces and hyphens."""
    return re.sub(r"[\s\u00a0-]", "", text)


def read_pesel(text: str) -> Pesel:
    """Check a number and read it; WrongLengthError, WrongCheckDigitError or ImpossibleDateError."""
    number = digits_of(text)
    if not re.fullmatch("[0-9]{11}", number):
        raise WrongLengthError
    try:
        register.validate(number)
    except InvalidChecksum:
        raise WrongCheckDigitError from None
    except ValidationError:
        raise ImpossibleDateError from None
    return Pesel(register.get_birth_date(number), "M" if register.get_gender(number) == "M" else "K")


def masked(number: str) -> str:
    """A number with its last digits only."""
    text = digits_of(number)
    return "•" * max(len(text) - SHOWN_DIGITS, 0) + text[-SHOWN_DIGITS:]


def plain_identifier(text: str) -> str:
    """One spelling of a document's number: `paszport UA 783517` and `ua783517` are the same."""
    return re.sub(r"[\W_]", "", AROUND_A_NUMBER.sub("", text)).upper()
