"""Volume for measurement: very many participants' cases, set by set, with the same invariants as if people had made them.

Each case stands somewhere on the straight way from registration to the follow-up: what lies before is done, what it has reached is
open. Nothing here runs the engine; the rows are what the engine would have left.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any

from django.db import connection, models, transaction
from viewflow.workflow.fields import get_flow_ref, get_task_ref
from viewflow.workflow.status import PROCESS, STATUS

from cases.models import Person
from cases.participants.flow import ParticipantFlow
from cases.participants.models import ParticipantCase
from cases.participants.stages import Stage
from roles.models import Organisation
from roles.polish import search_text, sort_key
from workflows.copying import Copier
from workflows.deadlines import Term, WorkingCalendar, deadline, start_of_local_day
from workflows.models import Case, Programme, StageChange, StageChangeDetail, Vote, WorkItem
from workflows.nodes import Approval
from workflows.nodes.human import Human
from workflows.services.opening import OPENED
from workflows.writing import next_keys

#: How many cases are made in memory and copied at a time.
CHUNK = 2_000
CALENDAR = WorkingCalendar()
SURNAMES = ("Próbny", "Wzorowa", "Przykładny", "Testowa", "Ćwiczeń", "Łatwy", "Śmiała", "Żywy")
NAMES = ("Adam", "Bożena", "Celina", "Dariusz", "Ewa", "Feliks", "Grażyna", "Łucja")


@dataclass(frozen=True)
class Step:
    """One item on the straight way: its node, how it ends, how many days after the one before, the stage it leads to."""

    node: str
    outcome: str
    days: int
    target: Stage | None = None


THE_WAY: Sequence[Step] = (
    Step("check_eligibility", "eligible", 5),
    Step("approve_admission", "approved", 2, Stage.PRE_INCUBATION),
    Step("diagnose", "done", 12),
    Step("agree_plan", "done", 8),
    Step("approve_plan", "approved", 2, Stage.PRE_INCUBATION),
    Step("recommend", "go", 95),
    Step("give_opinion", "done", 4),
    Step("confirm_recommendation", "confirmed", 3),
    Step("approve_incubation", "approved", 3, Stage.INCUBATION),
    Step("propose_graduation", "graduate", 150),
    Step("approve_graduation", "approved", 3, Stage.GRADUATED),
    Step("collect_exit_data", "done", 20),
)

COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Person: (
        "id",
        "organisation",
        "first_name",
        "last_name",
        "sort_key",
        "search",
        "birth_date",
        "sex",
        "powiat",
        "recorded_by",
        "recorded_at",
    ),
    Case: (
        *(
            "id",
            "flow_class",
            "status",
            "created",
            "number",
            "kind_name",
            "stage",
            "title",
            "sort_key",
            "search",
            "territory",
        ),
        *("organisation", "programme", "opened_on", "stage_since", "last_move_on", "outcome", "workflow_version"),
        *("history_length", "history_hash"),
    ),
    ParticipantCase: ("case_ptr", "person", "admitted_on", "left_on", "leaving"),
    StageChange: (
        *(
            "id",
            "case",
            "seq",
            "move",
            "source",
            "target",
            "effective_on",
            "recorded_at",
            "digest",
            "previous_hash",
            "hash",
        ),
    ),
    StageChangeDetail: ("change", "asked_by", "approved_by", "reason", "salt"),
    WorkItem: (
        *("id", "process", "flow_task", "flow_task_type", "node", "token", "status", "created", "assigned", "started"),
        *("finished", "scheduled", "organisation", "territory", "role", "owner", "due", "anchor", "term", "outcome"),
        *("move", "asked_by", "barred", "host", "round"),
    ),
    Vote: ("item", "user", "outcome", "cast_at"),
    WorkItem.previous.through: ("from_workitem", "to_workitem"),
}


@dataclass(frozen=True)
class Staff:
    """Who works for an organisation, and where: by role, the keys of the people among whom its work is spread."""

    organisation: Organisation
    territory_ids: Sequence[int]
    people: Mapping[str, Sequence[int]]


def populate(cases: int, *, staff: Sequence[Staff], programme: Programme, today: date, seed: int = 1) -> dict[str, int]:
    """Make so many cases, spread evenly over the way and over the staff; how many rows of each table were written."""
    chance = Random(seed)  # noqa: S311  reproducible, not secret
    written: dict[str, int] = {}
    for start in range(0, cases, CHUNK):
        with transaction.atomic():
            rows = _make(min(CHUNK, cases - start), staff, programme, today, chance)
            for model, columns in COLUMNS.items():
                table = model._meta.db_table
                written[table] = written.get(table, 0) + Copier(model, *columns).copy(rows[model])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return written


Rows = dict[type[models.Model], list[tuple[Any, ...]]]


def _make(size: int, staff: Sequence[Staff], programme: Programme, today: date, chance: Random) -> Rows:
    rows: Rows = {model: [] for model in COLUMNS}
    keys: dict[type[models.Model], Iterator[int]] = {
        model: iter(next_keys(model, size * most))
        for model, most in ((Person, 1), (Case, 1), (StageChange, 6), (WorkItem, 20))
    }
    for _ in range(size):
        Walk(rows, keys, chance.choice(staff), programme, today, chance).go()
    return rows


@dataclass
class Walk:
    """One case on its way."""

    rows: Rows
    keys: dict[type[models.Model], Iterator[int]]
    staff: Staff
    programme: Programme
    today: date
    chance: Random
    moves: list[tuple[str, date]] = field(default_factory=list)
    last_item: int | None = None
    last_doer: int | None = None
    doers: set[int] = field(default_factory=set)

    def go(self) -> None:
        """Do the steps up to a place drawn by chance, and stand there."""
        reached = self.chance.randrange(len(THE_WAY) + 1)
        self.key, self.territory_id = next(self.keys[Case]), self.chance.choice(self.staff.territory_ids)
        lateness = self.chance.randrange(20)
        self.day = self.today - timedelta(days=sum(step.days for step in THE_WAY[:reached]) + lateness)
        self.opened_on = self.since = self.moved_on = self.day
        self.stage = Stage.RECRUITMENT
        self.changes, self.head = 0, ""
        self.admitted_on: date | None = None
        self.left_on: date | None = None
        self._record(OPENED, "", None, self.chance.choice(self.staff.people["coordinator"]))
        self._item("register", "START", STATUS.DONE)
        for step in THE_WAY[:reached]:
            self._do(step)
        self._stand(THE_WAY[reached].node if reached < len(THE_WAY) else "six_months")
        self._add_case()

    def _do(self, step: Step) -> None:
        node, created = _node(step.node), self.day
        self.day += timedelta(days=step.days)
        is_move = isinstance(node, Approval)
        barred = self.doers if is_move else ()
        doer = self.chance.choice([key for key in self.staff.people[_role(step.node)] if key not in barred])
        due, anchor, term = self._due(step.node)
        key = self._item(
            step.node,
            "HUMAN",
            STATUS.DONE,
            created=created,
            role=_role(step.node),
            owner=doer,
            due=due,
            anchor=anchor,
            term=term,
            outcome=step.outcome,
            move=node.move_name if is_move else "",
            asked_by=self.last_doer if is_move else None,
            barred=sorted(barred),
        )
        if is_move:
            self.rows[Vote].append((key, doer, step.outcome, _at(self.day)))
        if step.target is not None:
            self._record(node.move_name, self.stage, self.last_doer, doer, step.target)
        else:
            self.doers.add(doer)
        self.last_doer = doer

    def _stand(self, name: str) -> None:
        """The item that waits now, with its timers; some are taken already."""
        if name == "six_months":
            self._item("followed_up", "EXCLUSIVE_GATEWAY", STATUS.DONE)
            self._timer("six_months", self.left_on or self.day, None)
            return
        due, anchor, term = self._due(name)
        is_move = isinstance(_node(name), Approval)
        owner = None if is_move or self.chance.random() < 0.6 else self.chance.choice(self.staff.people[_role(name)])
        host = self._item(
            name,
            "HUMAN",
            STATUS.ASSIGNED if owner else STATUS.NEW,
            role=_role(name),
            owner=owner,
            due=due,
            anchor=anchor,
            term=term,
            move=_node(name).move_name if is_move else "",
            asked_by=self.last_doer if is_move else None,
            barred=sorted(self.doers) if is_move else (),
        )
        for timer in [node.name for node in _node(name)._boundary_events]:
            self._timer(timer, self.day, host)

    def _due(self, name: str) -> tuple[date, date, str]:
        node = _node(name)
        counted = {"diagnose": self.admitted_on, "agree_plan": self.admitted_on, "collect_exit_data": self.left_on}
        anchor = counted.get(name) or self.day
        return _deadline(anchor, str(node.within)), anchor, str(node.within)

    def _timer(self, name: str, anchor: date, host: int | None) -> None:
        term, day = str(_node(name).term), anchor
        rounds = 1
        while (day := _deadline(anchor, str(Term.parse(term).times(rounds)))) < self.today:
            rounds += 1
        self._item(
            name,
            "TIMER",
            STATUS.SCHEDULED,
            on="aside" if host else "start",
            scheduled=start_of_local_day(day),
            anchor=anchor,
            term=str(Term.parse(term).times(rounds)),
            host=host,
            round=rounds,
        )

    def _item(
        self, name: str, kind: str, status: str, *, created: date | None = None, on: str = "start", **facts: Any
    ) -> int:
        key = next(self.keys[WorkItem])
        finished = _at(self.day) if status == STATUS.DONE else None
        opened = _at(created or self.day)
        owned = opened if facts.get("owner") else None
        values: dict[str, Any] = {
            "scheduled": None,
            "role": "",
            "owner": None,
            "due": None,
            "anchor": None,
            "term": "",
            "outcome": "",
        }
        values |= {"move": "", "asked_by": None, "barred": (), "host": None, "round": 1} | facts
        self.rows[WorkItem].append(
            (
                *(key, self.key, get_task_ref(_node(name)), kind, name, on, status, opened, owned),
                *(finished, finished, values["scheduled"], self.staff.organisation.pk, self.territory_id),
                *(values[column] for column in COLUMNS[WorkItem][14:20]),
                *(values["move"], values["asked_by"], list(values["barred"]), values["host"], values["round"]),
            )
        )
        if self.last_item is not None:
            self.rows[WorkItem.previous.through].append((key, self.last_item))
        self.last_item = key
        return key

    def _record(
        self, move: str, source: str, asked_by: int | None, approved_by: int, target: Stage | None = None
    ) -> None:
        self.stage = target or self.stage
        if self.stage == Stage.PRE_INCUBATION and source == Stage.RECRUITMENT:
            self.admitted_on = self.day
        if self.stage == Stage.GRADUATED:
            self.left_on = self.day
        self.moved_on, self.changes = self.day, self.changes + 1
        if self.stage != source:
            self.since, self.doers = self.day, set()
        reason = "completed" if self.stage == Stage.GRADUATED else ""
        detail = StageChangeDetail(
            asked_by_id=asked_by, approved_by_id=approved_by, reason=reason, salt=StageChangeDetail.new_salt()
        )
        change = StageChange(
            case_id=self.key,
            seq=self.changes,
            move=move,
            source=source,
            target=self.stage,
            effective_on=self.day,
            recorded_at=_at(self.day),
            digest=detail.digest(),
            previous_hash=self.head,
        )
        self.head, key = change.sealed(), next(self.keys[StageChange])
        self.rows[StageChange].append(
            (
                *(key, self.key, change.seq, move, source, self.stage, self.day, change.recorded_at),
                *(change.digest, change.previous_hash, self.head),
            )
        )
        self.rows[StageChangeDetail].append((key, asked_by, approved_by, reason, detail.salt))

    def _add_case(self) -> None:
        person = next(self.keys[Person])
        last, first = self.chance.choice(SURNAMES), self.chance.choice(NAMES)
        title = f"{last} {first}"
        number = f"{ParticipantCase.prefix}/{self.opened_on.year}/{self.key:06d}"
        born = date(1960 + self.chance.randrange(45), 1 + self.chance.randrange(12), 1 + self.chance.randrange(28))
        organisation = self.staff.organisation.pk
        self.rows[Person].append(
            (
                person,
                organisation,
                first,
                last,
                sort_key(title),
                search_text(f"{first} {last}"),
                born,
                "K",
                self.territory_id,
                self.chance.choice(self.staff.people["coordinator"]),
                _at(self.opened_on),
            )
        )
        leaving = "completed" if self.stage == Stage.GRADUATED else ""
        search = f"{search_text(title)} {number.lower().replace('/', ' ')}"
        self.rows[Case].append(
            (
                *(
                    self.key,
                    get_flow_ref(ParticipantFlow),
                    PROCESS.NEW,
                    _at(self.opened_on),
                    number,
                    ParticipantCase.kind,
                ),
                *(self.stage, title, sort_key(title), search, self.territory_id, organisation, self.programme.pk),
                *(self.opened_on, self.since, self.moved_on, leaving, _version(), self.changes, self.head),
            )
        )
        self.rows[ParticipantCase].append((self.key, person, self.admitted_on, self.left_on, leaving))


def _at(day: date) -> datetime:
    return datetime.combine(day, time(10), UTC)


@cache
def _deadline(anchor: date, term: str) -> date:
    return deadline(anchor, Term.parse(term), CALENDAR)


@cache
def _node(name: str) -> Any:
    return ParticipantFlow.nodes_by_name()[name]


@cache
def _role(name: str) -> str:
    node: Human = _node(name)
    return str(node.role_of(ParticipantCase()))


@cache
def _version() -> str:
    return ParticipantFlow.version()
