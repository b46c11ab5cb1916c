"""Deadlines in words, in both languages."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from config.translations import compile_catalogue
from roles.templatetags.polish_dates import days_ago, exact_date, exact_moment, in_days, urgency

TODAY = date(2026, 11, 23)
CATALOGUE = Path(settings.BASE_DIR) / "locale/pl/LC_MESSAGES/django.po"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-22, "22 days overdue"),
        (-1, "1 day overdue"),
        (0, "today"),
        (1, "in 1 day"),
        (2, "in 2 days"),
        (22, "in 22 days"),
    ],
)
def test_a_deadline_reads_naturally_in_english(days, words):
    with override("en"):
        assert in_days(TODAY + timedelta(days=days), TODAY) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-22, "22 dni po terminie"),
        (-2, "2 dni po terminie"),
        (-1, "1 dzień po terminie"),
        (0, "dziś"),
        (1, "za 1 dzień"),
        (2, "za 2 dni"),
        (5, "za 5 dni"),
        (22, "za 22 dni"),
    ],
)
def test_a_deadline_reads_naturally_in_polish(days, words, settings):
    compile_catalogue(CATALOGUE)
    settings.LOCALE_PATHS = [settings.BASE_DIR / "locale"]
    with override("pl"):
        assert in_days(TODAY + timedelta(days=days), TODAY) == words


@pytest.mark.parametrize(("days", "how"), [(-1, "late"), (0, "soon"), (2, "soon"), (3, "later")])
def test_a_deadline_is_late_only_after_its_day(days, how):
    assert urgency(TODAY + timedelta(days=days), TODAY) == how


def test_a_moment_counts_by_the_local_day():
    just_after_midnight_in_warsaw = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert urgency(just_after_midnight_in_warsaw, TODAY) == "soon"
    with override("en"):
        assert in_days(just_after_midnight_in_warsaw, TODAY) == "in 1 day"


def test_something_past_is_not_called_late():
    with override("en"):
        assert days_ago(TODAY - timedelta(days=3), TODAY) == "3 days ago"


def test_the_exact_date_is_in_the_genitive():
    with override("pl"):
        assert exact_date(TODAY) == "23 listopada 2026"
        assert exact_moment(datetime(2026, 11, 23, 13, 5, tzinfo=UTC)) == "23 listopada 2026, 14:05"
        assert exact_moment(TODAY) == "23 listopada 2026"
