"""Seals over history: roots over what was recorded since the last seal, chained, and written outside the database too.

Whoever can edit tables can also recompute a case's chain; they cannot make it agree with a file that they do not hold. The file lists
every record that a seal covers, so that a row which was changed or removed can be named. See `docs/adr/seals.md`.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import structlog
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Max

from workflows.models import Seal, StageChange
from workflows.sole import only_one

#: Key, case, place in the case's chain, and hash of a record.
Sealed = tuple[int, int, int, str]

MOST = 10_000
LOCK_TIMEOUT = "2s"
BLOCK = 1 << 16

log = structlog.get_logger(__name__)


def seal(at: datetime) -> int:
    """Seal what was recorded since the last seal, and bring the file up to date; how many seals were made."""
    made = 0
    if (horizon := _horizon()) is not None:
        while _seal_some(at, horizon):
            made += 1
    write_out(Path(settings.SEALS_FILE))
    return made


def root_of(changes: Iterable[Sealed]) -> str:
    """One hash over these records, in the order of their keys."""
    heads = [[case, seq, digest] for _key, case, seq, digest in changes]
    return hashlib.sha256(json.dumps(heads, separators=(",", ":")).encode()).hexdigest()


def covered(after: int, until: int, most: int | None = None) -> list[Sealed]:
    """The records with keys after the one and up to the other."""
    rows = StageChange.objects.filter(pk__gt=after, pk__lte=until).order_by("pk")
    return list(rows.values_list("pk", "case_id", "seq", "hash")[:most])


def write_out(path: Path) -> int:
    """Append to the file the seals that it lacks, one JSON document a line, and have them on the disk; how many.

    What a crash left unfinished is cut off first. Two that come together follow each other.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = _last_line(file)
        lacking = list(Seal.objects.filter(pk__gt=last.get("seal", 0)).order_by("pk"))
        after = last.get("last_change", 0)
        for row in lacking:
            file.write(_line(row, after))
            after = row.last_change
        file.flush()
        os.fsync(file.fileno())
    return len(lacking)


def _horizon() -> int | None:
    """The key up to which no record can appear any more; None when there is nothing new, or writers do not pause for us."""
    newest = StageChange.objects.aggregate(key=Max("pk"))["key"]
    sealed = Seal.objects.aggregate(key=Max("last_change"))["key"]
    if newest is None or newest == sealed:
        return None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
            cursor.execute(
                "LOCK TABLE workflows_stagechange IN SHARE MODE"
            )  # waits for those who have inserted, not committed
            return StageChange.objects.aggregate(key=Max("pk"))["key"]
    except OperationalError:
        log.warning("history is being written without a pause; the next round seals it")
        return None


def _seal_some(at: datetime, horizon: int) -> bool:
    """Make one seal over at most so many records; False when all are sealed, or somebody else is at it."""
    with transaction.atomic():
        if not only_one("sealing"):
            return False
        last = Seal.objects.order_by("pk").last()
        changes = covered(last.last_change if last else 0, horizon, MOST)
        if not changes:
            return False
        row = Seal(
            sealed_at=at.astimezone(UTC),
            last_change=changes[-1][0],
            changes=len(changes),
            root=root_of(changes),
            previous_hash=last.hash if last else "",
        )
        row.hash = row.sealed()
        row.save(force_insert=True)
    return True


def _line(row: Seal, after: int) -> bytes:
    facts = {
        "seal": row.pk,
        "sealed_at": row.sealed_at.isoformat(timespec="microseconds"),
        "last_change": row.last_change,
        "root": row.root,
        "previous_hash": row.previous_hash,
        "hash": row.hash,
        "changes": covered(after, row.last_change),
    }
    return json.dumps(facts, separators=(",", ":")).encode() + b"\n"


def _last_line(file: IO[bytes]) -> dict[str, Any]:
    """The last whole line; a torn one after it is cut off."""
    whole = _find_back(file, file.seek(0, os.SEEK_END))
    file.truncate(whole)
    if not whole:
        return {}
    start = _find_back(file, whole - 1)
    file.seek(start)
    facts: dict[str, Any] = json.loads(file.read(whole - start))
    file.seek(whole)
    return facts


def _find_back(file: IO[bytes], end: int) -> int:
    """Where the last line that ends before `end` has ended; the file's beginning when there is none."""
    while end > 0:
        start = max(end - BLOCK, 0)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def lines_of(path: Path, size: int) -> Sequence[dict[str, Any]]:
    """The whole lines among the first so many bytes of the file."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        whole = _find_back(file, size)
        file.seek(0)
        return [json.loads(line) for line in file.read(whole).splitlines()]
