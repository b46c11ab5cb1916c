"""Verbs on ESF+ records: what was so at entry, at exit and six months later, and which criteria are met."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.completeness import faults_at_exit, faults_of_the_start
from cases.models import (
    Convictions,
    Criterion,
    Document,
    EntryData,
    ExitData,
    ExitSituation,
    FollowUpData,
    PrivateBarriers,
    SensitiveAnswers,
)
from cases.models.base import WRITES_FACTS, cases_open_to, may_write
from roles.models import Territory, User
from roles.role import READS_SPECIAL_CATEGORIES
from roles.services.acting import acting
from workflows.errors import NotYet, NotYou
from workflows.models import Case

#: What is said of a situation after leaving.
OF_A_SITUATION = ("observed_on", "evidence", "document_id")

Fact = TypeVar("Fact", bound=models.Model)


def first_support_of(case: Case) -> date | None:
    """The day of the first session that the case was present at; None before that."""
    there = case.attendances.filter(present=True).order_by("session__starts_at")
    first = there.values_list("session__starts_at", flat=True).first()
    return timezone.localdate(first) if first else None


def record_entry_data(case: Case, *, by: User, at: datetime | None = None, **fields: Any) -> EntryData:
    """Write down, or correct, the situation on the day support started; ValidationError for impossible facts."""
    _check_start(case, fields.get("starts_on"), timezone.localdate(at))
    if fields.get("gmina") and not fields.get("gmina_unit"):
        fields["gmina_unit"] = _unit_called(fields["gmina"], fields.get("powiat"))
    return _record(EntryData, case, by, at, fields)


def record_answers(case: Case, *, by: User, at: datetime | None = None, **fields: Any) -> SensitiveAnswers:
    """Write down, or correct, the four answers that may be refused."""
    return _record(SensitiveAnswers, case, by, at, fields)


def may_record_convictions(case: Case, *, by: User, at: datetime | None = None) -> bool:
    """Whether the person works on the case in a role that reads special categories."""
    writers = READS_SPECIAL_CATEGORIES & WRITES_FACTS
    return cases_open_to(by, writers, at or timezone.now()).filter(pk=case.pk).exists()


def record_convictions(case: Case, *, by: User, declared: str, at: datetime | None = None) -> Convictions:
    """Write down whether convictions are declared: for roles that may read it back. Raises NotYou."""
    if not may_record_convictions(case, by=by, at=at):
        raise NotYou(_("This is for those who work with this person, in certain roles."))
    return _record(Convictions, case, by, at, {"declared": declared})


def record_private_barriers(case: Case, *, by: User, at: datetime | None = None, **fields: Any) -> PrivateBarriers:
    """Write down, or correct, how far debts and family stand in the way; what is not given now stays as it is."""
    return _record(PrivateBarriers, case, by, at, fields)


def record_follow_up(case: Case, *, by: User, at: datetime | None = None, **fields: Any) -> FollowUpData:
    """Write down the situation six months after leaving, or why it could not be learnt."""
    return _record(FollowUpData, case, by, at, fields)


def record_exit_data(
    case: Case, *, by: User, situations: Sequence[ExitSituation], at: datetime | None = None, **fields: Any
) -> ExitData:
    """Write down how the person left and what was so within 28 days; the situations given replace those before."""
    at = at or timezone.now()
    with acting(by, at):
        exit_data = _record(ExitData, case, by, at, fields)
        faults = faults_at_exit(exit_data.left_on, situations)
        if faults:
            raise ValidationError([ValidationError(str(fault)) for fault in faults])
        _replace_situations(exit_data, situations, by, at)
    return exit_data


def claim_criterion(
    case: Case,
    *,
    by: User,
    letter: str,
    evidence: str = "",
    document: Document | None = None,
    at: datetime | None = None,
) -> Criterion:
    """Say that a criterion applies, with its evidence if it is there; whoever confirms it comes later."""
    _check(case, by, at)
    criterion = Criterion.objects.filter(case=case, letter=letter).first() or Criterion(case=case, letter=letter)
    if criterion.is_met:
        raise NotYet(_("This criterion has been confirmed already."))
    criterion.evidence, criterion.document = evidence, document
    return _save(criterion, by, at)


def confirm_criterion(criterion: Criterion, *, by: User, on: date, at: datetime | None = None) -> Criterion:
    """Say that the evidence has been seen and is right; NotYet without evidence."""
    _check(criterion.case, by, at)
    if not criterion.evidence:
        raise NotYet(_("There is no evidence of this criterion yet."))
    criterion.confirmed_by, criterion.confirmed_on = by, on
    criterion.full_clean()
    with acting(by, at or timezone.now()):
        criterion.save(update_fields=["confirmed_by", "confirmed_on"])
    return criterion


def _replace_situations(exit_data: ExitData, said: Sequence[ExitSituation], by: User, at: datetime) -> None:
    """Correct the rows that are there, add what is new, and remove what is not said any more; what says the same is left alone."""
    known = {row.situation: row for row in exit_data.situations.all()}
    gone = known.keys() - {situation.situation for situation in said}
    exit_data.situations.filter(situation__in=gone).delete()
    for situation in said:
        row = known.get(situation.situation)
        if row is not None and all(getattr(row, name) == getattr(situation, name) for name in OF_A_SITUATION):
            continue
        situation.pk = row.pk if row is not None else None
        situation.exit_data, situation.recorded_by, situation.recorded_at = exit_data, by, at
        situation.save()


def _check_start(case: Case, starts_on: date | None, today: date) -> None:
    """Participation starts within the programme, not in the future, not after the first support; a day known already stays."""
    if starts_on is None or EntryData.objects.filter(case=case, starts_on=starts_on).exists():
        return
    faults = faults_of_the_start(starts_on, case.programme.starts_on, first_support_of(case), today)
    if faults:
        raise ValidationError([ValidationError(str(fault)) for fault in faults])


def _unit_called(name: str, powiat: Territory | None) -> Territory | None:
    """The gmina of that name in the powiat; None where the register is not loaded, or has two: a town and the villages round it."""
    if powiat is None:
        return None
    gminas = Territory.objects.in_force(timezone.localdate()).within(powiat).filter(level=Territory.Level.GMINA)
    found = list(gminas.filter(name__iexact=name.strip())[:2])
    return found[0] if len(found) == 1 else None


def _record(kind: type[Fact], case: Case, by: User, at: datetime | None, fields: dict[str, Any]) -> Fact:
    """The one row of this kind about the case, new or corrected; its history keeps what it said before."""
    _check(case, by, at)
    row = kind._default_manager.filter(case=case).first() or kind(case=case)
    for name, value in fields.items():
        setattr(row, name, value)
    return _save(row, by, at)


def _save(row: Fact, by: User, at: datetime | None) -> Fact:
    row.recorded_by, row.recorded_at = by, at or timezone.now()  # type: ignore[attr-defined]
    row.full_clean(exclude=["case", "recorded_by"])
    with acting(by, row.recorded_at):  # type: ignore[attr-defined]
        row.save()
    return row


def _check(case: Case, by: User, at: datetime | None) -> None:
    if not may_write(by, at or timezone.now()).filter(pk=case.pk).exists():
        raise NotYou(_("You may not record facts of this case."))
