"""How long a case is kept, and which cases have been kept long enough.

Papers of an ESF+ programme are kept five years from 31 December of the year of the last payment (Regulation (EU) 2021/1060, art. 82). The
year is that in which the programme or the case ended, whichever is later; a document's class may make it longer.
"""

from collections.abc import Iterator
from datetime import date

from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet
from django.db.models.functions import ExtractYear, Greatest
from django.utils.translation import gettext_lazy as _

from cases.models import Document, ErasedCase
from cases.models.documents import RetentionClass
from workflows.models import Case, Programme
from workflows.parameters import parameter

RETENTION_YEARS = parameter(
    "retention_years",
    5,
    _("How long cases are kept after the year in which case and programme ended"),
    unit=_("years"),
    lowest=1,
)
#: Years that a document is kept from the year after the case ended; a permanent one is kept for ever.
YEARS_OF_CLASS = {RetentionClass.B25: 25, RetentionClass.B10: 10, RetentionClass.B5: 5}


def due_cases(on: date) -> QuerySet[Case]:
    """Cases whose time has run out by that day, without those that an erasure holds already."""
    due = Q(pk__in=[])
    for programme, years in _years(on):
        due |= Q(programme=programme, ended__lt=on.year - years)
    ended = Greatest(ExtractYear("closed_on"), ExtractYear("programme__ends_on"), output_field=IntegerField())
    closed = Case.objects.filter(finished__isnull=False, closed_on__isnull=False).annotate(ended=ended)
    held = ErasedCase.objects.standing().filter(case=OuterRef("pk"))
    return closed.filter(due).exclude(Exists(held)).exclude(Exists(_documents_that_hold(on))).order_by("pk")


def kept_until(case: Case, on: date) -> date | None:
    """The last day that a case is kept by its programme's term; None while it is open. Documents may hold it longer."""
    if case.closed_on is None:
        return None
    ended = max(case.closed_on.year, case.programme.ends_on.year)
    return date(ended + case.programme.value(RETENTION_YEARS, on), 12, 31)


def _years(on: date) -> Iterator[tuple[int, int]]:
    for programme in Programme.objects.prefetch_related("parameter_values"):
        yield programme.pk, programme.value(RETENTION_YEARS, on)


def _documents_that_hold(on: date) -> QuerySet[Document]:
    """Documents of the case whose class has not run out; a permanent one never does."""
    holding = Q(retention=RetentionClass.A)
    for name, years in YEARS_OF_CLASS.items():
        holding |= Q(retention=name, case__closed_on__year__gte=on.year - years)
    return Document.objects.filter(holding, case=OuterRef("pk"))
