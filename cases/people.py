"""Verbs on people: registering them, reading what is masked, finding them again."""

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.identifiers import read_pesel
from cases.models import (
    AccessLog,
    Attendance,
    Convictions,
    Criterion,
    ImportedRemark,
    Person,
    PrivateBarriers,
    PsychologistNote,
    SensitiveAnswers,
    Signature,
)
from cases.models.base import WRITES_FACTS, RestrictedQuerySet, cases_open_to, may_write
from cases.models.people import kinds_with_a_person
from roles.models import Mandate, User
from roles.role import READS_CASES
from roles.services.acting import acting
from workflows.errors import NotYet, NotYou
from workflows.models import Case
from workflows.models.cases import CaseQuerySet

Fact = TypeVar("Fact", bound=models.Model)
What = AccessLog.What

#: How the access log calls the reading of each restricted table.
READING: dict[type[models.Model], AccessLog.What] = {
    SensitiveAnswers: What.ANSWERS,
    Criterion: What.CRITERIA,
    Convictions: What.CONVICTIONS,
    PsychologistNote: What.PSYCHOLOGIST_NOTE,
    PrivateBarriers: What.BARRIERS,
    ImportedRemark: What.REMARKS,
    Signature: What.SIGNATURE,
}


def identify(person: Person, number: str) -> None:
    """Give the person a PESEL with the birth date and sex that it says; ValueError if it is no PESEL."""
    read = read_pesel(number)
    person.pesel, person.birth_date, person.sex = number, read.birth_date, read.sex


def save_person(person: Person, *, by: User, at: datetime | None = None) -> Person:
    """Register somebody, or correct what is known of them: the second for those who work on every open case of theirs.

    Raises NotYou for a stranger to the organisation or the person, NotYet if the organisation has the number already.
    """
    if person.pk:
        _check_corrects(person, by, at or timezone.now())
    elif not _works_for(by, person.organisation_id, at or timezone.now()):
        raise NotYou(_("You register people for your own organisation."))
    person.recorded_by, person.recorded_at = by, at or timezone.now()
    try:
        with acting(by, at or timezone.now()):
            person.save()
    except IntegrityError as error:
        if "person_pesel_once" not in str(error) and "person_identifier_once" not in str(error):
            raise
        raise NotYet(_("Your organisation already has a person with this number.")) from None
    return person


def reveal_pesel(person: Person, *, by: User, reason: str, at: datetime | None = None) -> str:
    """The whole number, and an entry in the access log; empty without a number."""
    log_access(What.PESEL, person=_worked_with(person, by, at), by=by, reason=reason, at=at)
    return str(person.pesel.open()) if person.pesel else ""


def reveal_identifier(person: Person, *, by: User, reason: str, at: datetime | None = None) -> str:
    """The other document's number, and an entry in the access log; empty without one."""
    log_access(What.IDENTIFIER, person=_worked_with(person, by, at), by=by, reason=reason, at=at)
    return str(person.other_identifier.open()) if person.other_identifier else ""


def pesel_for_document(person: Person, *, by: User, document: str, at: datetime | None = None) -> str:
    """The number, to be filled into a document that goes straight to a file; nobody is shown it here."""
    log_access(What.FILLED_IN, person=_worked_with(person, by, at), by=by, reason=document, at=at)
    return str(person.pesel.open()) if person.pesel else ""


def read_restricted(kind: type[Fact], case: Case, *, by: User, reason: str, at: datetime | None = None) -> list[Fact]:
    """The rows of a restricted table about a case, and an entry in the access log; NotYou for other roles."""
    at = at or timezone.now()
    rows = kind._default_manager.all()
    if isinstance(rows, RestrictedQuerySet) and not cases_open_to(by, rows.readers, at).filter(pk=case.pk).exists():
        raise NotYou(_("This is for those who work with this person, in certain roles."))
    log_access(READING[kind], case=case, by=by, reason=reason, at=at)
    return list(rows.filter(case=case).order_by("pk"))


def log_access(
    what: AccessLog.What,
    *,
    by: User,
    reason: str,
    person: Person | None = None,
    case: Case | None = None,
    at: datetime | None = None,
) -> AccessLog:
    """Write down that somebody reads what is masked for others; NotYet without a reason."""
    reason = " ".join(reason.split())
    if not reason:
        raise NotYet(_("Say why you need to see this."))
    return AccessLog.objects.create(
        what=what, person=person, case=case, by=by, reason=reason[:300], at=at or timezone.now()
    )


def people_of(cases: Collection[Case]) -> dict[int, Person]:
    """The people that these cases are about, by key of the case; as many queries for one as for many."""
    keys: dict[int, int] = {}
    for kind, field in kinds_with_a_person():
        keys |= dict(kind._base_manager.filter(pk__in=[case.pk for case in cases]).values_list("pk", field))
    people = Person.objects.in_bulk(set(keys.values()))
    return {case: people[person] for case, person in keys.items()}


def read_signature(attendance: Attendance, *, by: User, reason: str, at: datetime | None = None) -> Signature | None:
    """What the recipient drew or typed, and an entry in the access log; None where nobody signed on a screen."""
    if not Attendance.objects.visible_to(by, at).filter(pk=attendance.pk).exists():
        raise NotYou(_("You do not see this case."))
    log_access(READING[Signature], case=attendance.case, by=by, reason=reason, at=at)
    return Signature.objects.filter(attendance=attendance).first()


def person_of(case: Case) -> Person | None:
    """The person that a case is about, whatever its kind; None for kinds without one."""
    for kind, field in kinds_with_a_person():
        key = kind._base_manager.filter(pk=case.pk).values_list(field, flat=True).first()
        if key is not None:
            return Person.objects.get(pk=key)
    return None


def cases_of(person: Person) -> CaseQuerySet:
    """Every case about the person, whatever its kind."""
    about = Q(pk__in=[])
    for kind, field in kinds_with_a_person():
        about |= Q(pk__in=kind._base_manager.filter(**{field: person.pk}).values("pk"))
    return Case.objects.filter(about)


def _check_corrects(person: Person, by: User, at: datetime) -> None:
    """What is corrected is read on every case of the person, so whoever does it works on all that are open."""
    known, written = cases_of(person), may_write(by, at)
    if not known.filter(pk__in=written).exists():
        raise NotYou(_("You work on no case of this person, so you may not correct their data."))
    if known.open().exclude(pk__in=written).exists():
        raise NotYou(
            _(
                "This person has an open case outside your mandates too. Ask a coordinator or supervisor whose mandate"
                " covers all their cases to correct the data."
            )
        )


def _works_for(user: User, organisation_id: int, at: datetime) -> bool:
    mandates = Mandate.objects.of(user).in_force(timezone.localdate(at)).as_role(*WRITES_FACTS)
    return mandates.filter(organisation=organisation_id).exists()


def _worked_with(person: Person, by: User, at: datetime | None) -> Person:
    """The person, for whoever reads a case of theirs by mandate or in an emergency; a shared case shows no number."""
    opened = cases_open_to(by, READS_CASES, at or timezone.now()).values("pk")
    for kind, field in kinds_with_a_person():
        if kind._base_manager.filter(**{field: person.pk, "pk__in": opened}).exists():
            return person
    raise NotYou(_("The number is for those whose mandate covers a case of this person."))


def _seen(person: Person, by: User, at: datetime | None) -> Person:
    if not Person.objects.visible_to(by, at).filter(pk=person.pk).exists():
        raise NotYou(_("You see no case of this person."))
    return person
