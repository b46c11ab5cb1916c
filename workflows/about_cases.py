"""What a unit of work asks of its cases beside their rows, once: open items, holds, who holds a role, who watches, who did the work."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Subquery, prefetch_related_objects
from viewflow.workflow.status import STATUS

from roles.prepared import Prepared
from workflows.deadlines import Pause
from workflows.models import CaseAssignment, CaseWatch, Draft, Hold, StageChange, WorkItem


def open_items_of(cases: Sequence[int]) -> list[WorkItem]:
    """The open items of these cases, with what the unit asks of each: whether there are drafts, and the votes of a quorum."""
    drafts = Draft.objects.filter(item=OuterRef("pk"))
    items = list(
        WorkItem.objects.open().filter(process__in=cases).select_related("owner").annotate(has_drafts=Exists(drafts))
    )
    prefetch_related_objects([item for item in items if item.quorum > 1], "votes")
    return items


def pauses_of(keys: Sequence[int]) -> defaultdict[int, list[Pause]]:
    """The holds that count, by case."""
    return _by_case((case, Pause(*days)) for case, *days in (_holds_of(keys) if keys else ()))


def assignments_of(keys: Sequence[int]) -> defaultdict[int, list[tuple[str, int]]]:
    """Role and holder of each assignment, by case."""
    return _by_case((case, (role, user)) for case, role, user in (_assignments_of(keys) if keys else ()))


def are_watched(keys: Sequence[int]) -> bool:
    """Whether anybody watches one of these cases: most are watched by nobody, so it is asked before who may read them."""
    return bool(_watched_among(keys))


def doers_in_this_stage(keys: Sequence[int]) -> defaultdict[int, set[int]]:
    """Who completed human items of each of these cases since it came to its stage; a move within the stage ends nothing."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for case, owner, behalf in _done_in_this_stage(keys) if keys else ():
        found[case] |= {key for key in (owner, behalf) if key}
    return found


def _by_case(rows: Iterable[tuple[int, Any]]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for case, each in rows:
        found[case].append(each)
    return found


@Prepared
def _holds_of(keys: Sequence[int], _on: date) -> "models.QuerySet[Hold, Any]":
    return Hold.objects.standing().filter(case__in=keys).values_list("case", "starts_on", "ends_on")


@Prepared
def _assignments_of(keys: Sequence[int], _on: date) -> "models.QuerySet[CaseAssignment, Any]":
    return CaseAssignment.objects.filter(case__in=keys).values_list("case", "role", "user")


@Prepared
def _watched_among(keys: Sequence[int], _on: date) -> "models.QuerySet[CaseWatch, Any]":
    return CaseWatch.objects.filter(case__in=keys).values_list("case")


@Prepared
def _done_in_this_stage(keys: Sequence[int], _on: date) -> "models.QuerySet[Any, Any]":
    came_here = StageChange.objects.filter(case=OuterRef("process")).that_count().into_their_stage().order_by("-seq")
    latest = Subquery(came_here.values("recorded_at")[:1])
    done = WorkItem.objects.human().filter(process__in=keys, status=STATUS.DONE, move="", finished__gt=latest)
    return done.values_list("process_id", "owner_id", "on_behalf_of_id")
