"""`manage.py verify_integrity`: does everything in the tables fit together?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workflows.integrity import verify_integrity


class Command(BaseCommand):
    help = "Verify what must hold over all tables: cases, work, moves, votes, deadlines, jobs, and what the rooms add."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        verify_integrity().say(self.stdout, as_json=options["json"])
