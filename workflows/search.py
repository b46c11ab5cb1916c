"""Finding a case by a number or a name, or by an identifier that only the rooms know (PESEL, NIP).

An identifier is searched for exactly and by POST alone: it never stands in an address, a log, or among recent cases.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from roles.models import User
from workflows.models import Case
from workflows.models.cases import CaseQuerySet

#: Given the digits of an identifier, the condition on cases; None when it is no identifier of that kind.
Searcher = Callable[[str], Q | None]

_searchers: list[Searcher] = []
#: So many digits in a row are an identifier, whatever stands around or between them, whether or not anybody knows which.
IDENTIFIER = re.compile(r"\d{9,}")
#: But a case's own number is none: U/2026/000123, or without its letter.
OF_A_CASE = re.compile(r"(?<![\w/])(?:[^\W\d_]{1,2}/20\d\d/\d{6,9}|20\d\d/\d{6})(?![\w/])")
#: What people write between the digits of one number.
SEPARATORS = re.compile(r"[^\w\s]|_")
MOST = 25


def register_searcher(searcher: Searcher) -> Searcher:
    """Let a room find its cases by an identifier that it keeps."""
    if searcher not in _searchers:
        _searchers.append(searcher)
    return searcher


def is_identifier(text: str) -> bool:
    """Whether what somebody typed holds an identifier of a person or an institution, alone or among other words."""
    return bool(_identifiers(text))


def by_identifier(text: str, user: User, at: datetime) -> list[Case]:
    """The cases with an identifier that stands in the text and that the person may see, at most a page of them."""
    asked = [searcher(number) for number in _identifiers(text) for searcher in _searchers]
    conditions = [condition for condition in asked if condition is not None]
    if not conditions:
        return []
    either = reduce(or_, conditions)
    return list(_shown(Case.objects.visible_to(user, at).filter(either))[:MOST])


def by_number(text: str, user: User, at: datetime) -> Case | None:
    """The case with exactly that number."""
    return Case.objects.visible_to(user, at).filter(number=text.strip().upper()).first()


def _shown(cases: CaseQuerySet) -> CaseQuerySet:
    return cases.select_related("territory", "organisation").newest_first()


def _identifiers(text: str) -> list[str]:
    """Every row of digits long enough, with what separates them and without."""
    text = OF_A_CASE.sub("", text)
    closed_up = SEPARATORS.sub("", text)
    readings = (text, closed_up, re.sub(r"\s", "", closed_up))
    return list(dict.fromkeys(number for reading in readings for number in IDENTIFIER.findall(reading)))
