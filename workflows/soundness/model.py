"""How a case may go: the engine's rules on tokens, without cases, people or a database.

A state is a stage and what waits: work, approvals, waits, jobs, joins and armed timers. Whatever does not wait
(choices, splits, the clock's moves, ends) is passed in the same step, as in one transaction of the engine. Guards and
choices are free, a timer may fire at any time, a quorum is one vote. A path that runs beside an item runs once at a
time, and is let go when the case leaves the stage. A move that may come at any time is asked for and approved in one
step: only asked for, it changes nothing.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from workflows.soundness.definition import Definition, Sort, Step

#: The root of the tokens of timers that do not interrupt, and of the paths they start: no Join waits for those.
ASIDE = "~"
APPROVED = "approved"


class Token(NamedTuple):
    """Something that waits at a step; `branch` tells which branches of which splits it is in, the outermost first."""

    step: str
    branch: tuple[str, ...] = ()


class State(NamedTuple):
    """Where a case stands."""

    stage: str
    tokens: tuple[Token, ...]

    @property
    def waiting(self) -> tuple[str, ...]:
        """The names of the steps that wait, in order."""
        return tuple(sorted(token.step for token in self.tokens))

    @property
    def is_safe(self) -> bool:
        """Whether nothing waits twice at the same time."""
        return len(set(self.waiting)) == len(self.tokens)

    def __str__(self) -> str:
        return f"stage {self.stage}, " + (f"waiting: {', '.join(self.waiting)}" if self.tokens else "nothing waits")


@dataclass(frozen=True)
class Made:
    """A move that a step made from a stage."""

    move: str
    source: str


@dataclass(frozen=True)
class Change:
    """One step of a case: what was done, what was passed on the way, where it led."""

    step: str
    outcome: str
    trail: tuple[str, ...]
    state: State
    at_any_time: bool = False


@dataclass(frozen=True)
class _Going:
    """A case between two states: what still moves in the same transaction."""

    stage: str
    waiting: tuple[Token, ...]
    moving: tuple[Token, ...]
    arrived: frozenset[Token] = frozenset()
    passed: frozenset[tuple[Token, str]] = frozenset()
    trail: tuple[str, ...] = ()

    @property
    def goes_round(self) -> bool:
        """Whether it is come back to where it passed without waiting."""
        return bool(self.moving) and (self.moving[0], self.stage) in self.passed


class Model:
    """The states of one definition, and what leads from each to the next."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._steps = definition.steps
        self._timers = {name: definition.timers_of(name) for name in definition.steps}
        self._whenever = definition.of_sort(Sort.WHENEVER)
        #: What has come about in the changes asked for so far: steps passed or come to, and moves made.
        self.passed: set[str] = set()
        self.made: set[Made] = set()

    def beginnings(self) -> Iterator[Change]:
        """The states that a new case may be in."""
        for start in self.definition.of_sort(Sort.START):
            moving = tuple(Token(way.to) for way in start.ways if way.to)
            yield from self._changes(start, "", (start.name,), _Going(self.definition.first_stage, (), moving))

    def changes(self, state: State) -> Iterator[Change]:
        """Everything that may happen next."""
        for token in state.tokens:
            step = self._steps.get(token.step)
            if step is None:
                continue  # a way into the void: the case is stuck here
            if step.sort in (Sort.WORK, Sort.APPROVAL, Sort.UNKNOWN):
                yield from self._ended(state, token, step)
            elif step.sort in (Sort.WAIT, Sort.JOB):
                yield from self._gone_on(state, token, step)
            elif step.sort is Sort.TIMEOUT:
                yield from self._timed_out(state, token, step)
            elif step.sort is Sort.RECURRING:
                yield from self._gone_aside(state, state.tokens, step)
        for step in self._whenever:
            yield from self._moved_at_any_time(state, step)

    def may_be_approved(self, step: Step, stage: str) -> bool:
        """Whether the step's move can be made from the stage."""
        move = self.definition.moves.get(step.move)
        return move is not None and stage in move.sources

    # what may happen

    def _ended(self, state: State, token: Token, step: Step) -> Iterator[Change]:
        for way in step.ways:
            if not way.to:
                continue
            stage, rest = state.stage, self._without(state.tokens, token)
            if step.sort is Sort.APPROVAL and way.outcome == APPROVED:
                if not self.may_be_approved(step, stage):
                    continue
                stage = self._moved(step, stage)
                if stage != state.stage:
                    rest = self._without_asides(rest)
            going = _Going(stage, rest, (Token(way.to, token.branch),))
            yield from self._changes(step, way.outcome, (_told(step, way.outcome),), going)

    def _gone_on(self, state: State, token: Token, step: Step) -> Iterator[Change]:
        for target in step.targets:
            going = _Going(state.stage, _less(state.tokens, token), (Token(target, token.branch),))
            yield from self._changes(step, "", (step.name,), going)

    def _timed_out(self, state: State, token: Token, step: Step) -> Iterator[Change]:
        if not step.interrupts:
            yield from self._gone_aside(state, _less(state.tokens, token), step)
            return
        rest = self._without(state.tokens, Token(step.host, token.branch))
        for target in step.targets:
            going = _Going(state.stage, rest, (Token(target, token.branch),))
            yield from self._changes(step, "", (step.name,), going)

    def _gone_aside(self, state: State, rest: tuple[Token, ...], step: Step) -> Iterator[Change]:
        branch = (ASIDE + step.name,)
        if any(other.branch[:1] == branch for other in state.tokens):
            return  # the round before is still open
        for target in step.targets:
            yield from self._changes(step, "", (step.name,), _Going(state.stage, rest, (Token(target, branch),)))

    def _moved_at_any_time(self, state: State, step: Step) -> Iterator[Change]:
        way = step.way(APPROVED)
        if way is None or not way.to or not self.may_be_approved(step, state.stage):
            return
        going = _Going(self._moved(step, state.stage), (), (Token(way.to),))
        if self.definition.stays(step):
            branch = (ASIDE + step.name,)
            if any(token.branch[:1] == branch for token in state.tokens):
                return  # what it opened before is still open
            going = _Going(state.stage, state.tokens, (Token(way.to, branch),))
        yield from self._changes(step, APPROVED, (_told(step, APPROVED),), going, at_any_time=True)

    def _changes(
        self, step: Step, outcome: str, told: tuple[str, ...], going: _Going, *, at_any_time: bool = False
    ) -> Iterator[Change]:
        for settled in self._settled(going):
            state = State(settled.stage, tuple(sorted(settled.waiting)))
            self.passed.update((step.name, *state.waiting))
            yield Change(step.name, outcome, told + settled.trail, state, at_any_time)

    def _moved(self, step: Step, stage: str) -> str:
        self.made.add(Made(step.move, stage))
        return self.definition.moves[step.move].target

    # what does not wait

    def _settled(self, going: _Going) -> Iterator[_Going]:
        """Move on until everything waits; every choice is tried, and a place that was come to is not left twice."""
        known: set[object] = set()
        ahead = deque([going])
        while ahead:
            here = ahead.popleft()
            place = (here.stage, frozenset(here.waiting), here.moving, here.arrived)
            if place in known and not here.goes_round:
                continue
            known.add(place)
            if here.moving:
                ahead.extend(self._passed(here.moving[0], _with(here, moving=here.moving[1:])))
            elif (join := self._met(here)) is not None:
                onwards = tuple(Token(target, join.branch) for target in self._steps[join.step].targets)
                opened = _with(here, waiting=_less(here.waiting, join), arrived=here.arrived - {join})
                ahead.append(_with(opened, moving=onwards, trail=(*here.trail, join.step)))
                self.passed.add(join.step)
            else:
                yield here

    def _met(self, going: _Going) -> Token | None:
        """The first Join just arrived at whose branches have all come. Joins come last and singly, as in viewflow."""
        ready = (
            join for join in sorted(going.arrived) if join in going.waiting and not _is_awaited(join, going.waiting)
        )
        return next(ready, None)

    def _passed(self, token: Token, going: _Going) -> Iterator[_Going]:
        step = self._steps.get(token.step)
        if step is None or (token, going.stage) in going.passed or not (step.targets or step.sort is Sort.END):
            yield _with(going, waiting=(*going.waiting, token))  # leads nowhere, or round and round
        elif step.sort is Sort.END:
            yield self._through(token, going, step.name, ())
        elif step.sort is Sort.CHOICE:
            for way in step.ways:
                yield self._through(token, going, _told(step, way.outcome), (Token(way.to, token.branch),))
        elif step.sort is Sort.SPLIT:
            branches = (Token(way.to, (*token.branch, f"{step.name}.{n}")) for n, way in enumerate(step.ways))
            yield self._through(token, going, step.name, tuple(branches))
        elif step.sort is Sort.CLOCK and self.may_be_approved(step, going.stage):
            onwards = tuple(Token(target, token.branch) for target in step.targets)
            stage = self._moved(step, going.stage)
            waiting = going.waiting if stage == going.stage else self._without_asides(going.waiting)
            yield _with(self._through(token, going, step.name, onwards), stage=stage, waiting=waiting)
        elif step.sort is Sort.JOIN:
            join = Token(step.name, token.branch[:-1])
            waiting = going.waiting if join in going.waiting else (*going.waiting, join)
            yield _with(going, waiting=waiting, arrived=going.arrived | {join})
        else:
            yield _with(going, waiting=(*going.waiting, token, *self._armed(token)))

    def _through(self, token: Token, going: _Going, told: str, onwards: tuple[Token, ...]) -> _Going:
        self.passed.add(token.step)
        passed = going.passed | {(token, going.stage)}
        return _with(going, moving=(*going.moving, *onwards), passed=passed, trail=(*going.trail, told))

    def _armed(self, host: Token) -> Iterator[Token]:
        for timer in self._timers[host.step]:
            yield Token(timer.name, host.branch if timer.interrupts else (ASIDE,))

    def _without(self, tokens: tuple[Token, ...], host: Token) -> tuple[Token, ...]:
        """What is left when an item is finished or cancelled: its timers are disarmed with it."""
        timers = {timer.name for timer in self._timers[host.step]}
        return tuple(token for token in _less(tokens, host) if token.step not in timers)

    def _without_asides(self, tokens: tuple[Token, ...]) -> tuple[Token, ...]:
        """What is left when the case leaves a stage: the paths that ran beside it are let go."""
        for token in tokens:
            if token.branch and token.branch[0].startswith(ASIDE) and token.branch[0] != ASIDE:
                tokens = self._without(tokens, token)
        return tokens


def _with(going: _Going, **changed: object) -> _Going:
    """`dataclasses.replace`, three times as fast."""
    return _Going(**{**going.__dict__, **changed})


def _less(tokens: tuple[Token, ...], gone: Token) -> tuple[Token, ...]:
    if gone not in tokens:
        return tokens
    place = tokens.index(gone)
    return tokens[:place] + tokens[place + 1 :]


def _is_awaited(join: Token, waiting: tuple[Token, ...]) -> bool:
    """Whether something in a branch below the join's own token is still open. Paths aside are not below any."""
    depth = len(join.branch)
    below = (token.branch for token in waiting if len(token.branch) > depth and token.branch[:depth] == join.branch)
    return any(not branch[depth].startswith(ASIDE) for branch in below)


def _told(step: Step, outcome: str) -> str:
    """The step as a path tells it; the outcome is named where there is a choice."""
    return f"{step.name}[{outcome}]" if len(step.ways) > 1 else step.name
