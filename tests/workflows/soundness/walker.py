"""Walks one real case beside the model: does in the engine what the model says may happen, and compares both."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from roles.models import User
from tests.errands.models import Errand
from workflows.jobs import job_done
from workflows.models import Case, WorkItem
from workflows.services import ask, complete, decide_many
from workflows.soundness import Definition
from workflows.soundness.definition import HUMAN, Sort
from workflows.soundness.model import Change, Model, State
from workflows.timers import fire_due

Action = tuple[str, Callable[[], None]]


@dataclass
class Crew:
    """Who works, by role, and who decides and never works."""

    workers: dict[str, User]
    deciders: list[User]
    clock: User


@dataclass
class Walker:
    """One case, where the model says that it stands, and which moves have been asked for and not decided."""

    case: Errand
    definition: Definition
    crew: Crew
    now: datetime
    state: State
    asked: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model = Model(self.definition)

    def actions(self) -> list[Action]:
        """What may be done next."""
        found = [
            ("→".join(change.trail), lambda change=change: self.do(change)) for change in self.model.changes(self.state)
        ]
        for step in self.definition.of_sort(Sort.WHENEVER):
            if step.name in self.asked:
                found.append((f"{step.name} returned", lambda step=step: self.turn_down(step.name)))
            elif self.model.may_be_approved(step, self.state.stage):
                found.append((f"{step.name} asked", lambda step=step: self.ask_for(step.name)))
        return found

    def do(self, change: Change) -> None:
        """Do a change in the engine, steering choices by the facts that they read."""
        sort = self.definition.steps[change.step].sort
        if sort is Sort.WHENEVER:
            if change.step not in self.asked:
                self.ask_for(change.step)
            self.decide(change.step, "approved")
            self.asked = (
                self.asked - {change.step} if self.definition.stays(self.definition.steps[change.step]) else set()
            )
        elif sort is Sort.APPROVAL:
            self.steer(change)
            self.decide(change.step, change.outcome)
        elif sort in HUMAN:
            self.work(change)
        elif sort is Sort.JOB:
            self.steer(change)
            job_done(self.item(change.step), by=self.crew.clock, at=self.now)
        else:
            self.steer(change)
            self.fire(change.step)
        self.state = change.state
        steps = self.definition.steps
        self.asked = {name for name in self.asked if self.model.may_be_approved(steps[name], self.state.stage)}

    def work(self, change: Change) -> None:
        """Finish a piece of work with the outcome of the change."""
        item, counted = self.item(change.step), self.wanted(change)

        def count(unit: object, case: Errand) -> None:
            case.counted = counted

        write = count if counted is not None else None
        complete(item, by=self.crew.workers[item.role], outcome=change.outcome, write=write, at=self.tick())

    def decide(self, name: str, outcome: str) -> None:
        """Have as many decide as the approval wants."""
        item = self.item(name)
        voters = self.crew.deciders[: item.quorum if outcome == "approved" else 1]
        for voter in voters:
            decide_many([self.item(name)], by=voter, outcome=outcome, reason="unclear", at=self.tick()).only()

    def ask_for(self, name: str) -> None:
        """Ask for a move that may come at any time."""
        step = self.definition.steps[name]
        asker = self.crew.workers[str(self.definition.moves[step.move].terms.asked_by[0])]
        ask(self.case, step.move, by=asker, reason="moved", at=self.tick())
        self.asked.add(name)

    def turn_down(self, name: str) -> None:
        """Return what was asked for."""
        self.decide(name, "returned")
        self.asked.discard(name)

    def fire(self, name: str) -> None:
        """Bend time for one timer, and let the dispatcher fire what is due."""
        item = self.item(name)
        WorkItem.objects.filter(pk=item.pk).update(scheduled=self.tick())
        fired = fire_due(self.now)
        assert (fired.fired, fired.failed) == (1, 0), fired

    def steer(self, change: Change) -> None:
        """Put down beforehand what a choice behind a timer reads."""
        if (counted := self.wanted(change)) is not None:
            Errand.objects.filter(pk=self.case.pk).update(counted=counted)

    def wanted(self, change: Change) -> bool | None:
        """What the case must say for choices to go the way of the change; approvals behind it want it counted."""
        choices = {step.name for step in self.definition.of_sort(Sort.CHOICE)}
        chosen = [told for told in change.trail if told.split("[")[0] in choices]
        if chosen:
            return chosen[-1].endswith("[yes]")
        return True if "approve_finish" in change.state.waiting else None

    def compare(self) -> None:
        """The engine stands where the model says."""
        case = Case.objects.get(pk=self.case.pk)
        waiting = Counter(WorkItem.objects.open().filter(process=case).values_list("node", flat=True))
        expected = Counter([*self.state.waiting, *self.asked])
        told = (
            f"after {' | '.join(self.log)}: only the engine {waiting - expected}, only the model {expected - waiting}"
        )
        assert (case.stage, waiting) == (self.state.stage, expected), told
        assert (case.finished is None) == bool(waiting), told

    def item(self, name: str) -> WorkItem:
        """The open item at a step."""
        return WorkItem.objects.open().get(process=self.case, node=name)

    def tick(self) -> datetime:
        """A minute later."""
        self.now += timedelta(minutes=1)
        return self.now
