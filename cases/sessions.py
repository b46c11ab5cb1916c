"""Verbs on sessions: plan, hold, cancel, and add up."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Attendance, Session
from cases.models.base import may_write
from roles.models import User
from roles.services.acting import acting
from workflows.deadlines import start_of_local_day
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import Case

Status = Session.Status
Confirmation = Attendance.Confirmation


def plan_session(session: Session, cases: Sequence[Case], *, by: User, at: datetime | None = None) -> Session:
    """Put a new session into the calendar, for one case or many of one organisation."""
    at = at or timezone.now()
    if not cases:
        raise NotYet(_("Say who takes part."))
    _check_cases(cases, by, at)
    if len({case.organisation_id for case in cases}) > 1:
        raise NotYet(_("A session is for people of one organisation."))
    _check_leader(session.leader, cases, by, at)
    with acting(by, at):
        session.organisation_id, session.recorded_by, session.recorded_at = cases[0].organisation_id, by, at
        session.full_clean()
        session.save()
        Attendance.objects.bulk_create(Attendance(session=session, case=case) for case in cases)
        return session


def change_session(
    session: Session, cases: Sequence[Case], *, by: User, at: datetime | None = None, **facts: Any
) -> Session:
    """Change a session that is still planned: who takes part, who leads it, when, where, about what."""
    at = at or timezone.now()
    with acting(by, at):
        there = {attendance.case_id for attendance in _take(session, by, at)}
        if session.status != Status.PLANNED:
            raise TooLate(_("It is not planned any more."))
        if not cases:
            raise NotYet(_("Say who takes part."))
        new = [case for case in cases if case.pk not in there]
        _check_cases(new, by, at)
        if any(case.organisation_id != session.organisation_id for case in new):
            raise NotYet(_("A session is for people of one organisation."))
        leader = session.leader_id
        for name, value in facts.items():
            setattr(session, name, value)
        _check_leader(session.leader, new if session.leader_id == leader else cases, by, at)
        session.full_clean()
        session.save(update_fields=list(facts))
        session.attendances.exclude(case__in=cases).delete()
        Attendance.objects.bulk_create(Attendance(session=session, case=case) for case in new)
        return session


def hold_session(
    session: Session,
    *,
    by: User,
    present: Collection[int] | Mapping[int, Decimal | None],
    hours: Decimal | None = None,
    at: datetime | None = None,
) -> Session:
    """Write down that it took place and for whom, by keys of cases, with a person's own hours if they were fewer.

    May be corrected until somebody has confirmed it. With nobody present it is a session that nobody came to.
    """
    at = at or timezone.now()
    with acting(by, at):
        attendances = _take(session, by, at)
        if session.starts_at > at:
            raise NotYet(_("It has not started yet."))
        own_hours = dict(present) if isinstance(present, Mapping) else dict.fromkeys(present)
        if own_hours.keys() - {attendance.case_id for attendance in attendances}:
            raise NotYet(_("Somebody present was not planned for this session."))
        session.status = Status.HELD if own_hours else Status.NO_SHOW
        session.hours = hours or session.hours
        session.full_clean()
        session.save(update_fields=["status", "hours"])
        for attendance in attendances:
            attendance.present = attendance.case_id in own_hours
            attendance.hours = own_hours.get(attendance.case_id)
            attendance.confirmation = Confirmation.NOT_ASKED
            attendance.full_clean(exclude=["session", "case"])
        Attendance.objects.bulk_update(attendances, ["present", "hours", "confirmation"])
        return session


def log_session(
    session: Session,
    cases: Sequence[Case],
    *,
    by: User,
    present: Collection[int] | None = None,
    at: datetime | None = None,
) -> Session:
    """Write down in one go a session that was never planned; without more, everybody was there."""
    at = at or timezone.now()
    everybody = [case.pk for case in cases]
    with acting(by, at):
        plan_session(session, cases, by=by, at=at)
        return hold_session(session, by=by, present=everybody if present is None else present, at=at)


def record_no_show(session: Session, *, by: User, at: datetime | None = None) -> Session:
    """Write down that nobody came."""
    return hold_session(session, by=by, present=(), at=at)


def cancel_session(session: Session, *, by: User, reason: str, at: datetime | None = None) -> Session:
    """Call it off, with a reason; one that was held cannot be."""
    at = at or timezone.now()
    with acting(by, at):
        _take(session, by, at)
        if session.status != Status.PLANNED:
            raise TooLate(_("It is not planned any more."))
        if not reason.strip():
            raise NotYet(_("Say why it is cancelled."))
        session.status, session.cancelled_because = Status.CANCELLED, reason.strip()
        session.full_clean()
        session.save(update_fields=["status", "cancelled_because"])
        return session


def _take(session: Session, by: User, at: datetime) -> list[Attendance]:
    """Lock a session that may still change, read it anew, and give who takes part in it.

    Leading it is no right: whoever writes it up works with everybody in it on that day.
    """
    Session.objects.select_for_update().get(pk=session.pk)
    session.refresh_from_db()
    attendances = list(session.attendances.select_related("case").order_by("pk"))
    _check_cases([attendance.case for attendance in attendances], by, at)
    if session.status == Status.CANCELLED:
        raise TooLate(_("It has been cancelled."))
    if any(attendance.answered_at for attendance in attendances):
        raise TooLate(_("Somebody who took part has answered for it already."))
    return attendances


def may_change(session: Session, *, by: User, at: datetime) -> bool:
    """Whether the person works with everybody in the session, and so may write it up or call it off."""
    return not session.attendances.exclude(case__in=may_write(by, at)).exists()


def _check_leader(leader: User, cases: Collection[Case], by: User, at: datetime) -> None:
    """A colleague may lead where they could record the session themselves."""
    if leader.pk == by.pk:
        return
    keys = {case.pk for case in cases}
    if may_write(leader, at).filter(pk__in=keys).count() < len(keys):
        raise NotYet(_("%(person)s may not lead sessions of all these people.") % {"person": leader})


def _check_cases(cases: Collection[Case], by: User, at: datetime) -> None:
    keys = {case.pk for case in cases}
    if may_write(by, at).filter(pk__in=keys).count() < len(keys):
        raise NotYou(_("You may not record sessions of these people."))


@dataclass
class MonthlyStatement:
    """What a case received in a month: every session that took place, and hours by kind."""

    attendances: list[Attendance]
    hours: dict[str, Decimal] = field(default_factory=dict)
    confirmed: Decimal = Decimal(0)
    disputed: int = 0

    @property
    def total(self) -> Decimal:
        """All hours that count."""
        return sum(self.hours.values(), Decimal(0))


def monthly_hours(case: Case, year: int, month: int) -> MonthlyStatement:
    """The statement of a local calendar month; what the person says did not happen is listed and does not count."""
    first, after = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    held = Session.objects.held().between(start_of_local_day(first), start_of_local_day(after))
    attendances = case.attendances.filter(session__in=held, present=True).select_related("session")
    statement = MonthlyStatement(list(attendances.order_by("session__starts_at", "pk")))
    hours: defaultdict[str, Decimal] = defaultdict(Decimal)
    for attendance in statement.attendances:
        hours[attendance.session.kind] += attendance.counted_hours
        statement.confirmed += attendance.counted_hours if attendance.confirmation == Confirmation.CONFIRMED else 0
        statement.disputed += attendance.confirmation == Confirmation.DISPUTED
    statement.hours = {kind: total for kind, total in sorted(hours.items()) if total}
    return statement
