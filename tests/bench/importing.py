"""Taking in a workbook of ten thousand participants by the command, in a process of its own: rows a second, and its memory."""

import json
import resource
import subprocess
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from stdnum.pl import pesel

from roles.models import Territory
from tests.bench.apart import COMMAND, environment
from tests.bench.figures import FOLDER, report
from tests.bench.region import Region, region
from tests.cases.workbooks import list_of

ROWS = 10_000


def taking_in() -> None:
    """The two figures of the import."""
    here = region()
    path = FOLDER / "import.xlsx"
    FOLDER.mkdir(parents=True, exist_ok=True)
    path.write_bytes(list_of(*people()).getvalue())
    before = _processor_time()
    try:
        answer, spent, memory = imported(path, here)
    finally:
        path.unlink()
    worked = _processor_time() - before
    whole = answer["imported"] == ROWS and not answer["problems"]
    about = {"rows": answer["rows"], "imported": answer["imported"], "problems": len(answer["problems"])}
    speed = ROWS / spent
    report(
        "import_speed",
        speed,
        "rows/s",
        reach="≥ 150",
        met=whole and speed >= 150,
        **about,
        seconds=spent,
        processor_seconds=worked,
    )
    report("import_memory", memory, "MB", reach="< 300", met=whole and memory < 300, **about)


def people() -> Iterator[dict[str, Any]]:
    """As many people as rows, each with a PESEL of their own, over all powiats."""
    powiats = list(Territory.objects.exclude(level="voivodeship").order_by("code").values_list("name", flat=True))
    for n in range(ROWS):
        born = date(1960, 1, 1) + timedelta(days=n)
        digits = f"{born:%y%m%d}{n % 5000:04}"
        yield {
            "Lp.": n + 1,
            "Nazwisko": f"Próbn{'y' if n % 2 else 'a'}",
            "PESEL": digits + pesel.calc_check_digit(digits),
            "Płeć": "Mężczyzna" if n % 2 else "Kobieta",
            "Data urodzenia": born,
            "Powiat": powiats[n % len(powiats)],
        }


def imported(path: Path, here: Region) -> tuple[dict[str, Any], float, float]:
    """What the command says, how long it took from its start to its end, and the most memory it held, in MB."""
    command = [*COMMAND, "import_participants", str(path), "--json", "--programme", here.programme.code]
    start, peak = time.perf_counter(), 0
    with TemporaryFile() as answer:  # a pipe that nobody empties would stop it
        process = subprocess.Popen(command, env=environment(), stdout=answer)  # noqa: S603
        while process.poll() is None:
            peak = max(peak, _resident_peak(process.pid))
            time.sleep(0.02)
        spent = time.perf_counter() - start
        answer.seek(0)
        return json.load(answer), spent, peak / 1024


def _processor_time() -> float:
    """What the processes that have ended have used, in seconds; without the database's."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _resident_peak(pid: int) -> int:
    """The most resident memory that a process has held, in KB; none once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
