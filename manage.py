#!/usr/bin/env python
"""Run a Django command, in the project's own environment whichever python was asked."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run what the command line asks for."""
    environment = Path(__file__).resolve().parent / ".venv"
    if Path(sys.prefix) != environment and (environment / "bin" / "python").exists():
        os.execv(environment / "bin" / "python", [str(environment / "bin" / "python"), *sys.argv])  # noqa: S606
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
