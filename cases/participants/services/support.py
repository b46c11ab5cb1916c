"""Verbs of support: diagnosis, plan, reviews."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cases.participants.models import Diagnosis, Plan, PlanAction, Review
from cases.participants.services.writing import impossible_facts_refused, refuse_strangers, the_one, write
from cases.records import record_private_barriers
from roles.models import User
from workflows.errors import NotYet
from workflows.models import Case


def diagnose(
    case: Case, *, by: User, private: Mapping[str, Any] | None = None, at: datetime | None = None, **facts: Any
) -> Diagnosis:
    """Write the diagnosis down, or correct it; what is said of debts and family goes into its restricted place."""
    if private:
        with impossible_facts_refused():
            record_private_barriers(case, by=by, at=at, **private)
    return write(the_one(Diagnosis, case), by=by, at=at, **facts)


@transaction.atomic
def correct_diagnosis(
    case: Case, *, by: User, private: Mapping[str, Any], at: datetime | None = None, **facts: Any
) -> Diagnosis:
    """Correct a diagnosis outside its work; its history keeps what it said. Raises NotYou, or NotYet without one."""
    refuse_strangers(case, by=by, at=at, sentence=_("You may not record facts of this case."))
    if not Diagnosis.objects.filter(case=case).exists():
        raise NotYet(_("There is no diagnosis to correct yet."))
    return diagnose(case, by=by, private=private, at=at, **facts)


def agree_plan(
    case: Case,
    *,
    by: User,
    goal: str,
    actions: Iterable[Mapping[str, Any]],
    agreed_by_participant_on: date,
    agreed_by_tutor_on: date,
    at: datetime | None = None,
) -> Plan:
    """Write down the plan that both agreed to, as a new version; earlier versions stay."""
    last = Plan.objects.filter(case=case).order_by("-version").values_list("version", flat=True).first()
    plan = write(
        Plan(case=case, version=(last or 0) + 1),
        by=by,
        at=at,
        goal=goal,
        agreed_by_participant_on=agreed_by_participant_on,
        agreed_by_tutor_on=agreed_by_tutor_on,
    )
    rows = [PlanAction(plan=plan, **action) for action in actions]
    with impossible_facts_refused():
        for row in rows:
            row.full_clean(exclude=["plan"])
    PlanAction.objects.bulk_create(rows)
    return plan


def finish_actions(actions: Iterable[PlanAction], *, by: User, on: date) -> int:
    """Mark actions of a plan as done; how many. Who did so is in the review that says it."""
    return PlanAction.objects.filter(pk__in=[action.pk for action in actions], done_on=None).update(done_on=on)


def review(
    case: Case,
    *,
    by: User,
    kind: Review.Kind,
    until: date,
    progress: str,
    done: str,
    following: str,
    hours: Decimal = Decimal(0),
    at: datetime | None = None,
) -> Review:
    """Write down how a month or a quarter went; `hours` is what the sessions of the period show."""
    row = Review(case=case, kind=kind, until=until, hours=hours)
    return write(row, by=by, at=at, progress=progress, done=done, following=following)
