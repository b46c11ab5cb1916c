"""Workbooks are not kept: their files go a set time after the import is over."""

from datetime import datetime

from django.db.models.functions import Greatest
from django.utils.translation import gettext_noop

from cases.participants.models import ParticipantImport
from cases.participants.models.imports import KEPT_FOR

State = ParticipantImport.State
NOBODY_WENT_ON = gettext_noop("Nobody went on with it in time; upload the workbook anew.")


def forget_files(at: datetime) -> int:
    """Delete the files of imports that were over so long ago, or that nobody goes on with; what was counted stays. How many."""
    _call_off_the_forgotten(at)
    over = ParticipantImport.objects.filter(finished_at__lt=at - KEPT_FOR).exclude(file="")
    count = 0
    for batch in over:
        batch.problems.all().delete()
        batch.takeovers.all().delete()
        batch.file.delete(save=False)
        batch.to_correct.delete(save=False)
        batch.file = batch.to_correct = ""
        batch.save(update_fields=["file", "to_correct"])
        count += 1
    return count


def _call_off_the_forgotten(at: datetime) -> None:
    """Cancel what has waited for somebody for so long; its file goes a set time later, like all others."""
    since = Greatest("uploaded_at", "confirmed_at", "returned_at")
    idle = ParticipantImport.objects.filter(state__in=(State.CHECKED, State.WAITING)).alias(since=since)
    idle.filter(since__lt=at - KEPT_FOR).update(state=State.CANCELLED, refusal=NOBODY_WENT_ON, finished_at=at)
