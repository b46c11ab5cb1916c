"""What the participant's path leaves to the workers."""

from typing import Any

from cases.participants.lifecycle import TELL_OF_FREE_PLACES
from cases.participants.models import ParticipantCase
from cases.participants.places import tell_of_free_places
from cases.participants.services import stop_contacts
from roles.models.users import clock_of
from workflows.jobs import job
from workflows.models import Job, Programme


@job("stop_contacts")
def run_stop_contacts(job: Job, **_args: Any) -> None:
    """After a death: nothing more is sent, and the follow-up is documented as impossible."""
    stop_contacts(ParticipantCase.objects.get(jobs=job), by=clock_of(), at=job.run_at)


@job(TELL_OF_FREE_PLACES)
def run_tell_of_free_places(job: Job, **_args: Any) -> None:
    """Somebody has left support: whoever holds the first of the reserve list hears that a place is free."""
    tell_of_free_places(Programme.objects.filter(cases__jobs=job), at=job.run_at)
