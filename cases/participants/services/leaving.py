"""Verbs of leaving and of what comes after."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cases.models import ExitData, ExitSituation, FollowUpData
from cases.participants.models import ExitQuestionnaire, ParticipantCase
from cases.participants.services.writing import impossible_facts_refused, refuse_strangers, the_one, write
from cases.records import record_exit_data, record_follow_up
from roles.models import User
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
        return record_follow_up(case, by=by, at=at, **facts)


def stop_contacts(case: ParticipantCase, *, by: User, at: datetime) -> int:
    """After a death: call off what is still to be sent to the person, and document the follow-up as impossible.

    Returns how many messages were called off.
    """
    about_them = ParticipantCase.objects.filter(person=case.person_id).values("pk")
    waiting = Job.objects.filter(case__in=about_them, name__in=TO_THE_PERSON, state=Job.State.WAITING)
    called_off = waiting.update(state=Job.State.DROPPED, finished_at=at)
    if case.admitted_on is not None:
        follow_up(
            case,
            by=by,
            at=at,
            source=FollowUpData.Source.IMPOSSIBLE,
            observed_on=localdate(at),
            attempts=_("The person has died."),
        )
    return called_off
