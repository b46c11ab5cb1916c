"""`manage.py import_territory FILE`: units of the territorial register."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from roles.terc import Changes, TercFile, TooOld, Unreadable, bring_in_line, read


class Command(BaseCommand):
    help = "Import a TERC file of Statistics Poland (CSV or XML): new units begin, vanished and renamed ones end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--valid-from", type=date.fromisoformat, help="first day of the changes; else the file's own"
        )
        parser.add_argument("--only", nargs="+", default=[], metavar="CODE", help="codes of voivodeships to take")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        terc = self._read(options["file"], options["only"])
        on: date = options["valid_from"] or terc.as_of
        try:
            changes = bring_in_line(terc.units, on=on, dry_run=options["dry_run"])
        except TooOld:
            raise CommandError(f"The units here are newer than {on}; nothing was changed.") from None
        self._report(changes, on, dry_run=options["dry_run"])

    def _read(self, file: Path, only: list[str]) -> TercFile:
        try:
            terc = read(file, only=only)
        except (OSError, UnicodeDecodeError, Unreadable) as error:
            raise CommandError(f"The file cannot be read: {error}") from None
        for problem in terc.problems:
            self.stderr.write(f"row {problem.row}: {problem.what}" if problem.row else problem.what)
        if terc.problems:
            raise CommandError(f"{len(terc.problems)} problems; nothing was changed.")
        if not terc.units:
            raise CommandError("The file holds no units; nothing was changed.")
        return terc

    def _report(self, changes: Changes, on: date, *, dry_run: bool) -> None:
        would = "Would change" if dry_run else "Changed"
        counts = f"{len(changes.opened)} opened, {len(changes.renamed)} renamed, {len(changes.closed)} closed"
        self.stdout.write(f"{would} from {on}: {counts}.")
        for code in changes.still_in_use:
            self.stderr.write(f"{code} ended, but mandates or organisations still name it: move them.")
