"""`manage.py run_jobs`: worker and clock in one process, for small installations, demonstrations and tests."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from workflows import jobs
from workflows.clockwork import Clockwork


class Command(BaseCommand):
    help = "Do what is due, and go on doing it; with --until-empty, stop when nothing is due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-empty", action="store_true", help="do the jobs that are due now, and stop")
        parser.add_argument("--pause", type=float, default=1.0, help="seconds between two looks")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["until_empty"]:
            self.stdout.write(f"{jobs.run_due(timezone.now())} jobs done")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        clockwork = Clockwork()
        while not stop.is_set():
            clockwork.turn(timezone.now())
            close_old_connections()
            stop.wait(options["pause"])
