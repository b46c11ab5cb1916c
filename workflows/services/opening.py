"""Opening cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _
from viewflow.workflow.status import PROCESS

from roles.models import User
from workflows.batch import Batch, batch
from workflows.errors import NotYou
from workflows.models import Case, StageChangeDetail
from workflows.standing import Standing
from workflows.writing import next_keys

Kind = TypeVar("Kind", bound=Case)
OPENED = "open"
TAKEN_OVER = "take_over"


@dataclass(frozen=True)
class Takeover:
    """A case that was under way before it came here: its true stage, since when, and who approved the batch it came in."""

    stage: str
    since: date
    approved_by: User


def open_cases(
    cases: Sequence[Kind], *, by: User, at: datetime | None = None, takeovers: Mapping[int, Takeover] | None = None
) -> list[Kind]:
    """Give these new cases their numbers, their first record and their first work, all or none.

    Each must have kind, title, territory, organisation, programme and opened_on; the stage is the lifecycle's first, or that of its
    takeover, by place in `cases`. Raises NotYou when a case lies outside the mandates of whoever opens it.
    """
    with batch([], by=by, at=at) as unit:
        return open_in(unit, cases, takeovers=takeovers)


def open_in(unit: Batch, cases: Sequence[Kind], *, takeovers: Mapping[int, Takeover] | None = None) -> list[Kind]:
    """The same inside a unit of work that is open already."""
    standing = Standing.of(unit.by, unit.today)
    for case, key in zip(cases, next_keys(Case, len(cases)) if cases else [], strict=True):
        _may_open(standing, case)
        case.pk = case.id = case.case_ptr_id = key  # links to it read its id
    known = [(takeovers or {}).get(place) for place in range(len(cases))]
    for case, takeover in zip(cases, known, strict=True):
        _open(unit, case, takeover)
    _insert(cases)
    for case, takeover in zip(cases, known, strict=True):
        unit.hold(case, is_new=True)
        flow = case.flow_class
        flow.start_node().begin(case, flow.taken_over_at[takeover.stage] if takeover else None)
    return list(cases)


def _may_open(standing: Standing, case: Case) -> None:
    """A service account opens what its code lets it: the importer, the public application form."""
    roles = case.flow_class.start_node().opened_by
    if not standing.user.is_service and not any(standing.acts_as(role, case) for role in roles):
        raise NotYou(_("You may not open such a case here."))


def _open(unit: Batch, case: Case, takeover: Takeover | None) -> None:
    case.kind_name, case.created, case.status = case.kind, unit.at, PROCESS.NEW
    case.number = f"{case.prefix}/{case.opened_on.year}/{case.pk:06d}"
    case.set_title(case.title)
    case.workflow_version = case.flow_class.version()
    case.stage_since = case.last_move_on = case.opened_on
    case.begin_in(case.path[0])
    opened = StageChangeDetail(approved_by_id=unit.by.pk)
    unit.record(case, OPENED, "", case.opened_on, opened, is_takeover=takeover is not None)
    if takeover is not None:
        _take_over(unit, case, takeover)


def _insert(cases: Sequence[Case]) -> None:
    """Write new cases, a statement a table: Django's `bulk_create` leaves out a model with a parent, which has two."""
    Case._base_manager.bulk_create(cases)
    for kind in dict.fromkeys(type(case) for case in cases):
        rows = [case for case in cases if type(case) is kind]
        kind._base_manager._insert(rows, fields=kind._meta.local_concrete_fields, using=DEFAULT_DB_ALIAS)


def _take_over(unit: Batch, case: Case, takeover: Takeover) -> None:
    """Put the case where it truly stands: one marked record with the historical day, in the name of who approved the batch."""
    source = str(case.stage)
    case.begin_in(takeover.stage)
    case.stage_since = case.last_move_on = takeover.since
    unit.effective_on[case.pk] = takeover.since
    who = StageChangeDetail(asked_by_id=unit.by.pk, approved_by_id=takeover.approved_by.pk)
    unit.record(case, TAKEN_OVER, source, takeover.since, who, is_takeover=True)
