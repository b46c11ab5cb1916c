"""Registering people, and correcting what is known of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cases.models import Person
from cases.participants.flow import ParticipantFlow
from cases.participants.models import ParticipantCase
from cases.participants.parameters import NOTICE
from cases.participants.services import give_notice
from cases.participants.services.writing import impossible_facts_refused
from cases.people import save_person
from cases.records import record_answers, record_entry_data
from roles.models import Organisation, Territory, User
from workflows.batch import batch
from workflows.errors import NotYet, NotYou
from workflows.models import Programme
from workflows.services import open_cases

Source = ParticipantCase.Source
Participation = ParticipantCase.Participation


@dataclass(frozen=True)
class Place:
    """Where a case belongs: the edition, the organisation that leads it, the powiat."""

    programme: Programme
    organisation: Organisation
    territory: Territory


@transaction.atomic
def register(
    person: Person,
    place: Place,
    *,
    by: User,
    participation: str = Participation.PARTICIPANT,
    source: str = Source.ANIMATOR,
    referred_by: str = "",
    entry: Mapping[str, Any] | None = None,
    answers: Mapping[str, Any] | None = None,
    notice_on: date | None = None,
    at: datetime | None = None,
) -> ParticipantCase:
    """Open a case for a person, new or known, with what is known of them on entry.

    Raises NotYou outside one's mandates, or for somebody known whose cases one may not read; NotYet when the person takes part in
    the programme already or facts are impossible.
    """
    at = at or timezone.now()
    if Person.objects.filter(pk=person.pk).hidden_from(by, at).exists():
        raise NotYou(_("You see no case of this person."))
    if person.pk is None:
        with impossible_facts_refused():
            person.full_clean(exclude=["sort_key", "search", "recorded_by"], validate_constraints=False)
        save_person(person, by=by, at=at)
    refuse_second_case(person, place.programme)
    case = open_cases([_case(person, place, participation, source, referred_by, localdate(at))], by=by, at=at)[0]
    with impossible_facts_refused():
        if entry:
            record_entry_data(case, by=by, at=at, **entry)
        if answers:
            record_answers(case, by=by, at=at, **answers)
    if notice_on:
        version = place.programme.value(NOTICE, notice_on)
        give_notice(case, by=by, version=version, on=notice_on, at=at)
    return case


def correct_person(case: ParticipantCase, person: Person, *, by: User, at: datetime | None = None) -> Person:
    """Correct what is known of the person; the open cases about them take the new name."""
    with impossible_facts_refused():
        person.full_clean(exclude=["sort_key", "search", "recorded_by"], validate_constraints=False)
    keys = ParticipantCase.objects.filter(person=person).open().values_list("pk", flat=True)
    with batch({case.pk, *keys}, by=by, at=at, kind=ParticipantCase) as unit:
        save_person(person, by=by, at=at)
        for each in unit.cases.values():
            each.set_title(title_of(person))
    return person


def title_of(person: Person) -> str:
    """What a case about somebody is called: surname first, as lists are sorted."""
    return f"{person.last_name} {person.first_name}"


def _case(
    person: Person, place: Place, participation: str, source: str, referred_by: str, today: date
) -> ParticipantCase:
    return ParticipantCase(
        flow_class=ParticipantFlow,
        person=person,
        title=title_of(person),
        programme=place.programme,
        organisation=place.organisation,
        territory=place.territory,
        participation=participation,
        source=source,
        referred_by=referred_by,
        opened_on=today,
    )


def refuse_second_case(person: Person, programme: Programme) -> None:
    """One open case a person and programme; the row of the person is locked, so that two registrations follow each other."""
    Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if open_cases_of(person, programme).exists():
        raise NotYet(_("This person takes part in the programme already."))


def open_cases_of(person: Person, programme: Programme) -> Any:
    """The cases of the person in the programme whose work is not finished."""
    return ParticipantCase.objects.filter(person=person, programme=programme).open()
