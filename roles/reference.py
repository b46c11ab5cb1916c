"""Reference data that every installation starts with; loading it again changes nothing."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import transaction

from roles.models import Organisation, Subregion, SubregionMembership, Territory
from roles.services import give_services_their_mandates, install_service_accounts

FIXTURES = Path(settings.BASE_DIR) / "fixtures"


@transaction.atomic
def load_reference() -> dict[str, int]:
    """Territory, support subregions and service accounts, where they are missing; returns how many rows were new."""
    accounts = install_service_accounts()
    return {
        "territories": _load_territory(),
        "subregion_memberships": _load_subregions(),
        "service_accounts": len(accounts),
        "service_mandates": give_services_their_mandates(Organisation.objects.active().select_related("territory")),
    }


def _load_territory() -> int:
    """Units whose code is not known at all: what a later TERC import closed or renamed stays so."""
    units = {unit.code: unit for unit in Territory.objects.order_by("valid_from")}
    new = 0
    for row in _rows("territory.csv"):
        if row["code"] not in units:
            units[row["code"]] = Territory.objects.create(
                code=row["code"],
                level=row["level"],
                name=row["name"],
                parent=units.get(row["code"][:2]),
                path=Territory.path_of(row["code"]),
                valid_from=date.fromisoformat(row["valid_from"]),
            )
            new += 1
    return new


def _load_subregions() -> int:
    """Memberships of powiats that no subregion has ever held."""
    held = set(SubregionMembership.objects.values_list("territory__code", flat=True))
    units = {unit.code: unit for unit in Territory.objects.filter(valid_to=None)}
    new = 0
    for row in _rows("subregions.csv"):
        if row["code"] in units and row["code"] not in held:
            SubregionMembership.objects.create(
                subregion=Subregion.objects.get_or_create(name=row["subregion"])[0],
                territory=units[row["code"]],
                valid_from=date.fromisoformat(row["valid_from"]),
                confirmed=row["confirmed"] == "yes",
            )
            new += 1
    return new


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(line for line in lines if not line.startswith("#"))
