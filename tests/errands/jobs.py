"""What is done outside an errand: the office is told, and shows a permit of its own for each time that it was."""

import time
from datetime import timedelta

from roles.models import clock_of
from tests.errands.models import Permit
from workflows.models import Job
from workflows.registry import job

TELL = "errands.tell"
A_MOMENT = 0.05  # seconds in which a worker can be killed with the effect half done


@job(TELL, lease=timedelta(seconds=5))
def tell_the_office(job: Job) -> None:
    """One permit more; told twice, the office would show two."""
    Permit.objects.create(case_id=job.case_id, shown_by=clock_of())
    time.sleep(A_MOMENT)
