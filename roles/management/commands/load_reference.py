"""`manage.py load_reference`: what every installation starts with."""

from typing import Any

from django.core.management.base import BaseCommand

from roles.reference import load_reference


class Command(BaseCommand):
    help = "Load territory, support subregions and service accounts; a second time changes nothing."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        loaded = load_reference()
        new = ", ".join(f"{name}: {count}" for name, count in loaded.items())
        self.stdout.write(f"Reference data is loaded ({new}).")
