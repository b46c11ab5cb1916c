"""One line a figure: what was measured, against what, under which conditions."""

import json
import os
import platform
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

FOLDER = Path(settings.BASE_DIR) / "var" / "bench"
RESULTS = FOLDER / f"{datetime.now():%Y-%m-%dT%H%M%S}.jsonl"  # noqa: DTZ005  a name
ROW = "{figure:<26} {value:>11} {unit:<8} {reach:<10} {met:<5} {against}"


def report(
    figure: str,
    value: float,
    unit: str,
    *,
    reach: str = "",
    met: bool | None = None,
    against: str = "",
    **conditions: Any,
) -> None:
    """Print the row and keep the line. Without a reach the figure is for information."""
    machine = {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "postgresql": connection.pg_version // 10_000,  # type: ignore[attr-defined]
    }
    line = {
        "figure": figure,
        "value": round(value, 3),
        "unit": unit,
        "reach": reach,
        "met": met,
        "against": against,
        "conditions": machine | {name: _short(condition) for name, condition in conditions.items()},
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(ROW.format(**line | {"met": {True: "yes", False: "NO", None: ""}[met]}), flush=True)  # noqa: T201


def head() -> None:
    """Print the head of the table."""
    words = {name: name for name in ("figure", "value", "unit", "reach", "met", "against")}
    print(ROW.format(**words), flush=True)  # noqa: T201


def _short(condition: Any) -> Any:
    return round(condition, 2) if isinstance(condition, float) else condition


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


def fastest(act: Callable[[], object], times: int = 60) -> float:
    """The shortest time of an act: what it takes when the machine does nothing else, for comparing with another hour."""
    return min(seconds(act, 1, 0) for _ in range(times))


def paired(one: Callable[[], object], other: Callable[[], object], times: int = 25) -> tuple[float, float, float]:
    """Median of one, of the other, and of the ratio other/one taken pair by pair, so that a drifting machine does not matter."""
    one(), other()
    pairs = [(seconds(one, 1, 0), seconds(other, 1, 0)) for _ in range(times)]
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(b / a for a, b in pairs)


@contextmanager
def queries_counted():
    """How many queries the block made: `len()` of what it gives."""
    with CaptureQueriesContext(connection) as captured:
        yield captured
