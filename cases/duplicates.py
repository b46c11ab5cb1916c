"""Whether two records are of one human being, told from names, birth date and phone; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from roles.polish import search_text

if TYPE_CHECKING:
    from cases.models import Person

#: The columns that the comparison reads, and what a page shows of the other person.
LOOKED_AT = ("id", "organisation", "first_name", "last_name", "birth_date", "phone", "place", "sex")

SAME_NAME, LIKE_NAME = 0.92, 0.72


@dataclass(frozen=True)
class Likeness:
    """Another person, how alike from 0 to 1, and what speaks for it."""

    person: "Person"
    score: float
    because: "str | Promise"


def likest(person: "Person", others: Iterable["Person"]) -> list[Likeness]:
    """Those who may be the same, the likeliest first."""
    found = (_likeness(person, other) for other in others)
    return sorted(filter(None, found), key=lambda each: (-each.score, each.person.pk or 0))


def _likeness(person: "Person", other: "Person") -> Likeness | None:
    same_phone = bool(person.phone) and _digits(person.phone) == _digits(other.phone)
    dates_known = person.birth_date is not None and other.birth_date is not None
    mistyped = _mistyped(person.birth_date, other.birth_date)
    if dates_known and person.birth_date != other.birth_date and not mistyped and not same_phone:
        return None  # whatever the names are, which take longer to compare
    first, last = _alike(person.first_name, other.first_name), _surnames_alike(person.last_name, other.last_name)
    swapped = min(_alike(person.first_name, other.last_name), _alike(person.last_name, other.first_name))
    names = max(min(first, last), swapped)
    if person.birth_date and person.birth_date == other.birth_date:
        if names >= LIKE_NAME:
            return Likeness(other, names, _("the same birth date and a like name"))
        if first >= SAME_NAME and same_phone:
            return Likeness(other, 0.7, _("the same birth date, first name and phone, another surname"))
        return None
    if names < SAME_NAME:
        return None
    if mistyped:
        return Likeness(other, 0.9 * names, _("the same name and nearly the same birth date"))
    if same_phone or not dates_known:
        return Likeness(other, 0.6 * names, _("the same name, no birth date to tell them apart or the same phone"))
    return None


def _alike(one: str, other: str) -> float:
    """From 0 to 1, without case, diacritics and punctuation."""
    one, other = _words(one), _words(other)
    return 1.0 if one == other else SequenceMatcher(None, one, other).ratio()


@lru_cache(maxsize=1000)
def _words(name: str) -> str:
    """The name as it is compared; in a list of people the same ones come again and again."""
    return search_text(name)


def _surnames_alike(one: str, other: str) -> float:
    """As names are, but one half of a double-barrelled surname is as good as both."""
    ones, others = _words(one).split(), _words(other).split()
    if len(ones) != len(others) and set(ones) & set(others):
        return 0.95
    return _alike(one, other)


def _mistyped(one: date | None, other: date | None) -> bool:
    """Whether the dates differ by one digit, or by day and month changed about."""
    if one is None or other is None:
        return False
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return True
    return sum(a != b for a, b in zip(one.isoformat(), other.isoformat(), strict=True)) == 1


def _digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))[-9:]
