"""Verbs on people: registering them, reading what is masked, finding them again."""

from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.identifiers import read_pesel
from cases.models import (
    AccessLog,
    Convictions,
    Criterion,
    ImportedRemark,
    Person,
    PsychologistNote,
    SensitiveAnswers,
    Signature,
)
from cases.models.base import WRITES_FACTS, RestrictedQuerySet, cases_open_to
from cases.models.people import kinds_with_a_person
from roles.models import Mandate, User
from roles.role import READS_CASES
from workflows.errors import NotYet, NotYou
from workflows.models import Case

Fact = TypeVar("Fact", bound=models.Model)
What = AccessLog.What

#: How the access log calls the reading of each restricted table.
READING: dict[type[models.Model], AccessLog.What] = {
    SensitiveAnswers: What.ANSWERS,
    Criterion: What.CRITERIA,
    Convictions: What.CONVICTIONS,
    PsychologistNote: What.PSYCHOLOGIST_NOTE,
    ImportedRemark: What.ANSWERS,
    Signature: What.SIGNATURE,
}


def identify(person: Person, number: str) -> None:
    """Give the person a PESEL with the birth date and sex that it says; ValueError if it is no PESEL."""
    read = read_pesel(number)
    person.pesel, person.birth_date, person.sex = number, read.birth_date, read.sex


def save_person(person: Person, *, by: User, at: datetime | None = None) -> Person:
    """Register somebody, or correct what is known of them.

    Raises NotYou for a stranger to the organisation or the person, NotYet if the organisation has the number already.
    """
    if person.pk:
        _seen(person, by, at)
    elif not _works_for(by, person.organisation_id, at or timezone.now()):
        raise NotYou(_("You register people for your own organisation."))
    person.recorded_by, person.recorded_at = by, at or timezone.now()
    try:
        with transaction.atomic():
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


def person_of(case: Case) -> Person | None:
    """The person that a case is about, whatever its kind; None for kinds without one."""
    for kind, field in kinds_with_a_person():
        key = kind._base_manager.filter(pk=case.pk).values_list(field, flat=True).first()
        if key is not None:
            return Person.objects.get(pk=key)
    return None


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
