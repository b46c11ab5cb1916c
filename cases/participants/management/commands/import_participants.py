"""`manage.py import_participants FILE`: take in a workbook of participants.

Exit status 0 when every row is dealt with, 1 when some have problems, 2 for wrong use: no such file, programme or organisation, or a
file that is no list of participants. With `--json` there is one document in every case, `rows` being `imported` + `already_there` +
`waiting` + the rows with problems. In a dry run they say what would be.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases.participants.flow import ParticipantFlow
from cases.participants.importing.handing_over import HandingOver
from cases.participants.importing.likely import warnings_of
from cases.participants.importing.region import organisations_by_powiat, region_on
from cases.participants.importing.taking import AT_ONCE, Intake, Taken, look, take
from cases.participants.models import ParticipantImport
from cases.participants.stages import Stage
from cases.workbook import BadRow, ParsedRow, Problem, Reading, WorkbookRefused, read
from cases.workbook.reasons import UNKNOWN_POWIAT, because
from roles.models import Organisation
from roles.models.users import service_account
from workflows.models import Programme

WRONG_USE = 2
STAGES = [str(Stage.RECRUITMENT), *map(str, ParticipantFlow.taken_over_at)]


@dataclass
class Report:
    """What came of the rows, or would."""

    taken: Taken = field(default_factory=Taken)
    waiting: int = 0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    imports: list[ParticipantImport] = field(default_factory=list)

    @property
    def as_json(self) -> dict[str, Any]:
        """The document that `--json` prints."""
        bad = len({problem.row for problem in self.problems})
        return {
            "rows": self.taken.rows + self.waiting + bad,
            "imported": self.taken.imported,
            "already_there": self.taken.already_there,
            "waiting": self.waiting,
            "problems": [problem.as_json() for problem in self.problems],
            "warnings": [problem.as_json() for problem in self.warnings],
        }


class Command(BaseCommand):
    help = (
        "Take in a workbook of participants: good rows become cases, bad rows are listed; a second time nothing comes twice. "
        "People already in support wait for the approval of a supervisor. With --dry-run the totals say what would be."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only say what would come in and what is wrong")
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
        parser.add_argument("--programme", help="code of the programme; by default the latest")
        parser.add_argument(
            "--organisation", help="short name; by default the organisation that serves the row's powiat"
        )
        parser.add_argument(
            "--stage", choices=STAGES, default=STAGES[0], help="stage of the people whose row does not say theirs"
        )

    def handle(self, *_arguments: Any, **options: Any) -> None:
        try:
            report = self._report(**options)
        except CommandError as error:
            if options["json"]:
                self._print_wrong_use(str(error))
            raise
        self._print(report, as_json=options["json"])

    def _report(self, **options: Any) -> Report:
        programme = _programme(options["programme"])
        serving = _serving(programme, options["organisation"])
        stage = "" if options["stage"] == Stage.RECRUITMENT else options["stage"]
        intake = Intake(lambda powiat: serving[powiat], programme, service_account("importer"), stage)
        try:
            content = options["file"].read_bytes()
            reading = read(BytesIO(content), region_on(timezone.localdate(), stage=stage))
            return _take_in(reading, content, intake, serving, options["file"].name, is_dry=options["dry_run"])
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}", returncode=WRONG_USE) from error
        except WorkbookRefused as refused:
            raise CommandError(f"{options['file']}: {refused.reason}", returncode=WRONG_USE) from refused

    def _print_wrong_use(self, reason: str) -> None:
        problem = {"row": 0, "column": "", "value": "", "reason": reason}
        self.stdout.write(json.dumps(Report().as_json | {"problems": [problem]}, ensure_ascii=False))

    def _print(self, report: Report, *, as_json: bool) -> None:
        said = report.as_json
        if as_json:
            self.stdout.write(json.dumps(said, ensure_ascii=False))
        else:
            for kind in ("problems", "warnings"):
                for problem in said[kind]:
                    self.stdout.write(f"{kind[:-1]}: {{row}}: {{column}}: {{value!r}}: {{reason}}".format(**problem))
            for batch in report.imports:
                self.stdout.write(f"waits for a supervisor of {batch.organisation}: {batch.get_absolute_url()}")
            self.stdout.write(
                "{rows} rows, {imported} cases opened, {already_there} already there, {waiting} waiting".format(**said)
            )
        if report.problems:
            sys.exit(1)


def _take_in(
    reading: Reading, content: bytes, intake: Intake, serving: dict[str, Organisation], name: str, *, is_dry: bool
) -> Report:
    report, over = Report(), HandingOver(intake, lambda powiat: serving[powiat])
    rows = _new_ones(_good(reading, serving, report), intake, over, report, reading.layout.heading("last_name"))
    report.taken = sum((look if is_dry else take)(rows, intake), Taken())
    report.taken += Taken(over.already_there, 0, over.already_there)
    report.waiting = over.waiting
    if not is_dry:
        report.imports = over.leave(content, name, timezone.now())
    return report


def _good(reading: Reading, serving: dict[str, Organisation], report: Report) -> Iterator[ParsedRow]:
    """The rows that can be dealt with; what is wrong with the others goes into the report."""
    for row in reading.rows:
        if isinstance(row, BadRow):
            report.problems.extend(row.problems)
        elif row.powiat not in serving:
            report.problems.append(
                Problem(row.row, reading.layout.heading("powiat"), row.powiat, because(UNKNOWN_POWIAT))
            )
        else:
            yield row


def _new_ones(
    rows: Iterable[ParsedRow], intake: Intake, over: HandingOver, report: Report, heading: str
) -> Iterator[ParsedRow]:
    """The rows of people who begin in recruitment; those in support already are handed over, a chunk at a time."""
    rest = iter(rows)
    while chunk := list(islice(rest, AT_ONCE)):
        report.warnings += warnings_of(chunk, intake, heading, reader=intake.by)
        yield from over.pick(chunk)


def _programme(code: str | None) -> Programme:
    programmes = Programme.objects.filter(code=code) if code else Programme.objects.all()
    programme = programmes.first()
    if programme is None:
        raise CommandError("There is no such programme; `manage.py demo` makes one.", returncode=WRONG_USE)
    return programme


def _serving(programme: Programme, short_name: str | None) -> dict[str, Organisation]:
    organisations = list(programme.organisations.filter(**({"short_name": short_name} if short_name else {})))
    if not organisations:
        raise CommandError("The programme has no such organisation.", returncode=WRONG_USE)
    return organisations_by_powiat(organisations, timezone.localdate())
