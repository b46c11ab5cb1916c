"""`manage.py import_participants FILE`: take in a workbook of participants."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases.participants.importing.region import organisations_by_powiat, region_on
from cases.participants.importing.taking import Intake, Taken, take
from cases.participants.stages import Stage
from cases.workbook import BadRow, ParsedRow, Problem, WorkbookRefused, read
from cases.workbook.reasons import UNKNOWN_POWIAT, because
from roles.models import Organisation
from roles.models.users import service_account
from workflows.models import Programme

#: People already in support come in by an upload that a supervisor approves; a command has no supervisor.
NEEDS_SUPERVISOR = "a takeover waits for the approval of a supervisor"


class Command(BaseCommand):
    help = "Take in a workbook of participants: good rows become cases, bad rows are listed; a second time nothing comes twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only list what is wrong")
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
        parser.add_argument("--programme", help="code of the programme; by default the latest")
        parser.add_argument(
            "--organisation", help="short name; by default the organisation that serves the row's powiat"
        )

    def handle(self, *_arguments: Any, **options: Any) -> None:
        programme = _programme(options["programme"])
        serving = _serving(programme, options["organisation"])
        importer = service_account("importer")
        intake = Intake(lambda powiat: serving[powiat], programme, importer)
        try:
            with options["file"].open("rb") as file:
                report = self._read(file, intake, serving, is_dry=options["dry_run"])
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except WorkbookRefused as refused:
            raise CommandError(f"{options['file']}: {refused.reason}") from refused
        self._print(report, as_json=options["json"])

    def _read(self, file: Any, intake: Intake, serving: dict[str, Organisation], *, is_dry: bool) -> dict[str, Any]:
        problems: list[Problem] = []
        bad_rows: set[int] = set()
        reading = read(file, region_on(timezone.localdate()))
        powiat = reading.layout.heading("powiat")

        def good(rows: Iterable[ParsedRow | BadRow]) -> Iterable[ParsedRow]:
            for row in rows:
                if isinstance(row, BadRow):
                    problems.extend(row.problems)
                elif row.powiat not in serving:
                    problems.append(Problem(row.row, powiat, row.powiat, because(UNKNOWN_POWIAT)))
                elif row.stage not in ("", Stage.RECRUITMENT):
                    problems.append(
                        Problem(row.row, reading.layout.heading("stage"), row.stage, because(NEEDS_SUPERVISOR))
                    )
                else:
                    yield row
                    continue
                bad_rows.add(row.row)

        rows = good(reading.rows)
        taken = Taken(rows=sum(1 for _row in rows)) if is_dry else sum(take(rows, intake), Taken())
        return {
            "rows": taken.rows + len(bad_rows),
            "imported": taken.imported,
            "already_there": taken.already_there,
            "problems": [problem.as_json() for problem in problems],
        }

    def _print(self, report: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            for problem in report["problems"]:
                self.stdout.write("{row}: {column}: {value!r}: {reason}".format(**problem))
            self.stdout.write("{rows} rows, {imported} cases opened, {already_there} already there".format(**report))
        if report["problems"]:
            sys.exit(1)


def _programme(code: str | None) -> Programme:
    programmes = Programme.objects.filter(code=code) if code else Programme.objects.all()
    programme = programmes.first()
    if programme is None:
        raise CommandError("There is no such programme; `manage.py demo` makes one.")
    return programme


def _serving(programme: Programme, short_name: str | None) -> dict[str, Organisation]:
    organisations = list(programme.organisations.filter(**({"short_name": short_name} if short_name else {})))
    if not organisations:
        raise CommandError("The programme has no such organisation.")
    return organisations_by_powiat(organisations, timezone.localdate())
