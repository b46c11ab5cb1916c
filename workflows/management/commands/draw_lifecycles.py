"""`manage.py draw_lifecycles`: writes docs/lifecycles, a page and two pictures for each kind of case."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from workflows.lifecycle_documents import documents


class Command(BaseCommand):
    help = "Write docs/lifecycles from the lifecycles and flows."
    requires_system_checks: list[str] = []  # a flow that is wrong may be looked at

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "docs" / "lifecycles"
        folder.mkdir(parents=True, exist_ok=True)
        wanted = documents()
        for old in folder.iterdir():
            if old.name not in wanted:
                old.unlink()
        for name, text in wanted.items():
            (folder / name).write_text(text, encoding="utf-8")
        self.stdout.write(f"{len(wanted)} files in {folder.relative_to(settings.BASE_DIR)}.")
