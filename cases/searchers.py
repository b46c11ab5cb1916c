"""Identifiers by which the quick search finds cases: a person's PESEL, an organisation's NIP."""

from django.db.models import Q

from cases.models import Person
from cases.models.people import kinds_with_a_person
from workflows.search import register_searcher

PESEL_DIGITS, NIP_DIGITS = 11, 10


@register_searcher
def by_pesel(digits: str) -> Q | None:
    """Cases about the bearer of the number, in whatever organisation; found by its keyed hash, nobody's number is opened."""
    if len(digits) != PESEL_DIGITS:
        return None
    bearers = Person.objects.with_pesel(digits).values("pk")
    found = Q(pk__in=[])
    for kind, field in kinds_with_a_person():
        found |= Q(pk__in=kind._base_manager.filter(**{f"{field}__in": bearers}).values("pk"))
    return found


@register_searcher
def by_nip(digits: str) -> Q | None:
    """Cases that the organisation with the number leads."""
    return Q(organisation__nip=digits) if len(digits) == NIP_DIGITS else None
