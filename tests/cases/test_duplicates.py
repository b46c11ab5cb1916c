"""Who may be the same human being, told without a PESEL."""

from datetime import date

import pytest

from cases.duplicates import likest
from cases.models import Person

ANNA = {"first_name": "Anna", "last_name": "Woźniak", "birth_date": date(1980, 3, 14), "phone": "600 100 200"}


def person(**facts) -> Person:
    return Person(**ANNA | facts)


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"last_name": "WOZNIAK", "phone": ""},
        {"last_name": "Woźniak-Ćwik", "phone": ""},
        {"last_name": "Woźniek", "phone": ""},
        {"first_name": "Woźniak", "last_name": "Anna", "phone": ""},
        {"first_name": "Ana", "phone": ""},
        {"birth_date": date(1980, 3, 15), "phone": ""},
        {"birth_date": date(1980, 4, 14), "phone": ""},
        {"birth_date": None, "phone": ""},
        {"last_name": "Kowalska"},
        {"birth_date": date(1975, 1, 1)},
    ],
)
def test_somebody_alike_is_proposed(other):
    (found,) = likest(person(), [person(**other)])
    assert 0 < found.score <= 1
    assert str(found.because)


@pytest.mark.parametrize(
    "other",
    [
        {"first_name": "Zofia", "phone": ""},
        {"first_name": "Zofia"},
        {"last_name": "Kowalska", "phone": ""},
        {"birth_date": date(1975, 1, 1), "phone": ""},
        {"birth_date": date(1975, 1, 1), "phone": "600 100 201"},
        {"first_name": "Zofia", "last_name": "Kowalska"},
        {"first_name": "Anna", "last_name": "Kowalska", "birth_date": date(1980, 3, 15)},
    ],
)
def test_somebody_else_is_not(other):
    assert likest(person(), [person(**other)]) == []


def test_day_and_month_changed_about_are_nearly_the_same():
    assert likest(person(birth_date=date(1980, 3, 4)), [person(birth_date=date(1980, 4, 3), phone="")])


def test_the_likeliest_comes_first():
    close, closer = person(pk=1, last_name="Woźniek"), person(pk=2)
    assert [each.person.pk for each in likest(person(), [close, closer])] == [2, 1]
