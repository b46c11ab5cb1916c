"""What was changed in a programme: by whom, when, from what to what."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from roles.templatetags.polish_dates import exact_date
from tests.errands.flow import PREPARE_DAYS
from tests.workflows.conftest import at
from tests.workflows.pages import signed_in, text_of, third_of_march, url
from workflows.models import Programme
from workflows.programme_history import SIZE, history_of
from workflows.services.programmes import drop_planned_value, save_programme, set_parameter

__all__ = ["signed_in", "third_of_march"]


@pytest.fixture
def programme(region, team):
    new = Programme(code="OWN", name="Własny", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    return save_programme(new, by=team.supervisor, organisations=[region.organisation], at=at(0))


def told(programme, days=20) -> list[tuple[str, str, str]]:
    programme = Programme.objects.get(pk=programme.pk)
    return [(str(event.title), event.who, str(event.text)) for event in history_of(programme, at=at(days)).events]


def test_a_programme_says_who_set_it_up_and_who_runs_it(programme, region, team):
    titles = {title: who for title, who, _text in told(programme)}
    assert titles == {
        "The programme was set up": str(team.supervisor),
        f"Run by {region.organisation}": str(team.supervisor),
    }


def test_closing_a_reporting_period_is_told_with_what_it_was_before(programme, region, team):
    for number, closed in enumerate((date(2026, 1, 31), date(2026, 2, 28)), start=1):
        programme.closed_until = closed
        save_programme(programme, by=team.supervisor, organisations=[region.organisation], at=at(number))
    (title, who, text), *_rest = told(programme)
    assert (title, who) == ("The programme was changed", str(team.supervisor))
    assert text == f"reporting closed until: {exact_date(date(2026, 1, 31))} → {exact_date(date(2026, 2, 28))}"


def test_a_parameter_is_told_with_its_old_and_new_value_and_its_day(programme, team):
    value = set_parameter(programme, PREPARE_DAYS, by=team.supervisor, value=15, valid_from=at(9).date(), at=at(1))
    value = set_parameter(programme, PREPARE_DAYS, by=team.supervisor, value=20, valid_from=at(9).date(), at=at(2))
    drop_planned_value(value, by=team.supervisor, at=at(3))
    titles = [title for title, _who, _text in told(programme)]
    assert titles[:3] == [
        f"Called off: {PREPARE_DAYS.label} 20",
        f"{PREPARE_DAYS.label}: 15 → 20",
        f"{PREPARE_DAYS.label}: 10 → 15",
    ]
    assert {who for _title, who, _text in told(programme)} == {str(team.supervisor)}


def test_the_page_shows_it_in_pages_at_the_same_cost(programme, signed_in, team):
    client = signed_in(team.supervisor)
    page = url("programme", programme.pk)
    set_parameter(programme, PREPARE_DAYS, by=team.supervisor, value=11, valid_from=at(9).date(), at=at(0))
    text_of(client.get(page))
    with CaptureQueriesContext(connection) as few:
        assert "The programme was set up" in text_of(client.get(page))
    for number in range(30):
        moment = at(0) + timedelta(minutes=number + 1)
        set_parameter(
            programme, PREPARE_DAYS, by=team.supervisor, value=12 + number, valid_from=at(9).date(), at=moment
        )
    with CaptureQueriesContext(connection) as many:
        history = client.get(page).context["history"]
    assert len(many) == len(few)
    seen = []
    while True:
        seen += [event.key for event in history.events]
        if not history.older:
            break
        history = client.get(page, {"before": history.older}).context["history"]
    assert len(seen) == len(set(seen)) == 33 > SIZE
