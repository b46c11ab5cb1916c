"""Calendars as the standard writes them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cases.ical import Entry, calendar, folded


def lines_of(content: bytes) -> list[str]:
    """What a reader makes of it: folded lines joined again."""
    return content.decode().replace("\r\n ", "").split("\r\n")


def entry(**facts) -> Entry:
    known = {
        "uid": "task-1@example.org",
        "stamp": datetime(2026, 3, 1, 9, tzinfo=UTC),
        "begins": date(2026, 3, 31),
        "ends": None,
        "summary": "U/2026/1: check",
    }
    return Entry(**known | facts)


def test_a_calendar_without_entries_is_whole():
    assert lines_of(calendar("Mine", [])) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Spoiwo//Calendar//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Mine",
        "END:VCALENDAR",
        "",
    ]


def test_a_day_ends_before_the_next_and_takes_no_time():
    found = lines_of(calendar("x", [entry()]))
    assert found[5:-2] == [
        "BEGIN:VEVENT",
        "UID:task-1@example.org",
        "DTSTAMP:20260301T090000Z",
        "DTSTART;VALUE=DATE:20260331",
        "DTEND;VALUE=DATE:20260401",
        "TRANSP:TRANSPARENT",
        "SUMMARY:U/2026/1: check",
        "END:VEVENT",
    ]


@pytest.mark.parametrize(("month", "hour"), [(3, "07"), (7, "06")])
def test_moments_are_in_utc_in_winter_and_in_summer(month, hour):
    begins = datetime(2026, month, 2, 8, tzinfo=ZoneInfo("Europe/Warsaw"))
    found = lines_of(calendar("x", [entry(begins=begins, ends=begins.replace(hour=9))]))
    assert f"DTSTART:2026{month:02d}02T{hour}0000Z" in found
    assert not [line for line in found if "TRANSP" in line]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a,b;c", "a\\,b\\;c"),
        ("back\\slash", "back\\\\slash"),
        ("two\r\nlines", "two\\nlines"),
        ("bell\x07 and \x7f", "bell and "),
        ("END:VEVENT\nBEGIN:VALARM", "END:VEVENT\\nBEGIN:VALARM"),
    ],
)
def test_texts_are_escaped(text, written):
    assert f"SUMMARY:{written}" in lines_of(calendar("x", [entry(summary=text)]))


def test_an_address_brings_no_line_of_its_own():
    found = lines_of(calendar("x", [entry(url="https://example.org/\r\nSUMMARY:x")]))
    assert "URL:https://example.org/SUMMARY:x" in found


@pytest.mark.parametrize("char", ["a", "ż", "€", "😀"])
@pytest.mark.parametrize("count", [1, 37, 73, 74, 75, 76, 149, 150, 300])
def test_lines_are_folded_at_75_octets_and_never_within_a_character(char, count):
    line = char * count
    content = folded(line)
    assert content.endswith(b"\r\n")
    parts = content[:-2].split(b"\r\n")
    assert all(len(part) <= 75 for part in parts)
    assert all(part.startswith(b" ") for part in parts[1:])
    assert "".join(part.decode()[bool(number) :] for number, part in enumerate(parts)) == line
