"""`manage.py verify_history`: is the record of moves as it was written?"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workflows.verification import verify_history


class Command(BaseCommand):
    help = "Verify the chains of stage changes, the heads of cases, and the seals with their file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        parser.add_argument("--seals", type=Path, help="the file of seals, where it lies elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        verify_history(options["seals"]).say(self.stdout, as_json=options["json"])
