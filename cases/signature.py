"""A signature drawn on the screen: lists of points, checked, and drawn again as a picture that holds numbers only."""

from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from workflows.errors import NotYet

Strokes = list[list[tuple[int, int]]]

#: The field one signs in, in units of the drawing, and how much of it a signature may use.
WIDTH, HEIGHT = 600, 200
MOST_POINTS, FEWEST_POINTS = 5000, 8


def check_strokes(drawn: Any) -> Strokes:
    """The strokes as whole numbers within the field; NotYet when it is no signature."""
    try:
        strokes = [[(int(x), int(y)) for x, y in stroke] for stroke in drawn]
    except (TypeError, ValueError, OverflowError):
        raise NotYet(_("The signature could not be read; sign again.")) from None
    points = [point for stroke in strokes for point in stroke]
    if not FEWEST_POINTS <= len(points) <= MOST_POINTS:
        raise NotYet(_("The signature is too short or too long; sign again."))
    if any(not (0 <= x <= WIDTH and 0 <= y <= HEIGHT) for x, y in points):
        raise NotYet(_("The signature could not be read; sign again."))
    return strokes


def as_svg(strokes: Strokes) -> SafeString:
    """The signature as a picture; safe, for it holds whole numbers only."""
    lines = "".join(f'<polyline points="{" ".join(f"{int(x)},{int(y)}" for x, y in stroke)}"/>' for stroke in strokes)
    return mark_safe(  # noqa: S308
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="none" stroke="currentColor" '
        f'stroke-width="2" stroke-linecap="round">{lines}</svg>'
    )
