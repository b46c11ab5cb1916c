"""Verbs of leaving and of what comes after."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cases.models import ExitData, ExitSituation, FollowUpData, Person
from cases.participants.guards import is_followed_up
from cases.participants.models import ExitQuestionnaire, ParticipantCase
from cases.participants.services.writing import impossible_facts_refused, refuse_strangers, the_one, write
from cases.records import record_exit_data, record_follow_up
from roles.models import User
from workflows.batch import batch
from workflows.errors import NotYet
from workflows.models import Job

#: Jobs that write to the person.
TO_THE_PERSON = ("send_confirmation_code",)


def fill_in_questionnaire(
    case: ParticipantCase, *, by: User, on: date, at: datetime | None = None, **answers: Any
) -> ExitQuestionnaire:
    """Write down what the person says when leaving, or correct it. Raises NotYou."""
    refuse_strangers(case, by=by, at=at, sentence=_("You may not record facts of this case."))
    return write(the_one(ExitQuestionnaire, case), by=by, at=at, filled_in_on=on, **answers)


def collect_exit_data(
    case: ParticipantCase,
    *,
    by: User,
    as_planned: bool,
    situations: Sequence[ExitSituation],
    attempts: str = "",
    at: datetime | None = None,
) -> ExitData:
    """Write down how the person left and what was so within 28 calendar days. Raises NotYet for impossible facts."""
    with impossible_facts_refused():
        return record_exit_data(
            case, by=by, situations=situations, at=at, left_on=case.left_on, as_planned=as_planned, attempts=attempts
        )


def follow_up(case: ParticipantCase, *, by: User, at: datetime | None = None, **facts: Any) -> FollowUpData:
    """Write down where the person stands six months after leaving, or why that could not be learnt."""
    with impossible_facts_refused():
        return record_follow_up(case, by=by, at=at, **{"in_sample": is_followed_up(case)} | facts)


def stop_contacts(case: ParticipantCase, *, by: User, at: datetime) -> int:
    """After a death: call off what is still to be sent to the person, and document the follow-ups as impossible.

    Of every case of theirs, and the day of death is kept with the person. Returns how many messages were called off.
    """
    person = Person.objects.select_for_update(of=("self",)).get(pk=case.person_id)
    if person.died_on is None and case.left_on is not None:
        _keep_death(person, case.left_on, by=by, at=at)
    about_them = ParticipantCase.objects.filter(person=person)
    waiting = Job.objects.filter(case__in=about_them.values("pk"), name__in=TO_THE_PERSON, state=Job.State.WAITING)
    called_off = waiting.update(state=Job.State.DROPPED, finished_at=at)
    left = about_them.filter(admitted_on__isnull=False, left_on__isnull=False, follow_up_data=None)
    for each in left.select_related("person", "programme"):
        follow_up(
            each,
            by=by,
            at=at,
            source=FollowUpData.Source.IMPOSSIBLE,
            observed_on=localdate(at),
            attempts=_("The person has died."),
        )
    return called_off


def record_death(case: ParticipantCase, *, by: User, on: date | None, at: datetime) -> None:
    """Write down on which day the person died, or take a wrong entry back with None; then all contacts stop.

    What was documented as impossible because of a wrong entry is corrected by hand. Raises NotYou, or NotYet for an impossible day.
    """
    refuse_strangers(case, by=by, at=at, sentence=_("You may not record facts of this case."))
    with batch([case.pk], by=by, at=at, kind=ParticipantCase) as unit:
        person = Person.objects.select_for_update(of=("self",)).get(pk=case.person_id)
        if on is not None and person.birth_date and on < person.birth_date:
            raise NotYet(_("That is before the person was born."))
        _keep_death(person, on, by=by, at=at)
        if on is not None:
            unit.job("stop_contacts", key=f"stop-contacts-{case.pk}-{at.isoformat()}", case=unit.cases[case.pk])


def _keep_death(person: Person, on: date | None, *, by: User, at: datetime) -> None:
    person.died_on, person.recorded_by, person.recorded_at = on, by, at
    person.save(update_fields=["died_on", "recorded_by", "recorded_at"])


def correct_exit_data(
    case: ParticipantCase,
    *,
    by: User,
    as_planned: bool,
    situations: Sequence[ExitSituation],
    attempts: str = "",
    at: datetime | None = None,
) -> ExitData:
    """Correct exit data outside their work; raises NotYet without any, NotYou for strangers."""
    if case.left_on is None or not ExitData.objects.filter(case=case).exists():
        raise NotYet(_("There are no exit data to correct yet."))
    return collect_exit_data(case, by=by, as_planned=as_planned, situations=situations, attempts=attempts, at=at)


def correct_follow_up(case: ParticipantCase, *, by: User, at: datetime | None = None, **facts: Any) -> FollowUpData:
    """Correct follow-up data outside their work; raises NotYet without any, NotYou for strangers."""
    if not FollowUpData.objects.filter(case=case).exists():
        raise NotYet(_("There are no follow-up data to correct yet."))
    return follow_up(case, by=by, at=at, **facts)
