"""Finding a case by a number or a name, or by an identifier that only the rooms know (PESEL, NIP).

An identifier is searched for exactly and by POST alone: it never stands in an address, a log, or among recent cases.
"""

import re
from collections.abc import Callable
from datetime import datetime

from django.db.models import Q

from roles.models import User
from workflows.models import Case
from workflows.models.cases import CaseQuerySet

#: Given the digits of an identifier, the condition on cases; None when it is no identifier of that kind.
Searcher = Callable[[str], Q | None]

_searchers: list[Searcher] = []
#: So many digits are an identifier, whether or not anybody knows which.
IDENTIFIER = re.compile(r"\d{9,14}")
MOST = 25


def register_searcher(searcher: Searcher) -> Searcher:
    """Let a room find its cases by an identifier that it keeps."""
    if searcher not in _searchers:
        _searchers.append(searcher)
    return searcher


def is_identifier(text: str) -> bool:
    """Whether what somebody typed is an identifier of a person or an institution."""
    return IDENTIFIER.fullmatch(_digits(text)) is not None


def by_identifier(text: str, user: User, at: datetime) -> list[Case]:
    """The cases with that identifier that the person may see, at most a page of them."""
    conditions = [found for searcher in _searchers if (found := searcher(_digits(text))) is not None]
    if not conditions:
        return []
    either = conditions[0]
    for condition in conditions[1:]:
        either |= condition
    return list(_shown(Case.objects.visible_to(user, at).filter(either))[:MOST])


def by_number(text: str, user: User, at: datetime) -> Case | None:
    """The case with exactly that number."""
    return Case.objects.visible_to(user, at).filter(number=text.strip().upper()).first()


def _shown(cases: CaseQuerySet) -> CaseQuerySet:
    return cases.select_related("territory", "organisation").newest_first()


def _digits(text: str) -> str:
    return re.sub(r"[\s\-.]", "", text)
