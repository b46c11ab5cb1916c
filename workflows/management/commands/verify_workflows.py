"""`manage.py verify_workflows`: could any case be stranded, as defined, as it stands, and as staffed today?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import localdate

from workflows.soundness.live import verify_workflows


class Command(BaseCommand):
    help = "Prove every workflow, and that each open case stands where it may and somebody may go on with it."
    requires_system_checks: list[str] = []  # it makes them itself, and says what they say

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        verify_workflows(localdate()).say(self.stdout, as_json=options["json"])
