"""Processes beside the measuring one, on the same database."""

import os
import sys

COMMAND = [sys.executable, "manage.py"]


def environment(**more: str) -> dict[str, str]:
    """What such a process is started with."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.bench.settings", "IN_BENCH": "1", **more}
