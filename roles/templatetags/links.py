"""Addresses of the same list in another order or without its filters."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django import template
from django.template.context import Context

register = template.Library()

#: Where a page of a list begins; a list in another order begins anew.
PLACES = ("after", "before", "page")


@register.simple_tag(takes_context=True)
def sorted_by(context: Context, order: str) -> str:
    """This page's address with another order (`due`, or `-due` for the last first), from its beginning."""
    query = context["request"].GET.copy()
    for place in PLACES:
        query.pop(place, None)
    query["sort"] = order
    return f"?{query.urlencode()}"


@register.simple_tag
def only_with(keep: Iterable[tuple[str, str]]) -> str:
    """This page's address with nothing but these pairs of name and value."""
    return f"?{urlencode(list(keep))}"
