"""`manage.py rotate_keys`: seal everything anew under the first key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases.rotation import reindex, reseal_files, reseal_rows


class Command(BaseCommand):
    help = (
        "Encrypt under PII_KEY whatever is still encrypted under one of PII_KEY_FALLBACKS, which may then be dropped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--index", action="store_true", help="compute keyed hashes anew too, after PII_INDEX_KEY changed"
        )

    def handle(self, *_arguments: Any, **options: Any) -> None:
        rows, files = reseal_rows(), reseal_files()
        self.stdout.write(f"{rows} values and {files} files encrypted anew.")
        if options["index"]:
            self.stdout.write(f"{reindex()} keyed hashes computed anew.")
