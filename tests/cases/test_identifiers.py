"""PESEL and what stands in for it."""

from datetime import date

import pytest

from cases.identifiers import (
    ImpossibleDateError,
    Pesel,
    WrongCheckDigitError,
    WrongLengthError,
    masked,
    plain_identifier,
    read_pesel,
)


@pytest.mark.parametrize(
    ("number", "birth_date", "sex"),
    [
        ("64050703016", date(1964, 5, 7), "M"),
        ("02271409867", date(2002, 7, 14), "K"),
        (" 640507 03016 ", date(1964, 5, 7), "M"),
        ("640507-03016", date(1964, 5, 7), "M"),
    ],
)
def test_a_pesel_says_when_somebody_was_born_and_their_sex(number, birth_date, sex):
    assert read_pesel(number) == Pesel(birth_date, sex)


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("6405070301", WrongLengthError),
        ("640507030160", WrongLengthError),
        ("", WrongLengthError),
        ("6405070301O", WrongLengthError),
        ("٦٤٠٥٠٧٠٣٠١٦", WrongLengthError),
        ("64050703017", WrongCheckDigitError),
        ("64133100002", ImpossibleDateError),
    ],
)
def test_what_is_no_pesel_says_why(number, error):
    with pytest.raises(error):
        read_pesel(number)


def test_two_digits_are_shown():
    assert masked("64050703016") == "•••••••••16"


def test_four_digits_beside_the_birth_date_would_give_a_number_away():
    born = "640507"
    fits = [f"{born}{digit}3016" for digit in range(10)]
    assert len([number for number in fits if number == "64050703016" or _is_valid(number)]) == 1


def test_two_digits_beside_the_birth_date_leave_a_hundred_numbers():
    assert sum(_is_valid(f"640507{middle:03d}16") for middle in range(1000)) == 100


def _is_valid(number: str) -> bool:
    try:
        read_pesel(number)
    except WrongCheckDigitError:
        return False
    return True


@pytest.mark.parametrize(
    "text", ["paszport UA 783517", "UA783517", "ua-783517", "Paszport nr UA783517", "PASZPORT SERIA UA NUMER 783517"]
)
def test_a_document_has_one_spelling(text):
    assert plain_identifier(text) == "UA783517"
