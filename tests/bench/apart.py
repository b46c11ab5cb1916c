"""Processes beside the measuring one, on the same database."""

import os
import sys
from pathlib import Path

COMMAND = [sys.executable, "manage.py"]


def environment(**more: str) -> dict[str, str]:
    """What such a process is started with."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "DJANGO_SETTINGS_MODULE": "tests.bench.settings", "IN_BENCH": "1", **more}
