"""Programmes: setting one up, and tuning it from a day on."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from roles.models import Mandate, Organisation, User
from roles.role import TUNES_PROGRAMMES
from roles.services.acting import acting
from workflows.errors import NotYet, NotYou
from workflows.lost_edits import Edited, version_of
from workflows.models import ParameterValue, Programme
from workflows.parameters import Parameter

Worth = int | bool | str


def programmes_of(user: User, on: date) -> QuerySet[Programme]:
    """The programmes of the organisations that the person has any mandate in on that day."""
    mine = Mandate.objects.of(user).in_force(on).values("organisation")
    return Programme.objects.filter(organisations__in=mine).distinct()


def tuned_organisations(user: User, on: date) -> QuerySet[Organisation]:
    """The organisations whose programmes the person may set up."""
    held = Mandate.objects.of(user).in_force(on).as_role(*TUNES_PROGRAMMES)
    return Organisation.objects.filter(pk__in=held.values("organisation")).by_name()


def may_tune(programme: Programme, user: User, on: date) -> bool:
    """Whether the person may tune it: a programme that several organisations share needs the role in each."""
    running = set(programme.organisations.values_list("pk", flat=True))
    return bool(running) and running <= set(tuned_organisations(user, on).values_list("pk", flat=True))


def save_programme(
    programme: Programme, *, by: User, organisations: Iterable[Organisation], at: datetime | None = None
) -> Programme:
    """Set up a programme, or change its dates, places and organisations. Raises NotYou."""
    at = at or timezone.now()
    on = localdate(at)
    wanted = {organisation.pk for organisation in organisations}
    mine = set(tuned_organisations(by, on).values_list("pk", flat=True))
    with acting(by, at):
        had = set(programme.organisations.values_list("pk", flat=True)) if programme.pk else set()
        if not wanted or not wanted | had <= mine:
            raise NotYou(_("A programme is set up by those who supervise in every organisation that runs it."))
        programme.save()
        programme.organisations.set(wanted)
    return programme


def set_parameter(
    programme: Programme,
    parameter: "Parameter[Any]",
    *,
    by: User,
    value: Worth,
    valid_from: date,
    at: datetime | None = None,
) -> ParameterValue:
    """Say what a parameter is worth from a day on; the past keeps what it was worth. Raises NotYou or NotYet."""
    moment = at or timezone.now()
    today = localdate(moment)
    if not may_tune(programme, by, today):
        raise NotYou(_("This programme is tuned by those who supervise in every organisation that runs it."))
    if valid_from < today:
        raise NotYet(_("The past cannot be tuned: choose today or a later day."))
    if not isinstance(value, bool) and isinstance(value, int) and value < parameter.lowest:
        raise NotYet(_("At least %(lowest)s.") % {"lowest": parameter.lowest})
    said = {"value": value, "set_by": by}
    with acting(by, moment):
        row, _created = ParameterValue.objects.update_or_create(
            programme=programme, name=parameter.name, valid_from=valid_from, defaults=said
        )
    return row


def edited_programme(programme: Programme) -> Edited:
    """The dates, places and organisations of a programme as something that several people may correct."""
    mine = Programme.objects.filter(pk=programme.pk)
    running = Programme.organisations.through.objects.filter(programme=programme.pk)

    def version() -> str:
        organisations = sorted(running.values_list("organisation", flat=True))
        return version_of(*mine.values_list(), *organisations)

    def stored() -> dict[str, Any]:
        return dict(mine.values()[0]) | {"organisations": sorted(running.values_list("organisation", flat=True))}

    return Edited(version, mine, stored)


def edited_parameter(programme: Programme, parameter: "Parameter[Any]") -> Edited:
    """The values of one parameter in the same way; the one that begins last is shown as stored."""
    values = ParameterValue.objects.filter(programme=programme, name=parameter.name).order_by("valid_from")

    def stored() -> dict[str, Any]:
        latest = values.last()
        return {"value": latest.value, "valid_from": latest.valid_from} if latest else {"value": parameter.default}

    return Edited(
        version=lambda: version_of(*values.values_list("valid_from", "value")),
        rows=Programme.objects.filter(pk=programme.pk),
        stored=stored,
    )


def drop_planned_value(value: ParameterValue, *, by: User, at: datetime | None = None) -> None:
    """Call off a value that has not come into force yet. Raises NotYou or NotYet."""
    moment = at or timezone.now()
    today = localdate(moment)
    if not may_tune(value.programme, by, today):
        raise NotYou(_("This programme is tuned by those who supervise in every organisation that runs it."))
    if value.valid_from <= today:
        raise NotYet(_("It is in force already: set another value from a later day."))
    with acting(by, moment):
        value.delete()
