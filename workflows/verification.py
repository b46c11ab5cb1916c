"""Verifying history offline: chains, heads, digests, seals and their file. Names the first bad row."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from workflows.models import Case, Seal, StageChange
from workflows.reports import Problem, Report
from workflows.sealing import Sealed, covered, lines_of, root_of

#: How long the file may lag behind the table: a seal is committed before it is written out.
LAG = timedelta(hours=1)
A_LOT = 2_000

Head = tuple[int, str, int, str]
Lines = Mapping[int, dict[str, Any]]


def verify_history(path: Path | None = None) -> Report:
    """Read all of history at one moment and recompute everything that vouches for it."""
    path = path or Path(settings.SEALS_FILE)
    size = path.stat().st_size if path.exists() else 0  # first: what the file has, the table must have
    with _one_moment():
        counts: Counter[str] = Counter()
        problems = [*_chain_problems(counts), *_seal_problems(counts, path, size)]
    return Report(dict(counts), sorted(problems, key=lambda problem: problem.row))


@contextmanager
def _one_moment() -> Iterator[None]:
    """One snapshot for all queries, so that who writes meanwhile makes no false alarm."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _chain_problems(counts: Counter[str]) -> Iterator[Problem]:
    """Case by case, at most one problem each: what follows the first is only its consequence."""
    heads = Case._base_manager.order_by("pk").values_list("pk", "stage", "history_length", "history_hash")
    changes = StageChange.objects.select_related("detail", "erasure").in_order().iterator(A_LOT)
    chains = groupby(changes, key=lambda change: change.case_id)
    waiting = next(chains, None)
    for head in heads.iterator(A_LOT):
        while waiting and waiting[0] < head[0]:
            yield _orphan(next(waiting[1]))
            waiting = next(chains, None)
        mine: Sequence[StageChange] = ()
        if waiting and waiting[0] == head[0]:
            mine = list(waiting[1])
            waiting = next(chains, None)
        counts["cases"] += 1
        counts["stage changes"] += len(mine)
        counts["details"] += sum(_has(change, "detail") for change in mine)
        counts["erasures"] += sum(_has(change, "erasure") for change in mine)
        yield from islice(_problems_of_case(head, mine), 1)
    while waiting:
        yield _orphan(next(waiting[1]))
        waiting = next(chains, None)


def _orphan(change: StageChange) -> Problem:
    return Problem(_name(change), "its case is gone", change.pk)


def _problems_of_case(head: Head, chain: Sequence[StageChange]) -> Iterator[Problem]:
    case, stage, length, digest = head
    previous: StageChange | None = None
    for expected, change in enumerate(chain, start=1):
        if change.seq != expected:
            yield Problem(f"case {case}", f"record {expected} is missing before stage change {change.pk}", change.pk)
        yield from _problems_of_row(change, previous)
        if change.seq > length:
            yield Problem(_name(change), "is not covered by the head of its case", change.pk)
        previous = change
    last = chain[-1] if chain else None
    row = last.pk if last else 0
    if len(chain) < max(length, 1):
        yield Problem(f"case {case}", f"record {len(chain) + 1} is missing at the end of {length}", row)
    elif last and last.hash != digest:
        yield Problem(_name(last), "its hash is not the one in the head of its case", row)
    elif last and last.target != stage:
        yield Problem(f"case {case}", f"is in the stage {stage}, its last record leads to {last.target}", row)


def _problems_of_row(change: StageChange, previous: StageChange | None) -> Iterator[Problem]:
    if change.hash != change.sealed():
        yield Problem(_name(change), "its content does not match its hash", change.pk)
    if change.previous_hash != (previous.hash if previous else ""):
        yield Problem(_name(change), "its chain is broken: it does not follow the record before", change.pk)
    if not _has(change, "detail") and not _has(change, "erasure"):
        yield Problem(_name(change), "who and why are gone, and no erasure vouches for that", change.pk)
    if _has(change, "detail") and change.detail.digest() != change.digest:
        yield Problem(_name(change), "who and why do not match its digest", change.pk)
    if change.source != (previous.target if previous else ""):
        yield Problem(_name(change), "it does not start from the stage that the record before led to", change.pk)


def _has(change: StageChange, name: str) -> bool:
    """Whether there is such a row beside it: who and why, or the erasure that vouches for their absence."""
    return getattr(change, name, None) is not None


def _name(change: StageChange) -> str:
    return f"stage change {change.pk} (case {change.case_id}, record {change.seq})"


def _seal_problems(counts: Counter[str], path: Path, size: int) -> Iterator[Problem]:
    lines: Lines = {line["seal"]: line for line in lines_of(path, size)}
    counts["seals in the file"] = len(lines)
    known: set[int] = set()
    previous: Seal | None = None
    for seal in Seal.objects.order_by("pk").iterator(A_LOT):
        known.add(seal.pk)
        counts["seals"] += 1
        yield from _problems_of_seal(seal, previous)
        changes = covered(previous.last_change if previous else 0, seal.last_change)
        yield from _problems_of_cover(seal, changes, lines.get(seal.pk))
        yield from _problems_with_file(seal, lines)
        previous = seal
    for missing in sorted(set(lines) - known):
        yield Problem(f"seal {missing}", "stands in the file and not in the table")


def _problems_of_seal(seal: Seal, previous: Seal | None) -> Iterator[Problem]:
    if seal.hash != seal.sealed():
        yield Problem(f"seal {seal.pk}", "its content does not match its hash")
    if seal.previous_hash != (previous.hash if previous else ""):
        yield Problem(f"seal {seal.pk}", "its chain is broken: it does not follow the seal before")


def _problems_of_cover(seal: Seal, changes: list[Sealed], line: dict[str, Any] | None) -> Iterator[Problem]:
    """What the seal covers must be what it covered; the file, where there is one, tells which row is not."""
    if root_of(changes) == seal.root and len(changes) == seal.changes:
        return
    there = {change[0]: tuple(change) for change in changes}
    sealed = {change[0]: tuple(change) for change in line["changes"]} if line else there
    for key in sorted(sealed.keys() | there.keys()):
        if key not in there:
            _key, case, seq, _hash = sealed[key]
            yield Problem(f"stage change {key} (case {case}, record {seq})", f"is gone; seal {seal.pk} covers it", key)
        elif key not in sealed:
            yield Problem(f"stage change {key}", f"was put in after seal {seal.pk}", key)
        elif there[key] != sealed[key]:
            yield Problem(f"stage change {key}", f"is not what seal {seal.pk} covers", key)
    if not line:
        first = changes[0][0] if changes else 0
        yield Problem(
            f"seal {seal.pk}",
            f"does not fit the {len(changes)} stage changes that it covers, {seal.changes} once",
            first,
        )


def _problems_with_file(seal: Seal, lines: Lines) -> Iterator[Problem]:
    line = lines.get(seal.pk)
    if line is None:
        if timezone.now() - seal.sealed_at > LAG:
            yield Problem(f"seal {seal.pk}", "does not stand in the file")
        return
    moment = datetime.fromisoformat(line["sealed_at"]).astimezone(UTC)
    told = (moment, line["last_change"], line["root"], line["previous_hash"], line["hash"])
    if told != (seal.sealed_at, seal.last_change, seal.root, seal.previous_hash, seal.hash):
        yield Problem(f"seal {seal.pk}", "is not what stands in the file")
