"""What must hold over all tables, checked set by set; rooms add their own with `@integrity("name")` in a module `integrity`."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain, islice, starmap
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import CharField, Count, Exists, F, ForeignKey, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.timezone import localdate
from viewflow.workflow.status import STATUS

from workflows.batch import CALENDAR
from workflows.deadlines import ONE_DAY, Pause, Term, deadline
from workflows.models import Case, Hold, Job, Outcome, StageChange, StageChangeDetail, Vote, WorkItem
from workflows.models.history import TAKES_BACK
from workflows.reports import MOST, Problem, Report

#: How many rows a check looked at, and what it found.
Found = tuple[int, Iterable[Problem]]
Check = Callable[[], Found]

CHECKS: dict[str, Check] = {}
A_LOT = 2_000
OPENED = "open"


def integrity(name: str) -> Callable[[Check], Check]:
    """Register a check: it returns how many rows it looked at, and a problem for each that is wrong. Raises ValueError for a taken name."""

    def register(check: Check) -> Check:
        if name in CHECKS and CHECKS[name].__module__ != check.__module__:
            raise ValueError(f"check {name} is registered twice")
        CHECKS[name] = check
        return check

    return register


def verify_integrity() -> Report:
    """Run every check."""
    report = Report()
    for name, check in sorted(CHECKS.items()):
        count, problems = check()
        report.checked[name] = count
        report.problems += islice(problems, MOST)
    return report


def wrong(rows: "QuerySet[Any]", what: str) -> Iterator[Problem]:
    """A problem for each of these rows, by key."""
    for row in rows.order_by("pk")[:MOST]:
        yield Problem(f"{row._meta.verbose_name} {row.pk}", what, row.pk)


def size(rows: "QuerySet[Any]") -> int:
    """How many rows that is."""
    return rows.count()


@integrity("references lead somewhere")
def references_lead_somewhere() -> Found:
    """Counts kinds of references. The database refuses wrong ones itself, unless somebody has switched that off."""
    known = set(connection.introspection.table_names())  # libraries declare models for which there is no table
    models = [each for each in apps.get_models(include_auto_created=True) if each._meta.db_table in known]
    references = [
        (model, field)
        for model in models
        if not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if isinstance(field, ForeignKey) and field.db_constraint  # type: ignore[attr-defined]
    ]
    return len(references), chain.from_iterable(starmap(_leading_nowhere, references))


def _leading_nowhere(model: type[Model], field: "ForeignKey[Any, Any]") -> Iterator[Problem]:
    target = field.remote_field.model._base_manager.filter(**{field.target_field.name: OuterRef(field.attname)})
    rows = model._base_manager.exclude(**{field.attname: None}).filter(~Exists(target))
    return wrong(rows, f"its {field.name} is gone")


@integrity("open cases have work")
def open_cases_have_work() -> Found:
    cases = Case._base_manager.filter(status="NEW")
    waits = WorkItem.objects.open().filter(process=OuterRef("pk"))
    return size(cases), wrong(cases.filter(~Exists(waits)), "is open, and nothing waits in it")


@integrity("finished cases are finished")
def finished_cases_are_finished() -> Found:
    cases = Case._base_manager.exclude(status="NEW")
    waits = WorkItem.objects.open().filter(process=OuterRef("pk"))
    problems = wrong(cases.filter(Exists(waits)), "is finished, and something waits in it")
    return size(cases), [*problems, *wrong(cases.filter(closed_on=None), "is finished without a day")]


@integrity("finished work is done or cancelled")
def finished_work_is_done_or_cancelled() -> Found:
    items = WorkItem.objects.all()
    over = Q(status__in=[STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED])
    unequal = items.filter((over & Q(finished=None)) | (~over & Q(finished__isnull=False)))
    return size(items), wrong(unequal, "its state and its end do not agree")


@integrity("work lies where its case lies")
def work_lies_where_its_case_lies() -> Found:
    items = WorkItem.objects.open()
    here = Q(organisation=F("process__organisation"), territory=F("process__territory"))
    return size(items), wrong(items.exclude(here), "is in another scope than its case")


@integrity("stages have their record")
def stages_have_their_record() -> Found:
    cases = Case._base_manager.all()
    record = StageChange.objects.filter(
        case=OuterRef("pk"), seq=OuterRef("history_length"), target=OuterRef("stage"), hash=OuterRef("history_hash")
    )
    return size(cases), wrong(cases.filter(~Exists(record)), "is in a stage that its last record does not lead to")


@integrity("approved work made its move")
def approved_work_made_its_move() -> Found:
    approved = _approved()
    made = StageChange.objects.filter(case=OuterRef("process"), move=OuterRef("move"), recorded_at=OuterRef("finished"))
    return size(approved), wrong(approved.filter(~Exists(made)), "was approved, and its move was not made")


@integrity("moves were made by a decision or the clock")
def moves_were_made() -> Found:
    moves = StageChange.objects.filter(is_takeover=False).exclude(move__in=[OPENED, *TAKES_BACK])
    maker = WorkItem.objects.filter(process=OuterRef("case"), finished=OuterRef("recorded_at"), status=STATUS.DONE)
    return size(moves), wrong(moves.filter(~Exists(maker)), "no item of its case was done when it was made")


@integrity("votes reach the quorum")
def votes_reach_the_quorum() -> Found:
    approved = _approved()
    votes = approved.annotate(yes=Count("votes", filter=Q(votes__outcome=Outcome.APPROVED)))
    return size(approved), wrong(votes.filter(yes__lt=F("quorum")), "was approved with fewer votes than its quorum")


@integrity("nobody decided their own")
def nobody_decided_their_own() -> Found:
    votes = Vote.objects.all()
    details = StageChangeDetail.objects.exclude(asked_by=None)
    return size(votes) + size(details), [
        *wrong(votes.filter(user=F("item__asked_by")), "whoever asked has voted"),
        *wrong(votes.filter(item__barred__contains=[F("user")]), "somebody whose work it rests on has voted"),
        *wrong(details.filter(approved_by=F("asked_by")), "whoever asked has approved"),
    ]


@integrity("timers have a moment and a host that is open")
def timers_have_a_moment_and_a_host() -> Found:
    timers = WorkItem.objects.open().filter(Q(status=STATUS.SCHEDULED) | Q(host__isnull=False))
    return size(timers), [
        *wrong(timers.filter(status=STATUS.SCHEDULED, scheduled=None), "waits for no moment"),
        *wrong(timers.filter(host__finished__isnull=False), "is still armed, and its host is finished"),
    ]


@integrity("joins wait once")
def joins_wait_once() -> Found:
    joins = WorkItem.objects.open().filter(flow_task_type="JOIN")
    same = joins.filter(
        process=OuterRef("process"), node=OuterRef("node"), token=OuterRef("token"), pk__lt=OuterRef("pk")
    )
    return size(joins), wrong(joins.filter(Exists(same)), "waits beside another of the same branches")


@integrity("links stay within a case")
def links_stay_within_a_case() -> Found:
    links = WorkItem.previous.through.objects.all()
    astray = links.exclude(from_workitem__process=F("to_workitem__process"))
    return size(links), wrong(astray, "leads from one case to another")


@integrity("jobs that cases wait for are there")
def jobs_that_cases_wait_for_are_there() -> Found:
    waiting = WorkItem.objects.open().filter(flow_task_type="JOB")
    to_come = Job.objects.filter(
        key=Concat(Value("item-"), Cast(OuterRef("pk"), CharField())),
        state__in=[Job.State.WAITING, Job.State.RUNNING, Job.State.DEAD],
    )
    return size(waiting), wrong(waiting.filter(~Exists(to_come)), "waits for a job that is not there, or done")


@integrity("jobs are whole")
def jobs_are_whole() -> Found:
    jobs = Job.objects.all()
    running = Q(state=Job.State.RUNNING)
    return size(jobs), [
        *wrong(jobs.filter(running, lease_until=None), "is at work for ever"),
        *wrong(jobs.filter(state=Job.State.DONE, finished_at=None), "is done at no moment"),
    ]


@integrity("holds do not overlap")
def holds_do_not_overlap() -> Found:
    holds = Hold.objects.standing()
    others = holds.filter(
        case=OuterRef("case"), pk__gt=OuterRef("pk"), starts_on__lte=Coalesce(OuterRef("ends_on"), date.max)
    )
    meeting = others.filter(Q(ends_on=None) | Q(ends_on__gte=OuterRef("starts_on")))
    return size(holds), wrong(holds.filter(Exists(meeting)), "meets another hold of its case")


@integrity("deadlines are what anchor, term and holds make them")
def deadlines_are_computed() -> Found:
    items = WorkItem.objects.open().exclude(term="").exclude(anchor=None)
    return size(items), _wrong_deadlines(items, localdate())


def _wrong_deadlines(items: "QuerySet[WorkItem]", today: date) -> Iterator[Problem]:
    pauses: defaultdict[int, list[Pause]] = defaultdict(list)
    for case, first, last in Hold.objects.standing().values_list("case_id", "starts_on", "ends_on"):
        pauses[case].append(Pause(first, last))
    rows = items.order_by("pk").values_list(
        "pk", "process_id", "anchor", "term", "due", "scheduled", "attempts", "error"
    )
    for key, case, anchor, term, due, scheduled, attempts, error in rows.iterator(A_LOT):
        stored = localdate(scheduled) if scheduled else due
        try:
            earliest, latest = _bounds(anchor, term, pauses[case], today)
        except ValueError:
            yield Problem(f"work item {key}", f"has the term {term!r}, which says nothing", key)
            continue
        if stored is None:
            yield Problem(f"work item {key}", f"is due on no day, computed {earliest}", key)
            continue
        put_off = bool(scheduled and (attempts or error))
        if stored < earliest or (stored > latest and not put_off):
            yield Problem(f"work item {key}", f"is due {stored}, computed {earliest}", key)


def _bounds(anchor: date, term: str, pauses: Sequence[Pause], today: date) -> tuple[date, date]:
    """The deadline; while a hold runs it moves every day, and any of those days may be the last on which it was computed."""
    running = [pause.starts_on for pause in pauses if pause.ends_on is None]
    parsed = _parsed(term)
    latest = deadline(anchor, parsed, CALENDAR, pauses, today=today)
    return (deadline(anchor, parsed, CALENDAR, pauses, today=running[0] - ONE_DAY) if running else latest), latest


@lru_cache(maxsize=1_000)
def _parsed(term: str) -> Term:
    return Term.parse(term)


def _approved() -> "QuerySet[WorkItem]":
    return WorkItem.objects.human().filter(outcome=Outcome.APPROVED, status=STATUS.DONE).exclude(move="")
