"""What a workbook is read against: the powiats that the organisation serves, and the names of stages."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from django.conf import settings
from django.utils.timezone import localdate
from django.utils.translation import override

from cases.participants.flow import ParticipantFlow
from cases.participants.models import ParticipantImport
from cases.participants.models.imports import POWIATS
from cases.participants.stages import Stage
from cases.workbook import Region
from roles.models import Mandate, Organisation, Territory
from roles.role import Role


def region_on(day: date, *, stage: str = "") -> Region:
    """Every powiat in force, by name; stages at which a case may be taken over, and recruitment, by label in any language.

    `stage` is that of everybody in the list whose row does not say another.
    """
    powiats = Territory.objects.in_force(day).filter(level__in=POWIATS)
    region = Region.of(dict(powiats.values_list("name", "code")), _stages())
    return replace(region, support=frozenset(map(str, ParticipantFlow.taken_over_at)), stage=stage, today=day)


def region_of(batch: ParticipantImport, served: Collection[str]) -> Region:
    """The same on the day of the upload, of which only people of these powiats come in."""
    return replace(region_on(localdate(batch.uploaded_at), stage=batch.stage), served=frozenset(served))


def _stages() -> dict[str, str]:
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {str(Stage(each).label): str(each) for each in (Stage.RECRUITMENT, *ParticipantFlow.taken_over_at)}
    return found


def territories_on(day: date) -> dict[str, Territory]:
    """The powiats in force on that day by code."""
    return {each.code: each for each in Territory.objects.in_force(day).filter(level__in=POWIATS)}


def organisations_by_powiat(organisations: Iterable[Organisation], day: date) -> dict[str, Organisation]:
    """Which of these organisations has a coordinator in a powiat, by its code; the first by name where several have.

    A coordinator does the first task of whoever comes in. The services' mandates reach everywhere and say nothing.
    """
    served: dict[str, Organisation] = {}
    codes = {each.pk: code for code, each in territories_on(day).items()}
    for organisation in sorted(organisations, key=lambda each: each.sort_key):
        held = Mandate.objects.filter(organisation=organisation, user__is_active=True).in_force(day)
        for scope in held.as_role(Role.COORDINATOR).scopes():
            for key in scope.territory_ids & codes.keys():
                served.setdefault(codes[key], organisation)
    return served
