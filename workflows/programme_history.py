"""What was changed in a programme, as its page tells it: dates and places, who runs it, and what it has tuned."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from roles.models import User
from roles.templatetags.polish_dates import exact_date
from workflows.deadlines import ONE_DAY
from workflows.histories import NOTHING, Entry, differences, entries_of, people_behind
from workflows.models import ParameterValue, Programme, ProgrammeOrganisation
from workflows.panels import OTHER, Event
from workflows.parameters import PARAMETERS
from workflows.templatetags.cases import worth
from workflows.timeline import Timeline, page_of

SIZE = 10


def history_of(programme: Programme, *, before: str = "", at: datetime) -> Timeline:
    """Who changed what of it, and when: a page of it, the latest first. Seven queries."""

    def found(moment: datetime, limit: int) -> Iterator[Event]:
        of_it = Q(programme=programme)
        entries = [
            *entries_of(Programme.pgh_event_model, Q(pgh_obj=programme.pk), moment, limit),  # type: ignore[attr-defined]
            *entries_of(ProgrammeOrganisation.pgh_event_model, of_it, moment, limit),
            *entries_of(ParameterValue.pgh_event_model, of_it, moment, limit),  # type: ignore[attr-defined]
        ]
        people = people_behind(entries)
        return (_event(programme, entry, people) for entry in entries)

    return page_of(found, before=before, at=at, size=SIZE)


def _event(programme: Programme, entry: Entry, people: dict[int | None, User]) -> Event:
    title, text = TOLD[entry.row.pgh_tracked_model](programme, entry)
    who = people.get(entry.by)
    return Event(
        at=entry.at, key=entry.key, group=OTHER, kind="field", title=title, who=str(who) if who else "", text=text
    )


def _programme(programme: Programme, entry: Entry) -> tuple[str, str]:
    title = _("The programme was set up") if entry.is_first else _("The programme was changed")
    return title, "; ".join(differences(entry))


def _organisation(programme: Programme, entry: Entry) -> tuple[str, str]:
    says = _("Run no longer by %(organisation)s") if entry.is_last else _("Run by %(organisation)s")
    return says % {"organisation": entry.row.organisation}, ""


def _parameter(programme: Programme, entry: Entry) -> tuple[str, str]:
    row, earlier = entry.row, entry.earlier
    known = PARAMETERS.get(row.name)
    words = {"parameter": known.label if known else row.name, "value": worth(row.value)}
    day = _("from %(day)s") % {"day": exact_date(row.valid_from)}
    if entry.is_last:
        return _("Called off: %(parameter)s %(value)s") % words, day
    before = programme.value(known, row.valid_from - ONE_DAY) if known else NOTHING
    was = worth(earlier.value if earlier else before)
    return f"{words['parameter']}: {was} → {words['value']}", day


TOLD: dict[type[Any], Any] = {
    Programme: _programme,
    ProgrammeOrganisation: _organisation,
    ParameterValue: _parameter,
}
