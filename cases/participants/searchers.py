"""An applicant who asks quotes the receipt: the quick search finds the case by it."""

from django.db.models import Q

from cases.participants.models import Application
from workflows.search import register_searcher

RECEIPT_DIGITS = 12


@register_searcher
def by_receipt(digits: str) -> Q | None:
    """The case that the application with this receipt opened, or came to."""
    if len(digits) != RECEIPT_DIGITS:
        return None
    return Q(pk__in=Application.objects.filter(receipt=digits).values("case"))
