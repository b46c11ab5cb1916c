"""`manage.py messages`: keep the catalogue of translations."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import translations

SHOWN = 50


class Command(BaseCommand):
    """Take up new strings; or check that every string is translated; or compile."""

    help = "Update the catalogue of translations from the code (default), check that it is complete, or compile it."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Do one of three."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--check", action="store_true", help="fail when a string is missing, empty or doubtful")
        what.add_argument("--compile", action="store_true", help="write the binary catalogues that are out of date")

    def handle(self, *, check: bool, compile: bool, **_: Any) -> None:  # noqa: A002  named after the option
        """Go through every language."""
        for path in catalogues():
            if compile:
                translations.compile_catalogue(path)
            elif check:
                self._check(path)
            else:
                self._update(path)

    def _update(self, path: Path) -> None:
        catalogue = translations.update(path, settings.BASE_DIR)
        missing = sum(1 for message in catalogue if message.id and not translations.is_translated(message))
        self.stdout.write(f"{path.relative_to(settings.BASE_DIR)}: {len(catalogue)} strings, {missing} to translate")

    def _check(self, path: Path) -> None:
        name, found = path.relative_to(settings.BASE_DIR), list(translations.problems(path, settings.BASE_DIR))
        if not found:
            self.stdout.write(f"{name}: complete")
            return
        more = [f"… and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        raise CommandError("\n".join([f"{name}:", *found[:SHOWN], *more, "`make messages` takes up new strings."]))


def catalogues() -> list[Path]:
    """A catalogue for every language but English, in which the strings are written."""
    locale: Path = settings.BASE_DIR / "locale"
    return [locale / code / "LC_MESSAGES" / "django.po" for code, _name in settings.LANGUAGES if code != "en"]
