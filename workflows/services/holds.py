"""Holds: while one lasts, internal deadlines stop. Every deadline is computed anew from anchor, term and holds, never shifted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from roles.models import User, clock_of
from roles.role import Role
from workflows.batch import BACKDATING_DAYS, Batch, batch
from workflows.deadlines import ONE_DAY, Term, start_of_local_day
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import Case, Heartbeat, Hold, WorkItem
from workflows.parameters import parameter
from workflows.standing import Standing

HOLD_DAYS_CAP = parameter(
    "hold_days_cap", 180, gettext_lazy("For how long a case may be on hold, all in all"), unit=gettext_lazy("days")
)
#: Who may suspend a case of their scope.
SUSPEND = (Role.TUTOR, Role.COORDINATOR, Role.SUPERVISOR)
CHUNK = 100
RECOMPUTED = "holds.recomputed"


def put_on_hold(
    case: Case,
    *,
    by: User,
    starts_on: date,
    reason: str,
    ends_on: date | None = None,
    note: str = "",
    at: datetime | None = None,
) -> Hold:
    """Suspend a case from a day to a day, both inclusive, or until further notice; its open internal deadlines move at once.

    Raises NotYou, TooLate, or NotYet when the days are impossible, overlap with another hold or exceed the programme's cap.
    """
    with _suspending(case, by, at) as (unit, locked):
        hold = _new(unit, locked, starts_on, ends_on, reason, note)
        _check(unit, locked, hold, said=[starts_on])
        hold.save()
    return hold


def end_hold(case: Case, *, by: User, on: date, at: datetime | None = None) -> Hold:
    """Give the running hold its last day. Raises NotYou, TooLate when none runs, or NotYet for an impossible day."""
    with _suspending(case, by, at) as (unit, locked):
        hold = Hold.objects.open().filter(case=locked).first()
        if hold is None:
            raise TooLate(_("This case is not on hold."))
        hold.ends_on, hold.ended_by = on, by
        _check(unit, locked, hold, said=[on])
        hold.save(update_fields=["ends_on", "ended_by"])
    return hold


def correct_hold(
    hold: Hold,
    *,
    by: User,
    starts_on: date,
    reason: str,
    ends_on: date | None = None,
    note: str = "",
    at: datetime | None = None,
) -> Hold:
    """Put the right days or reason in place of a hold; the wrong row stays, and counts no more. Raises as `put_on_hold`."""
    with _suspending(hold.case, by, at) as (unit, locked):
        _withdraw(hold, unit)
        right = _new(unit, locked, starts_on, ends_on, reason, note)
        _check(
            unit,
            locked,
            right,
            said=[day for day in (starts_on, ends_on) if day and day not in (hold.starts_on, hold.ends_on)],
        )
        right.save()
    return right


def withdraw_hold(hold: Hold, *, by: User, at: datetime | None = None) -> Hold:
    """Take back a hold that should never have been; the row stays, and counts no more. Raises NotYou or TooLate."""
    with _suspending(hold.case, by, at) as (unit, _locked):
        _withdraw(hold, unit)
    return hold


def recompute(unit: Batch, case: Case) -> None:
    """Compute the deadline of every open item of the case anew, and the moment of every timer. Statutory ones come out the same."""
    for item in unit.open_items(case):
        if item.term:
            recompute_one(unit, item)


def recompute_one(unit: Batch, item: WorkItem) -> None:
    """The same for one item; one without an anchor has a day of its own."""
    if item.anchor is None:
        return
    day = unit.due(item.case, item.anchor, Term.parse(item.term))
    if item.scheduled is None:
        item.due = day
    elif not (item.attempts and start_of_local_day(day) <= unit.at):  # one that is being tried again keeps its turn
        item.scheduled = start_of_local_day(day)


def keep_still(unit: Batch, case: Case) -> None:
    """While a hold runs, deadlines move with the calendar: bring them up to the unit's day."""
    if any(pause.ends_on is None for pause in unit.pauses(case)):
        recompute(unit, case)


def recompute_held(at: datetime) -> int:
    """Once a day, bring the deadlines of every case on hold up to date, and end holds that have used up the cap; how many cases.

    A case that somebody holds just now is left for the next call on that day.
    """
    if _recomputed_on(localdate(at)):
        return 0
    held = list(Hold.objects.open().order_by("case_id").values_list("case_id", flat=True))
    done = sum(_recompute_chunk(held[first : first + CHUNK], at) for first in range(0, len(held), CHUNK))
    if done == len(held):
        Heartbeat.objects.bulk_create(
            [Heartbeat(name=RECOMPUTED, at=at)], update_conflicts=True, unique_fields=["name"], update_fields=["at"]
        )
    return done


