"""Definitions that are sound because of how they are made: parts in a row, choices, loops, parallel parts, timers."""

from collections.abc import Callable
from itertools import count, pairwise

from django import forms
from hypothesis import strategies as st

from roles.role import Role
from workflows.deadlines import days
from workflows.forms import WorkForm
from workflows.lifecycle import Move, Terms
from workflows.soundness.definition import Definition, Sort, Step, Way

Draw = Callable[[st.SearchStrategy], object]


class OutcomeForm(WorkForm):
    """Any outcome: what a room's form offers is no matter here."""

    outcome = forms.ChoiceField(choices=[])


class Maker:
    """Puts steps down backwards: every part is told where the case goes on after it."""

    def __init__(self, draw: Draw) -> None:
        self.draw, self.steps, self.moves, self.numbers = draw, {}, {}, count(1)
        self.stages = ["stage_0"]

    def add(self, sort: Sort, *ways: Way, **facts: object) -> str:
        name = f"{sort}_{next(self.numbers)}"
        self.steps[name] = Step(name, sort, ways, **facts)
        return name

    def work(self, *ways: Way, **facts: object) -> str:
        return self.add(Sort.WORK, *ways, role=Role.TUTOR, form=OutcomeForm, term=days(5), **facts)

    def move(self, source: str, target: str) -> str:
        name = f"move_{next(self.numbers)}"
        self.moves[name] = Move(name, (source,), target, Terms("", (Role.TUTOR,), Role.SUPERVISOR))
        return name

    def approval(self, source: str, target: str, after: str) -> str:
        move = self.move(source, target)
        approve = f"approve_{move}"
        back = self.work(Way("done", approve))
        ways = (Way("approved", after), Way("returned", back))
        self.steps[approve] = Step(approve, Sort.APPROVAL, ways, role=Role.SUPERVISOR, term=days(5), move=move)
        return back

    def part(self, after: str, depth: int) -> str:
        kinds = (
            ["work", "wait"]
            if depth == 0
            else ["work", "wait", "choice", "loop", "parallel", "timeout", "aside", "row"]
        )
        kind = self.draw(st.sampled_from(kinds))
        return getattr(self, f"part_{kind}")(after, depth - 1)

    def part_work(self, after: str, depth: int) -> str:
        return self.work(Way("done", after))

    def part_wait(self, after: str, depth: int) -> str:
        return self.add(Sort.WAIT, Way("", after), term=days(5))

    def part_row(self, after: str, depth: int) -> str:
        return self.part(self.part(after, depth), depth)

    def part_choice(self, after: str, depth: int) -> str:
        return self.add(Sort.CHOICE, Way("yes", self.part(after, depth)), Way("no", self.part(after, depth)))

    def part_loop(self, after: str, depth: int) -> str:
        name = f"work_{next(self.numbers)}"
        again = self.part(name, depth)
        ways = (Way("on", after), Way("again", again))
        self.steps[name] = Step(name, Sort.WORK, ways, role=Role.TUTOR, form=OutcomeForm, term=days(5))
        return name

    def part_parallel(self, after: str, depth: int) -> str:
        join = self.add(Sort.JOIN, Way("", after))
        branches = [self.branch(join, depth) for _each in range(self.draw(st.integers(2, 3)))]
        return self.add(Sort.SPLIT, *(Way("", branch) for branch in branches))

    def branch(self, join: str, depth: int) -> str:
        kind = self.draw(st.sampled_from(["work", "choice", "loop", "parallel", "timeout"] if depth > 0 else ["work"]))
        return getattr(self, f"part_{kind}")(join, depth - 1) if kind != "choice" else self.part_choice_of_work(join)

    def part_choice_of_work(self, after: str) -> str:
        return self.add(Sort.CHOICE, Way("yes", self.work(Way("done", after))), Way("no", after))

    def part_timeout(self, after: str, depth: int) -> str:
        host = self.work(Way("done", after))
        late = self.work(Way("done", after))
        self.add(Sort.TIMEOUT, Way("", late), host=host, interrupts=True, term=days(9))
        return host

    def part_aside(self, after: str, depth: int) -> str:
        host = self.work(Way("done", after))
        sort = self.draw(st.sampled_from([Sort.TIMEOUT, Sort.RECURRING]))
        end = self.add(Sort.END)
        self.add(sort, Way("", self.work(Way("done", end))), host=host, term=days(9))
        return host


@st.composite
def sound_definitions(draw: Draw) -> Definition:
    """Stages in a row, a part of work in each, an approval between, and a withdrawal that may come at any time."""
    maker = Maker(draw)
    stages = [f"stage_{n}" for n in range(draw(st.integers(2, 3)))]
    after = maker.add(Sort.END)
    withdrawal = maker.move(stages[0], "left")
    maker.add(
        Sort.WHENEVER,
        Way("approved", maker.work(Way("done", after))),
        Way("returned", ""),
        move=withdrawal,
        role=Role.SUPERVISOR,
        form=OutcomeForm,
        term=days(5),
    )
    for source, target in reversed(list(pairwise(stages))):
        after = maker.part(maker.approval(source, target, after), draw(st.integers(0, 2)))
    maker.add(Sort.START, Way("", after), opened_by=(Role.TUTOR,))
    return Definition("Random", (*stages, "left"), stages[0], maker.moves, maker.steps)
