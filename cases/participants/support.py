"""What a person received in a period: hours, dates and kinds, from the sessions."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localdate

from cases.models import Attendance, Session
from cases.participants.models import Review
from cases.templatetags.hours import in_hours
from workflows.deadlines import WorkingCalendar, deadline, months, start_of_local_day
from workflows.models import Case

#: How long the period of a first review is, by its kind, in months.
LENGTH = {Review.Kind.MONTH: 1, Review.Kind.PLAN: 3}
ONE_DAY = timedelta(days=1)
LONGEST_MONTH = timedelta(days=31)
CALENDAR = WorkingCalendar()


@dataclass(frozen=True)
class SupportOfPeriod:
    """The sessions that were held for a case in a period, as the reviews and statements read them."""

    attendances: list[Attendance]

    @property
    def hours(self) -> Decimal:
        """The hours that count."""
        return sum((attendance.counted_hours for attendance in self.attendances), Decimal(0))

    @property
    def by_kind(self) -> dict[str, Decimal]:
        """Hours by the word for the kind of session."""
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for attendance in self.attendances:
            found[attendance.session.get_kind_display()] += attendance.counted_hours
        return dict(found)

    @property
    def lines(self) -> list[str]:
        """A line a session: day, kind, topic, hours."""
        return [_line(attendance) for attendance in self.attendances]


def support_in(case: Case, first: date, last: date) -> SupportOfPeriod:
    """What the person was present at from a day to a day, both inclusive. One query."""
    held = Session.objects.held().between(start_of_local_day(first), start_of_local_day(last + ONE_DAY))
    there = Attendance.objects.counting().filter(case=case, session__in=held)
    return SupportOfPeriod(list(there.select_related("session").order_by("session__starts_at", "pk")))


def period_of(case: Any, kind: Review.Kind, *, until: date) -> tuple[date, date]:
    """What a review covers: from the day after the last one of its kind, else from a term before, never before admission."""
    earlier = Review.objects.filter(case=case, kind=kind, until__lt=until).order_by("-until").first()
    if earlier is not None:
        return earlier.until + ONE_DAY, until
    begun = case.admitted_on or case.opened_on
    first = max(begun, until - LONGEST_MONTH * LENGTH[kind])
    while deadline(first, months(LENGTH[kind]), CALENDAR) < until:
        first += ONE_DAY
    return first, until


def _line(attendance: Attendance) -> str:
    session = attendance.session
    day = date_format(localdate(session.starts_at), "SHORT_DATE_FORMAT")
    what = session.get_kind_display() + (f" – {session.topic}" if session.topic else "")
    return f"{day}: {what}, {in_hours(attendance.counted_hours)} h"
