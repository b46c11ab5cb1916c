"""Verbs of recruitment: notice, eligibility, supplements, appeals."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Criterion
from cases.participants.models import Appeal, EligibilityCheck, Notice, ParticipantCase, Supplement
from cases.participants.services.writing import impossible_facts_refused, refuse_strangers, the_one, write
from cases.records import claim_criterion, confirm_criterion, record_answers, record_convictions, record_entry_data
from roles.models import User
from roles.role import Role
from workflows.errors import NotYet
from workflows.models import Case, CaseAssignment


@transaction.atomic
def record_entry(
    case: Case,
    *,
    by: User,
    entry: Mapping[str, Any],
    answers: Mapping[str, Any],
    convictions: str = "",
    at: datetime | None = None,
) -> None:
    """Write down, or correct, the situation on entry, and the answers that were given now. Raises NotYou or NotYet."""
    with impossible_facts_refused():
        record_entry_data(case, by=by, at=at, **entry)
        if answers:
            record_answers(case, by=by, at=at, **answers)
        if convictions:
            record_convictions(case, by=by, declared=convictions, at=at)


def give_notice(case: Case, *, by: User, version: str, on: date, at: datetime | None = None) -> Notice:
    """Write down that the person was given the information notice, once a version. Raises NotYou."""
    refuse_strangers(case, by=by, at=at, sentence=_("You may not record facts of this case."))
    given = Notice.objects.filter(case=case, version=version).first() or Notice(case=case, version=version)
    return write(given, by=by, at=at, delivered_on=on)


def confirm_criteria(
    case: Case, *, by: User, claims: Iterable[Mapping[str, Any]], on: date, at: datetime | None = None
) -> list[Criterion]:
    """Say which letters apply and that their evidence has been seen; one confirmed before stays as it is."""
    met = set(Criterion.objects.filter(case=case, confirmed_on__isnull=False).values_list("letter", flat=True))
    confirmed = []
    for claim in claims:
        if claim["letter"] not in met:
            with impossible_facts_refused():
                criterion = claim_criterion(
                    case,
                    by=by,
                    letter=claim["letter"],
                    evidence=claim["evidence"],
                    document=claim.get("document"),
                    at=at,
                )
                confirmed.append(confirm_criterion(criterion, by=by, on=on, at=at))
    return confirmed


def find(
    case: Case, *, by: User, finding: str, on: date, remarks: str = "", at: datetime | None = None
) -> EligibilityCheck:
    """Write down what the check of eligibility found."""
    check = the_one(EligibilityCheck, case)
    return write(check, by=by, at=at, finding=finding, checked_on=on, remarks=remarks)


def refuse_reserve_while_places_are_free(case: ParticipantCase) -> None:
    """The reserve list is for when the programme is full. Raises NotYet; the fact of its places must have been loaded."""
    if case.facts.places.is_free:
        raise NotYet(_("The programme has a free place: propose admission."))


def ask_for_supplement(case: Case, *, by: User, wanted: str, on: date, at: datetime | None = None) -> Supplement:
    """Ask the person for what is missing."""
    return write(Supplement(case=case), by=by, at=at, wanted=wanted, asked_on=on)


def receive_supplement(case: Case, *, by: User, on: date, at: datetime | None = None) -> Supplement | None:
    """Write down that what was asked for last has come; None when nothing is outstanding."""
    outstanding = Supplement.objects.filter(case=case, brought_on=None).order_by("-pk").first()
    return write(outstanding, by=by, at=at, brought_on=on) if outstanding else None


def lodge_appeal(case: Case, *, by: User, received_on: date, grounds: str, at: datetime | None = None) -> Appeal:
    """Write down an appeal with the day that it came."""
    return write(Appeal(case=case), by=by, at=at, received_on=received_on, grounds=grounds)


def name_tutor(case: Case, tutor: User, *, on: date) -> CaseAssignment:
    """Say who accompanies the person: the tutor's work on the case goes to them."""
    assignment, _created = CaseAssignment.objects.update_or_create(
        case=case, role=Role.TUTOR, defaults={"user": tutor, "since": on}
    )
    return assignment
