"""One line a figure: what was measured, against what, under which conditions."""

import json
import os
import platform
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

RESULTS = Path(settings.BASE_DIR) / "var" / "bench" / "figures.jsonl"


def report(
    figure: str, value: float, unit: str, *, reach: str, met: bool | None, against: str = "", **conditions: Any
) -> None:
    """Print the line and keep it."""
    line = {
        "figure": figure,
        "value": round(value, 3),
        "unit": unit,
        "reach": reach,
        "met": met,
        "against": against,
        "conditions": {"cores": os.cpu_count(), "python": platform.python_version(), **conditions},
    }
    text = json.dumps(line, ensure_ascii=False)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(text + "\n")
    print(text, flush=True)  # noqa: T201


def seconds(act: Callable[[], object], times: int = 15, warm: int = 2) -> float:
    """The median time of an act."""
    for _ in range(warm):
        act()
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        spent.append(time.perf_counter() - start)
    return median(spent)


def paired(ours: Callable[[], object], theirs: Callable[[], object], times: int = 15) -> tuple[float, float, float]:
    """Median of ours, of theirs, and of the ratio taken pair by pair, so that a drifting machine does not matter."""
    ours(), theirs()
    pairs = [(seconds(ours, 1, 0), seconds(theirs, 1, 0)) for _ in range(times)]
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(b / a for a, b in pairs)


@contextmanager
def queries_counted():
    """How many queries the block made: `len()` of what it gives."""
    with CaptureQueriesContext(connection) as captured:
        yield captured