def days_on_hold(holds: list[Hold], today: date) -> int:
    """For how many days a case has been on hold, counting one that runs up to today."""
    return sum(max(((hold.ends_on or today) - hold.starts_on).days + 1, 0) for hold in holds)


@contextmanager
def _suspending(case: Case, by: User, at: datetime | None) -> Iterator[tuple[Batch, Case]]:
    """The locked case, once the person may; what is open is computed anew at the end."""
    with batch([case.pk], by=by, at=at or timezone.now()) as unit:
        locked = unit.cases[case.pk]
        standing = Standing.of(by, unit.today)
        if not any(standing.acts_as(role, locked) for role in SUSPEND):
            raise NotYou(_("Your role does not put cases on hold here."))
        if locked.finished is not None:
            raise TooLate(_("The case is closed."))
        yield unit, locked
        recompute(unit, locked)


def _withdraw(hold: Hold, unit: Batch) -> None:
    changed = Hold.objects.standing().filter(pk=hold.pk).update(corrected_at=unit.at, corrected_by=unit.by)
    if not changed:
        raise TooLate(_("This hold was corrected already."))


def _new(unit: Batch, case: Case, starts_on: date, ends_on: date | None, reason: str, note: str) -> Hold:
    coded = Hold.Reason(reason)
    return Hold(
        case=case, starts_on=starts_on, ends_on=ends_on, reason=coded, note=note, opened_by=unit.by, opened_at=unit.at
    )


def _check(unit: Batch, case: Case, hold: Hold, *, said: list[date]) -> None:
    """Raise NotYet when the hold cannot be as it is; `said` are the days that are being entered now."""
    others = [other for other in Hold.objects.standing().filter(case=case) if other.pk != hold.pk]
    faults = [*_day_faults(unit, case, hold, said), *_overlap_faults(hold, others)]
    cap = case.programme.value(HOLD_DAYS_CAP, unit.today)
    if not faults and days_on_hold([*others, hold], unit.today) > cap:
        faults = [_("The programme allows %(days)s days on hold, all in all.") % {"days": cap}]
    if faults:
        raise NotYet.because(faults)


def _day_faults(unit: Batch, case: Case, hold: Hold, said: list[date]) -> list[str]:
    limit = case.programme.value(BACKDATING_DAYS, unit.today)
    if hold.ends_on and hold.ends_on < hold.starts_on:
        return [_("A hold cannot end before it starts.")]
    if hold.starts_on < case.opened_on:
        return [_("The case was not open on that day.")]
    if any((unit.today - day).days > limit for day in said):
        return [_("It cannot be back-dated by more than %(days)s days.") % {"days": limit}]
    return []


def _overlap_faults(hold: Hold, others: list[Hold]) -> list[str]:
    last = hold.ends_on or date.max
    if any(other.starts_on <= last and hold.starts_on <= (other.ends_on or date.max) for other in others):
        return [_("The case is on hold on some of these days already.")]
    return []


def _recompute_chunk(cases: list[int], at: datetime) -> int:
    with batch(cases, by=clock_of(), at=at, skip_locked=True) as unit:
        holds = list(Hold.objects.standing().filter(case__in=list(unit.cases)))
        for running in (hold for hold in holds if hold.ends_on is None):
            _end_at_the_cap(unit, running, [hold for hold in holds if hold.case_id == running.case_id and hold.ends_on])
        for case in unit.cases.values():
            recompute(unit, case)
    return len(unit.cases)


def _end_at_the_cap(unit: Batch, hold: Hold, ended: list[Hold]) -> None:
    """A hold that nobody ended ends by itself on the last day that the programme allows."""
    cap = unit.cases[hold.case_id].programme.value(HOLD_DAYS_CAP, unit.today)
    left = cap - days_on_hold(ended, unit.today)
    last = hold.starts_on + timedelta(days=max(left, 1)) - ONE_DAY
    if last < unit.today:
        hold.ends_on, hold.ended_by = last, unit.by
        hold.save(update_fields=["ends_on", "ended_by"])


def _recomputed_on(day: date) -> bool:
    last = Heartbeat.objects.filter(name=RECOMPUTED).values_list("at", flat=True).first()
    return last is not None and localdate(last) >= day
