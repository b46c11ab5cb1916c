"""`manage.py demo`: an invented region with two years of work behind it, made by running the engine."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.module_loading import autodiscover_modules
from django.utils.timezone import localdate

from cases.demo import PASSWORD, build_region, logins, play
from roles.models import User
from roles.reference import load_reference
from workflows.models import Case

#: What Django itself filled when it migrated.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


class Command(BaseCommand):
    help = "Build the demo region, or print who may sign in to it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--users", action="store_true", help="only print the logins")
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there are cases or people already")
        parser.add_argument(
            "--reset", action="store_true", help="empty the database first; refused unless it is the demo's own"
        )

    def handle(self, *_arguments: Any, **options: Any) -> None:
        if options["users"]:
            self._print(logins(), as_json=options["json"])
            return
        if options["reset"]:
            self._empty()
        if Case.objects.exists() or User.objects.people().exists():
            if options["if_empty"] or options["json"]:
                self._say(built=False, seconds=0, as_json=options["json"])
            if options["if_empty"]:
                return
            raise CommandError(
                "There are people or cases here already; --reset empties the demo's own database.", returncode=2
            )
        self._build(as_json=options["json"])

    def _build(self, *, as_json: bool) -> None:
        started = time.monotonic()
        autodiscover_modules("demo")
        load_reference()
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")  # after a crash it is built anew
        play(build_region(localdate()))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self._say(built=True, seconds=round(time.monotonic() - started), as_json=as_json)

    def _say(self, *, built: bool, seconds: int, as_json: bool) -> None:
        """How many cases there are, whether they were made now, and the password of everybody in the demo."""
        cases = Case.objects.count()
        if as_json:
            said = {"built": built, "cases": cases, "seconds": seconds, "password": PASSWORD}
            self.stdout.write(json.dumps(said, ensure_ascii=False))
        elif built:
            self.stdout.write(f"{cases} cases in {seconds} s; the password is {PASSWORD}")

    def _print(self, users: list[dict[str, str]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(users, ensure_ascii=False))
            return
        for user in users:
            self.stdout.write("{username}  {password}  {role}  {scope}".format(**user))

    def _empty(self) -> None:
        """Empty every table, and with them the file of their seals; people who are not the demo's own stop it."""
        others = User.objects.people().exclude(username__startswith="demo-")
        if others.exists():
            raise CommandError("Somebody here is not of the demo: this database is not emptied.", returncode=2)
        tables = [table for table in connection.introspection.table_names() if table not in KEPT]
        names = ", ".join(connection.ops.quote_name(table) for table in tables)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                cursor.execute(f"TRUNCATE {names} RESTART IDENTITY")
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")
        Path(settings.SEALS_FILE).unlink(missing_ok=True)
