"""What the participant's path leaves to the workers."""

from typing import Any

from cases.participants.models import ParticipantCase
from cases.participants.services import stop_contacts
from roles.models.users import clock_of
from workflows.jobs import job
from workflows.models import Job


@job("stop_contacts")
def run_stop_contacts(job: Job, **_args: Any) -> None:
    """After a death: nothing more is sent, and the follow-up is documented as impossible."""
    stop_contacts(ParticipantCase.objects.get(jobs=job), by=clock_of(), at=job.run_at)
