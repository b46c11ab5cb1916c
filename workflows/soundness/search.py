"""Everything that can happen to a case: breadth first, so that the first path to a state is a shortest one."""

from collections import deque
from dataclasses import dataclass, field

from workflows.soundness.definition import Definition
from workflows.soundness.model import Change, Made, Model, State

LIMIT = 20_000


class TooManyStates(Exception):  # noqa: N818  a finding, not a fault of the program
    """The definition has more states than the proof follows."""


@dataclass
class Reached:
    """The states that a case can come to, how, and what was seen on the way."""

    first: dict[State, Change] = field(default_factory=dict)
    previous: dict[State, State | None] = field(default_factory=dict)
    #: Which states lead to a state without anybody having to ask for a move that may come at any time.
    before: dict[State, set[State]] = field(default_factory=dict)
    made: set[Made] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)

    def path_to(self, state: State) -> tuple[str, ...]:
        """A shortest way from the start to a state."""
        told: list[tuple[str, ...]] = []
        here: State | None = state
        while here is not None:
            told.append(self.first[here].trail)
            here = self.previous[here]
        return tuple(step for trail in reversed(told) for step in trail)

    def can_reach(self, goals: set[State]) -> set[State]:
        """The states from which one of the goals can be reached in the ordinary course."""
        found, ahead = set(goals), deque(goals)
        while ahead:
            for state in self.before.get(ahead.popleft(), set()) - found:
                found.add(state)
                ahead.append(state)
        return found


def explore(definition: Definition, limit: int = LIMIT) -> Reached:
    """Follow every case that the definition allows. Raises TooManyStates beyond the limit."""
    model, reached, ahead = Model(definition), Reached(), deque[State]()

    def note(change: Change, origin: State | None) -> None:
        if origin is not None and not change.at_any_time:
            reached.before.setdefault(change.state, set()).add(origin)
        if change.state not in reached.first:
            if len(reached.first) >= limit:
                raise TooManyStates(f"more than {limit} states")
            reached.first[change.state], reached.previous[change.state] = change, origin
            if change.state.is_safe:
                ahead.append(change.state)  # two of a step breed more: such a state is a fault, and not followed

    for beginning in model.beginnings():
        note(beginning, None)
    while ahead:
        state = ahead.popleft()
        for change in model.changes(state):
            note(change, state)
    reached.made, reached.passed = model.made, model.passed
    return reached
