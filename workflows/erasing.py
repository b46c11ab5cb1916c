"""Erasing who and why of stage changes, on record: retention alone does it, and history still verifies."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from workflows.models import DetailErasure, StageChange, StageChangeDetail
from workflows.models.history import ERASURE


@contextmanager
def erasing() -> Iterator[None]:
    """One transaction in which what is on record as erased may be deleted; the setting ends with the block."""
    with transaction.atomic():
        _say("on")
        yield
        _say("off")


def erase_details(changes: Sequence[StageChange], *, at: datetime) -> int:
    """Delete who and why of these changes, and leave an erasure in place of each; how many there were."""
    keys = StageChangeDetail.objects.filter(change__in=[change.pk for change in changes]).values_list("pk", flat=True)
    with erasing():
        there = sorted(keys)
        DetailErasure.objects.bulk_create(DetailErasure(change_id=key, erased_at=at) for key in there)
        StageChangeDetail.objects.filter(pk__in=there).delete()
    return len(there)


def _say(state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [ERASURE, state])
