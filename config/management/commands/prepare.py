"""`manage.py prepare`: bring the database, the static files and the translations up to this version of the code."""

import hashlib
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

NOT_SHOWN = ["viewflow", "guardian"]  # static files of pages that nobody sees, 49 MB of them


class Command(BaseCommand):
    """What a deployment runs once before the new processes start, and `make run` every time."""

    help = "Migrate, load reference data, collect static files, compile translations; what is done costs nothing."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """With or without the demo region."""
        parser.add_argument("--demo", action="store_true", help="build the demo region when there is no case yet")

    def handle(self, *, demo: bool, **_: Any) -> None:
        """Step by step, each with the time it took."""
        self._step("translations", lambda: call_command("messages", compile=True))
        self._step("static files", collect_static)
        self._step("database", migrate)
        self._step("reference data", lambda: call_known("load_reference"))
        if demo:
            self._step("demo region", lambda: call_known("demo", "--if-empty"))

    def _step(self, name: str, do: Callable[[], object]) -> None:
        started = time.monotonic()
        do()
        self.stdout.write(f"prepare: {name} ({time.monotonic() - started:.1f} s)")


def migrate() -> None:
    """The schema, and the table of the cache."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)


def call_known(command: str, *arguments: str) -> None:
    """Run the command if this version has it."""
    if command in get_commands():
        call_command(command, *arguments)


def collect_static() -> None:
    """Name and compress the static files, when any has changed since the last time."""
    if settings.AS_THEY_LIE:
        return
    stamp = settings.VAR_DIR / "static.stamp"
    wanted = fingerprint()
    if not stamp.exists() or stamp.read_text() != wanted:
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=NOT_SHOWN)
        stamp.write_text(wanted)


def fingerprint() -> str:
    """Changes when a static file does."""
    digest = hashlib.sha256(str(settings.STATIC_ROOT).encode())
    for finder in finders.get_finders():
        for name, storage in finder.list(NOT_SHOWN):
            modified = storage.get_modified_time(name).timestamp()
            digest.update(f"{name} {storage.size(name)} {modified}\n".encode())
    return digest.hexdigest()
