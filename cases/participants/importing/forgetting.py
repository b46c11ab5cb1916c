"""Workbooks are not kept: their files go a set time after the import is over."""

from datetime import datetime

from cases.participants.models import ParticipantImport
from cases.participants.models.imports import KEPT_FOR


def forget_files(at: datetime) -> int:
    """Delete the files of imports that were over so long ago; what was counted stays. How many."""
    over = ParticipantImport.objects.filter(finished_at__lt=at - KEPT_FOR).exclude(file="")
    count = 0
    for batch in over:
        batch.problems.all().delete()
        batch.file.delete(save=False)
        batch.file = ""
        batch.save(update_fields=["file"])
        count += 1
    return count
