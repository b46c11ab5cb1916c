"""Some things are done only so often: by one address, or by one person. Whose tokens they are is kept as a keyed hash alone."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db import transaction

from roles.sealing import keyed_hash
from workflows.models import Bucket

CONTEXT = "workflows.bucket"


@dataclass(frozen=True)
class Rate:
    """How many may be had at once, and how many more come in an hour."""

    most: int
    an_hour: float

    @classmethod
    def hourly(cls, count: int) -> "Rate":
        """So many an hour, all at once if need be."""
        return cls(count, count)


@transaction.atomic
def take_token(what: str, whose: str, rate: Rate, *, at: datetime) -> int:
    """Take a token for doing this once more: 0 when there was one, else in how many seconds there will be."""
    key = keyed_hash(f"{what} {whose}", CONTEXT)
    Bucket.objects.bulk_create([Bucket(key=key, tokens=rate.most, filled_at=at)], ignore_conflicts=True)
    bucket = Bucket.objects.select_for_update().get(pk=key)
    bucket.fill(most=rate.most, an_hour=rate.an_hour, at=at)
    missing = max(1 - bucket.tokens, 0)
    bucket.tokens -= not missing
    bucket.save()
    return ceil(missing * 3600 / rate.an_hour)
