"""Public applications: taken in without telling a stranger who is known, and compared with who is by the coordinator."""

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cases.duplicates import Likeness
from cases.models import Person
from cases.participants.models import Application, ParticipantCase
from cases.participants.registration import Place, open_cases_of, refuse_second_case, register, title_of
from cases.retention.erasing import forget_person
from roles.models import Organisation, User
from roles.models.users import service_account
from roles.role import OVERSEES_WORK, Role
from workflows.batch import CALENDAR, batch
from workflows.errors import NotYet, NotYou, TooLate
from workflows.services import add_item
from workflows.standing import Standing

#: Within how many working days the coordinator looks at an application of somebody who may be known.
LOOK_AT_IT = 5


def new_receipt() -> str:
    """Twelve random digits: no PESEL, NIP or REGON is so long, so the quick search knows what they are."""
    return f"{secrets.randbelow(10**12):012d}"


@transaction.atomic
def apply(person: Person, place: Place, *, notice_on: Any, at: datetime | None = None) -> Application:
    """Take a public application in, in the name of the importer. What a stranger types changes and opens nothing that is known.

    Whoever has an open case in the programme gets no second one: its coordinator is told. Anybody else who may be known
    gets a case on a record of their own, which the coordinator compares with those that there are.
    """
    at, by = at or timezone.now(), service_account("importer")
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(
        pk=place.organisation.pk
    )  # one after the other
    known = _known(person)
    running = open_cases_of(known, place.programme).order_by("-pk").first() if known else None
    application = Application(receipt=new_receipt(), received_at=at)
    if running is not None:
        application.case, application.opened_the_case = running, False
        if not running.applications.filter(opened_the_case=False, received_at__date=localdate(at)).exists():
            _leave_to_coordinator(running, _("Applied again on the public page: see whether anything has changed"), at)
    else:
        if known is not None:
            application.pesel, person.pesel, person.other_identifier = person.pesel and person.pesel.open(), None, None
        application.case = register(
            person, place, by=by, source=ParticipantCase.Source.APPLICATION, notice_on=notice_on, at=at
        )
        application.may_be_known = known is not None or bool(_likely(person))
        if application.may_be_known:
            _leave_to_coordinator(application.case, _("Compare the applicant with people known already"), at)
    application.save()
    return application


def known_like(application: Application) -> list[Likeness]:
    """Who of the organisation's people the applicant may be, those with the same number first."""
    person = application.case.person
    people = Person.objects.of(person.organisation).exclude(pk=person.pk)
    same = list(people.with_pesel(application.pesel.open())) if application.pesel else []
    found = [Likeness(each, 1.0, _("the same number")) for each in same]
    return found + [each for each in _likely(person) if each.person not in same]


def may_compare(case: ParticipantCase, user: User, at: datetime) -> bool:
    """Whether it is the person's to say who the applicant is: coordinators and supervisors of the scope."""
    standing = Standing.of(user, localdate(at))
    return any(standing.acts_as(role, case) for role in OVERSEES_WORK)


def say_who_it_is(
    case: ParticipantCase, person: Person | None, *, by: User, at: datetime | None = None
) -> ParticipantCase:
    """Put the case on the record of somebody known, whose double is emptied, or leave it on its own: the applicant is somebody else.

    Raises NotYou for other roles, TooLate when it was said already, NotYet for somebody unlike or with an open case.
    """
    with batch([case.pk], by=by, at=at, kind=ParticipantCase) as unit:
        locked: ParticipantCase = unit.cases[case.pk]
        if not may_compare(locked, by, unit.at):
            raise NotYou(_("A coordinator of the scope says who it is."))
        application = locked.applications.to_compare().select_for_update(of=("self",)).order_by("pk").first()
        if application is None:
            raise TooLate(_("Somebody has compared it already."))
        if person is not None:
            if person not in [each.person for each in known_like(application)]:
                raise NotYet(_("This person is not like the applicant."))
            refuse_second_case(person, locked.programme)
            forget_person(locked.person_id, but=locked)
            locked.person = person
            locked.set_title(title_of(person))
        application.compare(by=by.pk, at=unit.at)
        application.save(update_fields=["compared_by", "compared_at", "pesel"])
    return locked


def _known(person: Person) -> Person | None:
    """Somebody whom the organisation has under the same number."""
    people = Person.objects.of(person.organisation)
    if person.pesel:
        return people.with_pesel(person.pesel.open()).first()
    if person.other_identifier:
        return people.with_identifier(person.other_identifier.open()).first()
    return None


def _likely(person: Person) -> list[Likeness]:
    return Person.objects.of(person.organisation).probable_duplicates_of(person)


def _leave_to_coordinator(case: ParticipantCase, title: str, at: datetime) -> None:
    due = CALENDAR.add(localdate(at), LOOK_AT_IT)
    add_item(case, by=service_account("importer"), title=title, role=Role.COORDINATOR, due=due, at=at)
