"""When a term ends: dates in, a date out. Anchor, term and holds are stored; the deadline is only their result.

The rules (art. 57 of the code of administrative procedure, arts. 111–115 of the civil code):

- the day something happened on is not counted; a term ends at the end of its last day;
- a term in months ends on the day with the same number, or on the month's last day;
- an internal term does not count the days of a hold; a statutory term counts every day, and nothing extends it;
- a term that says `to_working_day` and ends on a Saturday or a day free by law ends on the next working day.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol, get_args

import holidays
from django.utils import timezone

Unit = Literal["days", "working_days", "months"]
ONE_DAY = timedelta(days=1)


class Numbered(Protocol):
    """What a term needs of a programme's parameter: its name and the count that holds without a value of its own."""

    @property
    def name(self) -> str: ...
    @property
    def default(self) -> int: ...


@dataclass(frozen=True)
class Term:
    """How long something may take, counted from an anchor day; internal unless it says that it is statutory."""

    count: int
    unit: Unit
    is_statutory: bool = False
    parameter: str | None = None
    ends_on_working_day: bool = False
    then: "Term | None" = None

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("A term cannot be negative.")

    def statutory(self) -> "Term":
        """The same term set by law or by the grant: no hold and no extension moves it."""
        return replace(self, is_statutory=True)

    def to_working_day(self) -> "Term":
        """The same term, moved past a Saturday or a day free by law that it would end on; off by default."""
        return replace(self, ends_on_working_day=True)

    def with_parameters(self, values: Mapping[str, int]) -> "Term":
        """The same term with the counts that the programme sets for its parameters, where it sets any."""
        count = values.get(self.parameter, self.count) if self.parameter else self.count
        return replace(self, count=count, then=self.then.with_parameters(values) if self.then else None)

    def times(self, count: int) -> "Term":
        """The same term so many times over, for what comes round again: counted from the first anchor, months do not drift."""
        return replace(self, count=self.count * count)

    def __str__(self) -> str:
        """As it is stored with an item: `working_days:14`, `days:28!` (statutory), `days:14>` (to a working day), joined by `+`."""
        marks = "!" * self.is_statutory + ">" * self.ends_on_working_day
        return f"{self.unit}:{self.count}{marks}" + (f"+{self.then}" if self.then else "")

    @classmethod
    def parse(cls, text: str) -> "Term":
        """The term that `str` wrote. Raises ValueError for anything else."""
        first, _plus, then = text.partition("+")
        unit, _colon, count = first.rstrip("!>").partition(":")
        if unit not in get_args(Unit):
            raise ValueError(f"not a term: {text!r}")
        return cls(int(count), unit, "!" in first, None, ">" in first, cls.parse(then) if then else None)  # type: ignore[arg-type]


def days(count: int | Numbered) -> Term:
    """A term in calendar days, from a number or from a programme's parameter."""
    return _term(count, "days")


def working_days(count: int | Numbered) -> Term:
    """A term in working days, from a number or from a programme's parameter."""
    return _term(count, "working_days")


def months(count: int | Numbered) -> Term:
    """A term in calendar months, from a number or from a programme's parameter."""
    return _term(count, "months")


def _term(count: int | Numbered, unit: Unit) -> Term:
    return Term(count, unit) if isinstance(count, int) else Term(count.default, unit, parameter=count.name)


def extended(term: Term, by: Term) -> Term:
    """The term made longer: a sum where both are plain numbers of one unit, otherwise `by` starts where the term ended.

    ValueError if either is statutory.
    """
    if term.is_statutory or by.is_statutory:
        raise ValueError("A statutory term cannot be extended.")
    if term.then:
        return replace(term, then=extended(term.then, by))
    if term.unit == by.unit and not (term.parameter or by.parameter or by.then):
        return replace(term, count=term.count + by.count)
    return replace(term, then=by)


@dataclass(frozen=True)
class Pause:
    """Days that do not count, both ends included; without an end it still runs."""

    starts_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        if self.ends_on and self.ends_on < self.starts_on:
            raise ValueError("A pause ends before it starts.")

    def last_day(self, today: date | None) -> date:
        """Its end, or today while it still runs; ValueError if nobody says what day it is."""
        last = self.ends_on or today
        if last is None:
            raise ValueError("A pause without an end needs to know what day it is.")
        return last


@dataclass(frozen=True)
class WorkingCalendar:
    """The working days of a country: Monday to Friday without its public holidays, each year loaded once."""

    country: str = "PL"
    _free: dict[int, frozenset[date]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def free_days(self, year: int) -> frozenset[date]:
        """The days free by law in a year; in Poland 24 December since 2025."""
        if year not in self._free:
            self._free[year] = frozenset(holidays.country_holidays(self.country, years=year))
        return self._free[year]

    def is_working(self, day: date) -> bool:
        """Whether the day is a Monday to Friday and not free by law."""
        return day.weekday() < 5 and day not in self.free_days(day.year)

    def add(self, day: date, count: int) -> date:
        """The working day `count` working days after the day, or before it when negative."""
        step = ONE_DAY if count >= 0 else -ONE_DAY
        return _walk(day, abs(count), self.is_working, step)


def deadline(
    anchor: date, term: Term, calendar: WorkingCalendar, pauses: Sequence[Pause] = (), *, today: date | None = None
) -> date:
    """The last day of the term, counted from the day after the anchor.

    A pause that still runs is taken to end `today`: the deadline moves with the calendar and never passes during a
    hold (a stored result is right on the day it was computed). One that passed before the pause stays passed.
    """
    paused = [] if term.is_statutory else [(pause.starts_on, pause.last_day(today)) for pause in pauses]
    day, part = anchor, term
    while True:
        day = _walk(day, _length(day, part), _counting(part.unit, calendar, paused))
        if part.then is None:
            break
        part = part.then
    return _walk(day, 0, _counting("working_days", calendar, paused)) if term.ends_on_working_day else day


def _length(anchor: date, term: Term) -> int:
    """How many days that count the term is long; months become calendar days of their own."""
    return (_months_later(anchor, term.count) - anchor).days if term.unit == "months" else term.count


def _counting(unit: Unit, calendar: WorkingCalendar, paused: Sequence[tuple[date, date]]) -> Callable[[date], bool]:
    def counts(day: date) -> bool:
        if unit == "working_days" and not calendar.is_working(day):
            return False
        return not any(first <= day <= last for first, last in paused)

    return counts


def _walk(day: date, count: int, counts: Callable[[date], bool], step: timedelta = ONE_DAY) -> date:
    """The day on which `count` counted days have gone by; a term of none ends on the first day that counts."""
    while count:
        day += step
        count -= counts(day)
    while not counts(day):
        day += step
    return day


def _months_later(day: date, count: int) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """The wall-clock time of a local day, aware; of a doubled hour the first, of a skipped one the hour after it."""
    wall = datetime.combine(day, time(hour, minute), timezone.get_default_timezone())
    return wall.astimezone(UTC).astimezone(timezone.get_default_timezone())


def start_of_local_day(day: date) -> datetime:
    """The first moment of a local day, aware; a term that ended on the day before has passed from here on."""
    return moment(day, 0)
