"""Public forms are sent only so often from one address; an address is kept as its keyed hash alone."""

from datetime import datetime

from django.db import transaction

from cases.participants.models import Bucket
from roles.sealing import keyed_hash

#: How many may be sent at once, and how many more an hour.
MOST, AN_HOUR = 10, 10.0
CONTEXT = "participants.bucket"


@transaction.atomic
def take_token(page: str, address: str, *, at: datetime) -> bool:
    """Whether this address may send the page's form once more now; if so, that is counted."""
    key = keyed_hash(f"{page} {address}", CONTEXT)
    Bucket.objects.bulk_create([Bucket(key=key, tokens=MOST, filled_at=at)], ignore_conflicts=True)
    bucket = Bucket.objects.select_for_update().get(pk=key)
    bucket.fill(most=MOST, an_hour=AN_HOUR, at=at)
    may = bucket.tokens >= 1
    bucket.tokens -= may
    bucket.save()
    return may
