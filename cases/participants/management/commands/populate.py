"""`manage.py populate --cases N`: volume for measurement."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localdate

from cases.participants.volume import Staff, populate
from roles.models import Mandate, Territory
from roles.role import Role
from workflows.models import Programme

NEEDED = (Role.COORDINATOR, Role.TUTOR, Role.SUPERVISOR, Role.PSYCHOLOGIST)


class Command(BaseCommand):
    help = "Make very many participants' cases, set by set, for the programme and the staff that are there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, required=True, help="how many")
        parser.add_argument("--programme", help="its code; by default the latest")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *_arguments: Any, **options: Any) -> None:
        programmes = Programme.objects.filter(**({"code": options["programme"]} if options["programme"] else {}))
        programme = programmes.first()
        if programme is None:
            raise CommandError("There is no such programme; `manage.py demo` makes one.")
        staff = [each for each in map(_staff, programme.organisations.all()) if each is not None]
        if not staff:
            raise CommandError("No organisation of the programme has people in every role needed.")
        written = populate(options["cases"], staff=staff, programme=programme, today=localdate(), seed=options["seed"])
        for table, rows in written.items():
            self.stdout.write(f"{table}: {rows}")


def _staff(organisation: Any) -> Staff | None:
    """The organisation's people by role and its powiats; None when a role has nobody."""
    mandates = Mandate.objects.filter(organisation=organisation).in_force(localdate())
    people = {str(role): sorted(set(mandates.as_role(role).values_list("user", flat=True))) for role in NEEDED}
    powiats = (Territory.Level.POWIAT, Territory.Level.CITY_POWIAT)
    reached = {pk for scope in mandates.scopes() for pk in scope.territory_ids}
    territories = list(Territory.objects.filter(pk__in=reached, level__in=powiats).values_list("pk", flat=True))
    if not territories or not all(people.values()):
        return None
    return Staff(organisation, territories, people)
