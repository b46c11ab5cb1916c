"""Reads a workbook in a process of its own; prints how many rows it has and the peak of memory in megabytes.

python -m tests.cases.peak_of_memory FILE
"""

import os
import re
import sys
from pathlib import Path

import django
import pytest  # noqa: F401  the settings are those of the tests

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from cases.workbook import read  # noqa: E402
from tests.cases.workbooks import region  # noqa: E402


def peak() -> int:
    """In megabytes; `getrusage` would give what the process had that began this one, when that is more."""
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) // 1024


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:  # noqa: PTH123
        rows = sum(1 for _row in read(file, region()).rows)
    sys.stdout.write(f"{rows} {peak()}\n")
