"""What waits for a person beside work items, or came out of long work: rooms and the engine say what stands on *my work*."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from roles.models import User
from workflows.models import BulkRun

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

#: How long a result stands there.
NEWS = timedelta(days=7)
#: How many things of one sort are named.
MOST = 5


@dataclass(frozen=True)
class Beside:
    """One thing: what it is, how it stands, where it leads, and whether it goes no further without the person."""

    label: str
    state: "str | _StrPromise"
    url: str
    waits: bool = False


Says = Callable[[User, datetime], Iterable[Beside]]
_says: dict[str, Says] = {}


def stands_beside_work(says: Says) -> Says:
    """Register a function that says what waits for a person at a moment; constant in queries."""
    _says[f"{says.__module__}.{says.__qualname__}"] = says
    return says


def beside_work_of(user: User, at: datetime) -> list[Beside]:
    """Everything, what waits for the person first."""
    found = [each for says in _says.values() for each in says(user, at)]
    return sorted(found, key=lambda each: not each.waits)


@stands_beside_work
def bulk_runs_of(user: User, at: datetime) -> Iterator[Beside]:
    """Runs that are still at work, and those that went on without the page and ended lately."""
    mine = BulkRun.objects.filter(user=user, started_at__gt=at - NEWS).order_by("-pk")
    for run in mine.went_on_alone()[:MOST]:
        state = _("running") if run.ended_at is None else _("stopped") if run.stopped else _("done")
        yield Beside(capfirst(str(run.get_verb_display())), state, run.get_absolute_url())
