"""Terms in days, working days and months, checked by hand against a calendar and by properties."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.deadlines import (
    Pause,
    Term,
    WorkingCalendar,
    days,
    deadline,
    extended,
    moment,
    months,
    start_of_local_day,
    working_days,
)

POLAND = WorkingCalendar()


def day(text: str) -> date:
    return date.fromisoformat(text)


def pauses(spans: str) -> list[Pause]:
    """`2026-06-05/2026-06-07`, or without an end `2026-06-05/`; several are apart by a space."""
    ends = (span.split("/") for span in spans.split())
    return [Pause(day(first), day(last) if last else None) for first, last in ends]


@dataclass(frozen=True)
class Parameter:
    name: str
    default: int


# what the case shows, anchor, term, last day; every line read off a paper calendar
PLAIN = [
    ("the anchor is not counted", "2026-06-01", days(14), "2026-06-15"),
    ("no days at all", "2026-06-01", days(0), "2026-06-01"),
    ("no days at all, on a Sunday", "2026-06-07", days(0), "2026-06-07"),
    ("calendar days end on a free day", "2026-12-31", days(1), "2027-01-01"),
    ("a month as thirty days", "2027-01-31", days(30), "2027-03-02"),
    ("ESF+ 28 days end at Christmas", "2026-11-27", days(28).statutory(), "2026-12-25"),
    ("ESF+ 28 days over the new year", "2026-12-10", days(28).statutory(), "2027-01-07"),
    ("28 days to a working day after Christmas", "2026-11-27", days(28).statutory().to_working_day(), "2026-12-28"),
    ("24 December is free since 2025", "2026-12-10", days(14).statutory().to_working_day(), "2026-12-28"),
    ("24 December was not free in 2024", "2024-12-10", days(14).statutory().to_working_day(), "2024-12-24"),
    ("Saturday moves to Monday", "2026-06-20", days(14).statutory().to_working_day(), "2026-07-06"),
    ("Sunday moves to Monday", "2026-06-21", days(14).statutory().to_working_day(), "2026-07-06"),
    ("Monday stays", "2026-06-22", days(14).statutory().to_working_day(), "2026-07-06"),
    ("Friday stays", "2026-06-19", days(14).statutory().to_working_day(), "2026-07-03"),
    ("Easter Saturday moves past Easter Monday", "2026-03-21", days(14).to_working_day(), "2026-04-07"),
    ("into the leap day", "2028-02-28", days(1), "2028-02-29"),
    ("no leap day", "2027-02-28", days(1), "2027-03-01"),
    ("a fortnight to the leap day", "2028-02-15", days(14), "2028-02-29"),
    ("a fortnight without it", "2027-02-15", days(14), "2027-03-01"),
    ("365 days to a leap day", "2027-03-01", days(365), "2028-02-29"),
    ("into the day of 25 hours", "2026-10-24", days(1), "2026-10-25"),
    ("out of the day of 25 hours", "2026-10-25", days(1), "2026-10-26"),
    ("into the day of 23 hours", "2027-03-27", days(1), "2027-03-28"),
    ("out of the day of 23 hours", "2027-03-28", days(1), "2027-03-29"),
    ("a week from Monday", "2026-11-23", working_days(5), "2026-11-30"),
    ("from Friday", "2026-11-27", working_days(1), "2026-11-30"),
    ("from Saturday", "2026-11-28", working_days(1), "2026-11-30"),
    ("from Sunday", "2026-11-29", working_days(1), "2026-11-30"),
    ("none, on a Monday", "2026-11-23", working_days(0), "2026-11-23"),
    ("none, on a Saturday", "2026-11-28", working_days(0), "2026-11-30"),
    ("fourteen", "2026-11-23", working_days(14), "2026-12-11"),
    ("one over Christmas 2026", "2026-12-23", working_days(1), "2026-12-28"),
    ("one over Christmas 2025", "2025-12-23", working_days(1), "2025-12-29"),
    ("24 December 2024 still worked", "2024-12-23", working_days(1), "2024-12-24"),
    ("two over Christmas 2024", "2024-12-23", working_days(2), "2024-12-27"),
    ("five over Christmas 2026", "2026-12-21", working_days(5), "2026-12-30"),
    ("twenty to New Year's Eve", "2026-12-01", working_days(20), "2026-12-31"),
    ("twenty-one past New Year's Day", "2026-12-01", working_days(21), "2027-01-04"),
    ("past New Year's Day and Epiphany", "2026-12-30", working_days(4), "2027-01-07"),
    ("Epiphany on a Tuesday", "2026-01-05", working_days(1), "2026-01-07"),
    ("Good Friday is worked", "2026-04-02", working_days(1), "2026-04-03"),
    ("Easter Monday is not", "2026-04-02", working_days(2), "2026-04-07"),
    ("Easter 2027 with the change of time", "2027-03-26", working_days(1), "2027-03-30"),
    ("1 May on a Friday", "2026-04-30", working_days(1), "2026-05-04"),
    ("3 May on a Monday", "2027-04-30", working_days(1), "2027-05-04"),
    ("Corpus Christi 2026", "2026-06-03", working_days(1), "2026-06-05"),
    ("Corpus Christi 2026 and a weekend", "2026-06-03", working_days(2), "2026-06-08"),
    ("Corpus Christi 2027", "2027-05-26", working_days(1), "2027-05-28"),
    ("Whit Monday is worked", "2026-05-22", working_days(1), "2026-05-25"),
    ("a holiday on a Saturday gives no other day", "2026-08-14", working_days(1), "2026-08-17"),
    ("15 August on a Friday", "2025-08-13", working_days(2), "2025-08-18"),
    ("All Saints' on a Sunday", "2026-10-30", working_days(1), "2026-11-02"),
    ("11 November on a Wednesday", "2026-11-10", working_days(1), "2026-11-12"),
    ("the one-off free Monday of 2018", "2018-11-09", working_days(1), "2018-11-13"),
    ("over the longer night", "2026-10-23", working_days(1), "2026-10-26"),
    ("the leap day is worked", "2028-02-28", working_days(1), "2028-02-29"),
    ("a month from the 31st", "2027-01-31", months(1), "2027-02-28"),
    ("a month from the 30th", "2027-01-30", months(1), "2027-02-28"),
    ("a month from the 31st in a leap year", "2028-01-31", months(1), "2028-02-29"),
    ("the last of February is only the 28th", "2027-02-28", months(1), "2027-03-28"),
    ("into a month of thirty", "2026-03-31", months(1), "2026-04-30"),
    ("half a year to February", "2026-08-31", months(6), "2027-02-28"),
    ("a quarter to February", "2026-11-30", months(3), "2027-02-28"),
    ("a year from the leap day", "2028-02-29", months(12), "2029-02-28"),
    ("four years from the leap day", "2028-02-29", months(48), "2032-02-29"),
    ("over the new year", "2026-12-15", months(1), "2027-01-15"),
    ("December to December", "2026-12-31", months(12), "2027-12-31"),
    ("two years and a month", "2026-10-31", months(25), "2028-11-30"),
    ("no months", "2026-12-15", months(0), "2026-12-15"),
    ("a month to the day of 25 hours", "2026-09-25", months(1), "2026-10-25"),
    ("half a year to a Saturday, moved", "2026-06-26", months(6).statutory().to_working_day(), "2026-12-28"),
]

# what the case shows, anchor, term, pauses, today, last day
PAUSED = [
    ("a hold of three days", "2026-06-01", days(10), "2026-06-05/2026-06-07", "", "2026-06-14"),
    ("a hold of one day", "2026-06-01", days(10), "2026-06-05/2026-06-05", "", "2026-06-12"),
    ("a hold before", "2026-06-01", days(10), "2026-05-20/2026-05-31", "", "2026-06-11"),
    ("a hold after", "2026-06-01", days(10), "2026-06-12/2026-06-20", "", "2026-06-11"),
    ("from the last day on", "2026-06-01", days(10), "2026-06-11/2026-06-12", "", "2026-06-13"),
    ("until the anchor", "2026-06-01", days(10), "2026-05-25/2026-06-01", "", "2026-06-11"),
    ("from the anchor on", "2026-06-01", days(10), "2026-06-01/2026-06-03", "", "2026-06-13"),
    ("overlapping", "2026-06-01", days(10), "2026-06-05/2026-06-07 2026-06-06/2026-06-09", "", "2026-06-16"),
    ("nested", "2026-06-01", days(10), "2026-06-05/2026-06-09 2026-06-06/2026-06-07", "", "2026-06-16"),
    ("the same twice", "2026-06-01", days(10), "2026-06-05/2026-06-07 2026-06-05/2026-06-07", "", "2026-06-14"),
    ("adjacent", "2026-06-01", days(10), "2026-06-05/2026-06-06 2026-06-07/2026-06-07", "", "2026-06-14"),
    ("chained", "2026-06-01", days(10), "2026-06-05/2026-06-07 2026-06-12/2026-06-13", "", "2026-06-16"),
    ("in any order", "2026-06-01", days(10), "2026-06-12/2026-06-13 2026-06-05/2026-06-07", "", "2026-06-16"),
    ("born during a hold", "2026-06-01", days(10), "2026-05-25/2026-06-10", "", "2026-06-20"),
    ("born in a hold, due at once", "2026-06-01", days(0), "2026-05-25/2026-06-10", "", "2026-06-11"),
    ("back-dated", "2026-06-01", days(10), "2026-06-02/2026-06-04", "2026-06-30", "2026-06-14"),
    ("back-dated and open", "2026-06-01", days(10), "2026-05-02/", "2026-06-04", "2026-06-14"),
    ("still open", "2026-06-01", days(10), "2026-06-05/", "2026-06-07", "2026-06-14"),
    ("still open a fortnight later", "2026-06-01", days(10), "2026-06-05/", "2026-06-20", "2026-06-27"),
    ("open from a later day on", "2026-06-01", days(10), "2026-06-05/", "2026-06-03", "2026-06-11"),
    ("opened when the term had passed", "2026-06-01", days(10), "2026-06-12/", "2026-06-20", "2026-06-11"),
    ("planned to end later", "2026-06-01", days(10), "2026-06-05/2026-06-07", "2026-06-06", "2026-06-14"),
    ("statutory", "2026-06-01", days(10).statutory(), "2026-06-05/2026-06-07", "", "2026-06-11"),
    ("statutory, hold still open", "2026-06-01", days(10).statutory(), "2026-06-05/", "", "2026-06-11"),
    ("two working days", "2026-11-23", working_days(5), "2026-11-25/2026-11-26", "", "2026-12-02"),
    ("only a weekend", "2026-11-23", working_days(5), "2026-11-28/2026-11-29", "", "2026-11-30"),
    ("Friday to Monday", "2026-11-23", working_days(5), "2026-11-27/2026-11-30", "", "2026-12-02"),
    ("only Christmas", "2026-12-21", working_days(5), "2026-12-24/2026-12-27", "", "2026-12-30"),
    ("around Christmas", "2026-12-21", working_days(5), "2026-12-22/2026-12-28", "", "2027-01-05"),
    ("born on a holiday in a hold", "2026-12-25", working_days(1), "2026-12-20/2026-12-28", "", "2026-12-29"),
    ("a month and five days", "2027-01-31", months(1), "2027-02-10/2027-02-14", "", "2027-03-05"),
    ("over the end of the month", "2026-06-01", months(1), "2026-06-30/2026-07-02", "", "2026-07-04"),
    ("a hold over the leap day", "2028-02-20", days(10), "2028-02-28/2028-03-01", "", "2028-03-04"),
    ("over the day of 25 hours", "2026-10-20", days(10), "2026-10-24/2026-10-26", "", "2026-11-02"),
    ("over the day of 23 hours", "2027-03-25", days(10), "2027-03-27/2027-03-29", "", "2027-04-07"),
    ("moved to a paused day", "2026-11-23", days(5).to_working_day(), "2026-11-30/2026-12-01", "", "2026-12-02"),
    ("an extension", "2026-06-01", extended(days(5), days(5)), "2026-06-08/2026-06-10", "", "2026-06-14"),
]

EXTENDED = [
    ("by the same unit", "2026-11-23", extended(working_days(14), working_days(5)), "2026-12-18"),
    ("days by working days", "2026-06-01", extended(days(10), working_days(2)), "2026-06-15"),
    ("a month by days", "2027-01-31", extended(months(1), days(5)), "2027-03-05"),
    ("a month by a month", "2027-01-31", extended(months(1), months(1)), "2027-03-31"),
    ("twice, in two units", "2026-06-01", extended(extended(days(10), working_days(1)), working_days(1)), "2026-06-15"),
    ("then to a working day", "2026-06-01", extended(days(10), days(2)).to_working_day(), "2026-06-15"),
    ("a parameter by a number", "2026-06-01", extended(days(Parameter("plan", 10)), days(2)), "2026-06-13"),
]


@pytest.mark.parametrize(("anchor", "term", "last"), [row[1:] for row in PLAIN], ids=[row[0] for row in PLAIN])
def test_a_term_ends_on_the_day_the_calendar_says(anchor: str, term: Term, last: str) -> None:
    assert deadline(day(anchor), term, POLAND) == day(last)


@pytest.mark.parametrize(
    ("anchor", "term", "holds", "today", "last"), [row[1:] for row in PAUSED], ids=[row[0] for row in PAUSED]
)
def test_the_days_of_a_hold_do_not_count(anchor: str, term: Term, holds: str, today: str, last: str) -> None:
    assert deadline(day(anchor), term, POLAND, pauses(holds), today=day(today) if today else None) == day(last)


@pytest.mark.parametrize(("anchor", "term", "last"), [row[1:] for row in EXTENDED], ids=[row[0] for row in EXTENDED])
def test_an_extension_starts_where_the_term_ended(anchor: str, term: Term, last: str) -> None:
    assert deadline(day(anchor), term, POLAND) == day(last)


@pytest.mark.parametrize(("term", "by"), [(days(28).statutory(), days(1)), (days(28), days(1).statutory())])
def test_a_statutory_term_cannot_be_extended(term: Term, by: Term) -> None:
    with pytest.raises(ValueError, match="statutory"):
        extended(term, by)


def test_an_open_hold_needs_to_know_what_day_it_is() -> None:
    with pytest.raises(ValueError, match="what day it is"):
        deadline(day("2026-06-01"), days(10), POLAND, pauses("2026-06-05/"))


def test_a_pause_does_not_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Pause(day("2026-06-05"), day("2026-06-04"))


def test_a_term_is_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        days(-1)


def test_a_term_takes_its_count_from_the_programme() -> None:
    term = extended(working_days(Parameter("eligibility_days", 14)), days(Parameter("extension_days", 7)))
    assert (term.count, term.parameter) == (14, "eligibility_days")
    ours = term.with_parameters({"eligibility_days": 10, "plan_days": 30})
    assert ours.count == 10
    assert ours.then == days(Parameter("extension_days", 7))


def test_a_term_without_a_parameter_is_nobody_elses() -> None:
    assert days(14).with_parameters({"eligibility_days": 10}) == days(14)


@pytest.mark.parametrize(
    ("anchor", "count", "there"),
    [
        ("2026-12-28", -1, "2026-12-23"),
        ("2026-12-24", 0, "2026-12-28"),
        ("2026-11-30", -5, "2026-11-23"),
        ("2027-01-04", -2, "2026-12-30"),
        ("2026-11-29", -1, "2026-11-27"),
    ],
)
def test_working_days_are_counted_in_both_directions(anchor: str, count: int, there: str) -> None:
    assert POLAND.add(day(anchor), count) == day(there)


def test_poland_has_fourteen_free_days_from_2025_on() -> None:
    assert [len(POLAND.free_days(year)) for year in (2024, 2025, 2026, 2027)] == [13, 14, 14, 14]


def test_another_country_has_its_own_holidays() -> None:
    germany = WorkingCalendar("DE")
    assert deadline(day("2026-04-02"), working_days(1), germany) == day("2026-04-07")  # Good Friday is free there


# Moments. Poland is at +02:00 until 25 October 2026, 03:00, and again from 28 March 2027, 02:00.
MOMENTS = [
    ("summer", "2026-10-24", 12, 0, "2026-10-24T10:00Z"),
    ("noon stays noon over the longer night", "2026-10-25", 12, 0, "2026-10-25T11:00Z"),
    ("noon stays noon over the shorter night", "2027-03-28", 12, 0, "2027-03-28T10:00Z"),
    ("winter", "2027-03-27", 12, 0, "2027-03-27T11:00Z"),
    ("half past two comes twice: the first", "2026-10-25", 2, 30, "2026-10-25T00:30Z"),
    ("half past two does not come: half past three", "2027-03-28", 2, 30, "2027-03-28T01:30Z"),
    ("three is unambiguous in autumn", "2026-10-25", 3, 0, "2026-10-25T02:00Z"),
]


@pytest.mark.parametrize(("on", "hour", "minute", "utc"), [row[1:] for row in MOMENTS], ids=[row[0] for row in MOMENTS])
def test_a_moment_is_told_by_the_clock_on_the_wall(on: str, hour: int, minute: int, utc: str) -> None:
    assert moment(day(on), hour, minute).astimezone(UTC) == datetime.fromisoformat(utc)


def test_a_skipped_hour_is_shown_as_the_hour_after_it() -> None:
    assert moment(day("2027-03-28"), 2, 30).isoformat() == "2027-03-28T03:30:00+02:00"


@pytest.mark.parametrize(
    ("on", "hours"),
    [("2026-10-24", 24), ("2026-10-25", 25), ("2026-10-26", 24), ("2027-03-28", 23), ("2027-03-29", 24)],
)
def test_a_local_day_is_as_long_as_it_is(on: str, hours: int) -> None:
    length = start_of_local_day(day(on) + timedelta(1)).astimezone(UTC) - start_of_local_day(day(on)).astimezone(UTC)
    assert length == timedelta(hours=hours)


def test_adding_a_day_in_utc_would_miss_the_hour() -> None:
    noon = moment(day("2026-10-24"), 12)
    a_day_later_in_utc = noon.astimezone(UTC) + timedelta(days=1)
    assert moment(day("2026-10-25"), 12) - a_day_later_in_utc == timedelta(hours=1)


# Properties.
DAYS = st.dates(day("2024-01-01"), day("2029-12-31"))
UNITS = st.sampled_from(["days", "working_days", "months"])
COUNTS = st.integers(0, 40)
TERMS = st.builds(Term, COUNTS, UNITS, ends_on_working_day=st.booleans())


@st.composite
def holds(draw: st.DrawFn) -> Pause:
    first = draw(DAYS)
    return Pause(first, first + timedelta(draw(st.integers(0, 60))))


HOLDS = st.lists(holds(), max_size=4)


@given(DAYS, COUNTS, UNITS, HOLDS)
def test_a_longer_term_never_ends_earlier(anchor: date, count: int, unit: str, around: list[Pause]) -> None:
    assert deadline(anchor, Term(count, unit), POLAND, around) <= deadline(
        anchor, Term(count + 1, unit), POLAND, around
    )


@given(DAYS, TERMS, HOLDS)
def test_a_term_never_ends_before_its_anchor_nor_during_a_hold(anchor: date, term: Term, around: list[Pause]) -> None:
    last = deadline(anchor, term, POLAND, around)
    assert last >= anchor
    assert not any(hold.starts_on <= last <= hold.ends_on for hold in around)


@given(DAYS, COUNTS)
def test_without_a_hold_days_are_plain_arithmetic(anchor: date, count: int) -> None:
    assert deadline(anchor, days(count), POLAND) == anchor + timedelta(count)


@given(DAYS, st.integers(1, 40))
def test_without_a_hold_working_days_are_the_calendars(anchor: date, count: int) -> None:
    last = deadline(anchor, working_days(count), POLAND)
    between = [anchor + timedelta(n) for n in range(1, (last - anchor).days + 1)]
    assert sum(POLAND.is_working(each) for each in between) == count
    assert POLAND.is_working(last)


@given(DAYS, TERMS, HOLDS)
def test_a_hold_outside_the_term_changes_nothing(anchor: date, term: Term, around: list[Pause]) -> None:
    plain = deadline(anchor, term, POLAND)
    outside = [hold for hold in around if hold.ends_on < anchor or hold.starts_on > plain]
    assert deadline(anchor, term, POLAND, outside) == plain


@given(DAYS, TERMS, HOLDS, holds())
def test_another_hold_never_makes_it_earlier(anchor: date, term: Term, around: list[Pause], another: Pause) -> None:
    assert deadline(anchor, term, POLAND, [*around, another]) >= deadline(anchor, term, POLAND, around)


@given(DAYS, TERMS, HOLDS, holds(), st.integers(0, 59))
def test_one_hold_in_two_adjacent_parts_is_the_same_hold(
    anchor: date, term: Term, around: list[Pause], whole: Pause, at: int
) -> None:
    first_ends = min(whole.starts_on + timedelta(at), whole.ends_on)
    parts = [Pause(whole.starts_on, first_ends)]
    if first_ends < whole.ends_on:
        parts.append(Pause(first_ends + timedelta(1), whole.ends_on))
    assert deadline(anchor, term, POLAND, [*around, *parts]) == deadline(anchor, term, POLAND, [*around, whole])


@given(DAYS, TERMS, HOLDS)
def test_the_order_of_holds_does_not_matter(anchor: date, term: Term, around: list[Pause]) -> None:
    assert deadline(anchor, term, POLAND, around[::-1]) == deadline(anchor, term, POLAND, around)


@given(DAYS, TERMS, HOLDS)
def test_nothing_moves_a_statutory_term(anchor: date, term: Term, around: list[Pause]) -> None:
    assert deadline(anchor, term.statutory(), POLAND, around) == deadline(anchor, term, POLAND)


@given(DAYS, TERMS, DAYS, DAYS)
def test_an_open_hold_is_one_that_ends_today(anchor: date, term: Term, starts_on: date, today: date) -> None:
    ended = [Pause(starts_on, today)] if starts_on <= today else []
    assert deadline(anchor, term, POLAND, [Pause(starts_on)], today=today) == deadline(anchor, term, POLAND, ended)


@given(DAYS, COUNTS, COUNTS, st.sampled_from([days, working_days]), HOLDS)
def test_an_extension_in_the_same_unit_is_a_longer_term(anchor, count, more, unit, around) -> None:
    chained = Term(count, unit(0).unit, then=unit(more))
    assert count == 0 or deadline(anchor, chained, POLAND, around) == deadline(
        anchor, extended(unit(count), unit(more)), POLAND, around
    )
