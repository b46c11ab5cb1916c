"""The unit of work: what one transaction is going to write, each table once.

viewflow's activations move many cases in memory; a work item that they save is kept here. When the block ends everything is written,
or nothing. Within a unit a case and its open items exist in memory exactly once: End, Join and the disarming of timers ask the unit.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import models
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from roles.models import User, away_on, clock_of, reached_from
from roles.models.mandates import holders_by_role
from roles.services.acting import acting
from workflows import queue
from workflows.about_cases import are_watched, assignments_of, doers_in_this_stage, open_items_of, pauses_of
from workflows.deadlines import Pause, Term, WorkingCalendar, deadline
from workflows.errors import NotYet, TooLate
from workflows.facts import Facts
from workflows.lifecycle import Move
from workflows.locking import free_cases, locked_cases
from workflows.marks import leave_on_case
from workflows.models import (
    Case,
    CaseWatch,
    Draft,
    Job,
    Notice,
    Programme,
    StageChange,
    StageChangeDetail,
    WorkItem,
)
from workflows.parameters import PARAMETERS, parameter
from workflows.registry import queue_of
from workflows.unit import enter, leave
from workflows.writing import Snapshot, next_keys, write_changes

Row = TypeVar("Row", bound=models.Model)
CALENDAR = WorkingCalendar()


class Batch:
    """What one transaction writes: cases, work items, their links, and rows that are only inserted."""

    def __init__(self, *, by: User, at: datetime) -> None:
        self.by = by
        self.at = at
        self.cases: dict[int, Case] = {}
        self.effective_on: dict[int, date] = {}
        self._open: defaultdict[int, dict[int, WorkItem]] = defaultdict(dict)
        self._before: dict[models.Model, Snapshot] = {}
        self._created: list[WorkItem] = []
        self._links: list[tuple[int, int]] = []
        self._came_from: dict[int, WorkItem] = {}
        self._rows: list[models.Model] = []
        self._programmes: dict[int, Programme] = {}
        self._opened: set[int] = set()
        self._jobs: list[Job] = []
        self._free_keys: list[int] = []
        self._loaded: dict[str, Any] = {}

    # what is there

    def hold(self, case: Case, *, is_new: bool = False) -> None:
        """Take a case into the unit: locked, or opened in it."""
        if is_new:
            self._opened.add(case.pk)
        case.programme = self._programmes.setdefault(case.programme_id, case.programme)
        self.cases[case.pk] = case
        self._before[case] = Snapshot(case)

    def hold_items(self, items: Iterable[WorkItem]) -> None:
        """Take open items of the unit's cases; each gets the one case in memory."""
        for item in items:
            item.process = self.cases[item.process_id]
            self._open[item.process_id][item.pk] = item
            self._before[item] = Snapshot(item)

    def open_items(self, case: Case) -> list[WorkItem]:
        """The items of the case that wait now, those of this unit included, in the order they were created."""
        return [item for _pk, item in sorted(self._open[case.pk].items()) if item.finished is None]

    def item(self, case: Case, pk: int) -> WorkItem | None:
        """The open item with that key."""
        found = self._open[case.pk].get(pk)
        return found if found is not None and found.finished is None else None

    def known(self, item: WorkItem) -> WorkItem | None:
        """The unit's own copy of the item, open or not; None for one that was closed before the unit began."""
        return self._open[item.process_id].get(item.pk)

    def day_of(self, case: Case) -> date:
        """The day that terms count from: the effective date of the move just made, else today."""
        return self.effective_on.get(case.pk, self.today)

    @property
    def today(self) -> date:
        """The local day of the unit's moment."""
        return localdate(self.at)

    def once(self, name: str, load: Callable[[list[int]], Any]) -> Any:
        """What `load` gives for the keys of the unit's cases, those opened in it left out: they have no past. Asked once."""
        if name not in self._loaded:
            self._loaded[name] = load([key for key in self.cases if key not in self._opened])
        return self._loaded[name]

    # what is to be written

    def keep(self, item: WorkItem) -> None:
        """Write this item when the unit closes. Its moments are the unit's."""
        if item.pk is None:
            item.pk = self._next_key()
            item.created = self.at
            self._created.append(item)
            self._open[item.process_id][item.pk] = item
        if item.finished is not None and item.finished != self.at:
            item.finished = self.at

    def link(self, later: WorkItem, earlier: Iterable[WorkItem]) -> None:
        """Remember which items an item followed."""
        for each in earlier:
            self._links.append((later.pk, each.pk))
            self._came_from[later.pk] = each

    def came_from(self, item: WorkItem) -> WorkItem | None:
        """The item that led to this one; None for one that was there before the unit began."""
        return self._came_from.get(item.pk)

    def add(self, row: Row) -> Row:
        """Insert this row when the unit closes."""
        self._rows.append(row)
        return row

    def write(self) -> None:
        """Write everything, a statement or two a table."""
        self._tell_watchers()
        through = WorkItem.previous.through
        write_changes(self._before[case].of(case) for case in self.cases.values())
        WorkItem.objects.bulk_create(self._created)
        through.objects.bulk_create(
            through(from_workitem_id=later, to_workitem_id=earlier) for later, earlier in self._links
        )
        items = [row for row in self._before if isinstance(row, WorkItem)]
        write_changes(self._before[item].of(item) for item in items)
        _forget_drafts([item.pk for item in items if item.finished is not None and item.has_drafts])
        for model in dict.fromkeys(type(row) for row in self._rows):
            model._base_manager.bulk_create([row for row in self._rows if type(row) is model])
        self._write_jobs()

    def _write_jobs(self) -> None:
        """Insert the jobs whose key is new, and say so to the workers in the same transaction."""
        if not self._jobs:
            return
        for job, key in zip(self._jobs, next_keys(Job, len(self._jobs)), strict=True):
            job.pk = key
        due = [job for job in self._jobs if job.run_after <= self.at]
        for job in due:
            job.sent_at = self.at if queue.in_database() else None
        Job.objects.bulk_create(self._jobs, ignore_conflicts=True)
        for name in sorted({queue_of(job.name) for job in due}):
            queue.publish([job.pk for job in due if queue_of(job.name) == name], queue=name)

    def _tell_watchers(self) -> None:
        """Leave a notice for who watches a case that moved, unless they act or another notice of the unit tells them of it."""
        moved = {row.case_id for row in self._rows if isinstance(row, StageChange)} - self._opened
        if not moved or not are_watched(list(moved)):
            return
        told = {(row.user_id, row.case_id) for row in self._rows if isinstance(row, Notice)}
        watches = CaseWatch.objects.filter(case__in=moved).exclude(user=self.by).who_may_read(self.at)
        for user, case in watches.order_by("pk").values_list("user_id", "case_id"):
            if (user, case) not in told:
                self.add(Notice(user_id=user, event=Notice.Event.MOVED, case_id=case, at=self.at))

    def _next_key(self) -> int:
        if not self._free_keys:
            self._free_keys = next_keys(WorkItem, max(4, 2 * len(self.cases)))[::-1]
        return self._free_keys.pop()

    # facts

    def load_facts(self, case: Case, names: Sequence[str]) -> None:
        """Have these facts of the case loaded, together with those of every case of its kind in the unit: a query a fact."""
        Facts.load([each for each in self.cases.values() if type(each) is type(case)], names)

    # terms

    def in_programme(self, case: Case, term: Term) -> Term:
        """The term with the counts that the case's programme has set."""
        if term.parameter is None and term.then is None:
            return term
        return term.with_parameters(case.programme.values_on(PARAMETERS.values(), self.today))

    def due(self, case: Case, anchor: date, term: Term) -> date:
        """When the term ends, minus the holds of the case."""
        return deadline(anchor, term, CALENDAR, self.pauses(case), today=self.today)

    def pauses(self, case: Case) -> list[Pause]:
        """The holds of the case that count."""
        found: dict[int, list[Pause]] = self.once("holds", pauses_of)
        return found[case.pk]

    # who

    def assigned(self, case: Case, role: str) -> int | None:
        """Key of the person who holds the role on the case, while work of theirs reaches somebody."""
        found = self.once("assignments", assignments_of)
        holder = next((user for assigned, user in found[case.pk] if assigned == role), None)
        return holder if holder is not None and self.is_attended(holder, role, case) else None

    def is_attended(self, user_id: int, role: str, case: Case) -> bool:
        """Whether the person's work of that role here reaches somebody: their mandate is in force, and they or a deputy are there."""
        if user_id not in self.holders(role, case):
            return False
        return user_id not in self.away or bool(reached_from(user_id, self.away) & self.able(role, case))

    @property
    def away(self) -> dict[int, set[int]]:
        """Who is away on the unit's day, and who stands in for them."""
        found: dict[int, set[int]] = self.once("away", lambda _keys: away_on(self.today))
        return found

    def able(self, role: str, case: Case, out: Collection[int] = ()) -> set[int]:
        """Keys of those who hold the role where the case is and are there today, without these people and their deputies."""
        without = {*out}.union(*(reached_from(key, self.away) for key in out))
        return self.holders(role, case) - without - self.away.keys()

    def evidence_authors(self, case: Case, move: Move) -> set[int]:
        """Who did an item of the case since it came to its stage, and whose evidence the move's guards name."""
        self.load_facts(case, move.needs)
        return self._doers(case) | move.authors(case)

    def _doers(self, case: Case) -> set[int]:
        done = self.once("doers", doers_in_this_stage)[case.pk]
        here = [item for item in self._open[case.pk].values() if item.finished and item.owner_id and not item.move]
        return done | {key for item in here for key in (item.owner_id, item.on_behalf_of_id) if key}

    def holders(self, role: str, case: Case) -> set[int]:
        """Keys of the active people whose mandates give the role where the case is."""
        organisation, territory = case.organisation_id, case.territory_id
        place = f"holders in {organisation}, {territory}"
        found = self.once(place, lambda _keys: holders_by_role(organisation, territory, self.today))
        return set(found.get(str(role), ()))

    @property
    def clock(self) -> User:
        """The service account in whose name time acts."""
        account: User = self.once("clock", lambda _keys: clock_of())
        return account

    # moves

    def make_move(
        self,
        case: Case,
        name: str,
        *,
        asked_by: int | None = None,
        approved_by: int | None = None,
        on_behalf_of: int | None = None,
        effective_on: date | None = None,
        reason: str = "",
        note: str = "",
    ) -> StageChange:
        """Change the stage: guards, dates, the chained record. Raises TooLate or NotYet; nothing else changes a stage."""
        move, source = case.move(name), str(case.stage)
        effective_on = effective_on or self.today
        if source not in move.sources:
            raise TooLate(_("The case has moved on: it is in the stage “%(stage)s”.") % {"stage": case.stage_label})
        self.load_facts(case, move.needs)
        unmet = [*map(str, (guard.unmet for guard in move.unmet(case))), *self._date_faults(case, effective_on)]
        if move.terms.reasons is not None and reason not in move.terms.reasons.values:
            unmet.append(_("A reason is needed."))
        if unmet:
            raise NotYet.because(unmet)
        getattr(case, name)()
        case.last_move_on = effective_on
        if case.stage != source:
            case.stage_since = effective_on
        leave_on_case(case, move, effective_on, reason)
        self.effective_on[case.pk] = effective_on
        detail = StageChangeDetail(
            asked_by_id=asked_by,
            approved_by_id=approved_by or self.by.pk,
            on_behalf_of_id=on_behalf_of,
            reason=reason,
            note=note,
        )
        change = self.record(case, move.name, source, effective_on, detail)
        if move.terms.job:
            self.job(move.terms.job, key=f"{move.terms.job}-{case.pk}-{change.seq}", case=case)
        return change

    def put_back(self, case: Case, stage: str, *, move: str, note: str, takes_back: int | None = None) -> StageChange:
        """Take a case back to a stage it was in before, with a record of its own; only revert and reopen call it.

        `takes_back` is the place in the chain of the move that was wrong and counts no more.
        """
        source = str(case.stage)
        case.__dict__["stage"] = stage
        who = StageChangeDetail(approved_by_id=self.by.pk, note=note)
        return self.record(case, move, source, self.today, who, takes_back=takes_back)

    def record(
        self,
        case: Case,
        move: str,
        source: str,
        effective_on: date,
        detail: StageChangeDetail,
        *,
        is_takeover: bool = False,
        takes_back: int | None = None,
    ) -> StageChange:
        """Append to the case's chain; the stage is the case's own by now."""
        detail.salt = StageChangeDetail.new_salt()
        change = StageChange(
            case=case,
            seq=case.history_length + 1,
            move=move,
            source=source,
            target=case.stage,
            effective_on=effective_on,
            recorded_at=self.at,
            in_closed_period=bool(case.programme.closed_until and effective_on <= case.programme.closed_until),
            is_takeover=is_takeover,
            takes_back=takes_back,
            digest=detail.digest(),
            previous_hash=case.history_hash,
        )
        change.hash = change.sealed()
        case.history_length, case.history_hash = change.seq, change.hash
        detail.change = change
        self.add(change)
        self.add(detail)
        return change

    def _date_faults(self, case: Case, effective_on: date) -> list[str]:
        """What is wrong with the day that a move is to take effect on."""
        if effective_on > self.today:
            return [_("The day it takes effect lies in the future.")]
        if case.history_length and effective_on < case.last_move_on:
            return [
                _("It cannot take effect before the previous move, %(day)s.") % {"day": case.last_move_on.isoformat()}
            ]
        if effective_on == self.today:
            return []
        limit = case.programme.value(BACKDATING_DAYS, self.today)
        if (self.today - effective_on).days > limit:
            return [_("It cannot be back-dated by more than %(days)s days.") % {"days": limit}]
        return []

    # consequences

    def job(
        self, name: str, *, key: str, case: Case | None = None, run_after: datetime | None = None, **args: Any
    ) -> None:
        """Leave something to do outside, once: `key` makes it one. Written and announced with everything else."""
        job = Job(name=name, key=key, case=case, args=args, created_at=self.at, run_after=run_after or self.at)
        self._jobs.append(job)


BACKDATING_DAYS = parameter(
    "backdating_days", 30, gettext_lazy("How far back a move may be dated"), unit=gettext_lazy("days")
)


@contextmanager
def batch(
    keys: Iterable[int],
    *,
    by: User,
    at: datetime | None = None,
    kind: type[Case] | None = None,
    skip_locked: bool = False,
) -> Iterator[Batch]:
    """Lock these cases in the order of their keys, take them and their open items into a unit, and write it at the end.

    `kind` is named when all are of one, which saves a query. Raises Case.DoesNotExist when one is missing, and TooLate when somebody
    holds one for longer than the lock's time-out; a sweep says `skip_locked` and leaves such cases for its next round.
    """
    keys = sorted(set(keys))
    unit = Batch(by=by, at=at or timezone.now())
    with acting(by, unit.at):
        for case in free_cases(keys) if skip_locked else locked_cases(keys, kind):
            unit.hold(case)
        unit.hold_items(open_items_of(list(unit.cases)))
        token = enter(unit)
        try:
            yield unit
            unit.write()
        finally:
            leave(token)


def _forget_drafts(items: Sequence[int]) -> None:
    """A draft ends with its work, whoever wrote it."""
    if items:
        Draft.objects.filter(item__in=items).delete()
