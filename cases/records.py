"""Verbs on ESF+ records: what was so at entry, at exit and six months later, and which criteria are met."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.completeness import faults_at_exit
from cases.models import (
    Convictions,
    Criterion,
    Document,
    EntryData,
    ExitData,
    ExitSituation,
    FollowUpData,
    SensitiveAnswers,
)
from cases.models.base import may_write
from roles.models import User
from roles.services.acting import acting
from workflows.errors import NotYet, NotYou
from workflows.models import Case

#: What is said of a situation after leaving.
OF_A_SITUATION = ("observed_on", "evidence", "document_id")

Fact = TypeVar("Fact", bound=models.Model)


def record_entry_data(case: Case, *, by: User, at: datetime | None = None, **fields: Any) -> EntryData:
    """Write down, or correct, the situation on the day support started; ValidationError for impossible facts."""
    return _record(EntryData, case, by, at, fields)


def record_answers(case: Case, *, by: User, at: datetime | None = None, **fields: Any) -> SensitiveAnswers:
    """Write down, or correct, the four answers that may be refused."""
    return _record(SensitiveAnswers, case, by, at, fields)


def record_convictions(case: Case, *, by: User, declared: str, at: datetime | None = None) -> Convictions:
    """Write down whether convictions are declared."""
    return _record(Convictions, case, by, at, {"declared": declared})


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
