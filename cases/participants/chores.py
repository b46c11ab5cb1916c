"""What the participant's room tidies up every day."""

from datetime import datetime

from cases.participants import importing
from cases.participants.places import tell_of_free_places
from workflows.chores import chore
from workflows.models import Programme


@chore("forget-imported-files")
def forget_imported_files(at: datetime) -> int:
    """Delete workbooks whose imports are long over."""
    return importing.forget_files(at)


@chore("tell-of-free-places")
def tell_of_places_that_nobody_left(at: datetime) -> int:
    """A programme may have been given more places: those who wait for one are told the next day at the latest."""
    return tell_of_free_places(Programme.objects.exclude(places=None), at=at)
