"""Hours as people write them: "4", "1,5", never "4,00"."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def in_hours(hours: Decimal | int) -> str:
    """A number of hours with no more decimals than it has, in the reader's language."""
    return number_format(as_typed(Decimal(hours)) or "")


def as_typed(hours: Decimal | None) -> str | None:
    """The same for an input, which wants a point: "4", "1.5"; None where nothing is known."""
    return None if hours is None else f"{hours.normalize():f}"
