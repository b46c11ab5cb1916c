"""Every pair of colours that meets on a page can be told apart (WCAG 2.2: 1.4.3, 1.4.11)."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = dict(
    re.findall(
        r"--([a-z0-9-]+): (#[0-9a-f]{6});",
        (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text(encoding="utf-8"),
    )
)
GROUNDS = ("surface", "ground", "sunken", "primary-soft")

WORDS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3", "link", "primary", "primary-deep") for ground in GROUNDS),
    *((ink, ground) for ink in ("late", "warn") for ground in ("surface", "ground", f"{ink}-ground", "primary-soft")),
    *((tone, f"{tone}-ground") for tone in ("late", "warn", "good", "info", "early", "mid", "held")),
    *(("ink", f"{tone}-ground") for tone in ("late", "warn", "good", "info")),
    ("surface", "primary"),
    ("surface", "primary-deep"),
    ("surface", "late"),
    *(("ink", f"map-{n}") for n in (1, 2, 3)),
    ("surface", "map-5"),
]
SHAPES = [
    *(("edge", ground) for ground in ("surface", "ground", "sunken")),
    *(("focus", ground) for ground in (*GROUNDS, "late-ground", "warn-ground", "info-ground")),
    ("primary", "surface"),
    ("late", "surface"),
    ("surface", "map-4"),
]


def luminance(colour: str) -> float:
    """Relative luminance of a colour as WCAG defines it."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of the lighter to the darker."""
    light, dark = sorted((luminance(TOKENS[one]), luminance(TOKENS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("words", "ground"), WORDS)
def test_words_can_be_read(words, ground):
    assert contrast(words, ground) >= 4.5


@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_edges_and_focus_can_be_seen(shape, ground):
    assert contrast(shape, ground) >= 3


def test_a_badge_can_be_told_from_the_card_by_its_words_alone():
    assert all(contrast(tone, "surface") >= 4.5 for tone in ("late", "warn", "good", "info", "early", "mid", "held"))
