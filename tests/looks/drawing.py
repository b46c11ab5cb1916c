"""Draw a scrap of a page as somebody not signed in would get it."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler


def draw(source: str, path: str = "/", **context: Any) -> str:
    """The markup that this source gives."""
    request = RequestFactory().get(path)
    request.user = AnonymousUser()
    return engines["django"].from_string(CottonCompiler().process(source)).render(context, request)
