"""Rules on everything that can happen: no dead end, no skipped approval, nothing out of reach."""

from collections.abc import Iterator

from workflows.soundness.definition import GATES, Definition, Sort
from workflows.soundness.findings import Finding, listed
from workflows.soundness.model import Made, Model, State
from workflows.soundness.search import LIMIT, Reached, TooManyStates, explore


def whatever_happens(definition: Definition, limit: int = LIMIT) -> Iterator[Finding]:
    """Follow every case that the definition allows, and say what goes wrong."""
    try:
        reached = explore(definition, limit)
    except TooManyStates as error:
        yield Finding("E050", f"{error}: the proof does not follow so many. Split the kind of case.")
        return
    for rule in (no_dead_ends, ends_in_final_stages, moves_are_possible, steps_open_once, all_is_reached):
        yield from rule(definition, reached)


def no_dead_ends(definition: Definition, reached: Reached) -> Iterator[Finding]:
    """From every state the work can be finished, without anybody having to ask for a move that may come at any time."""
    can_finish = reached.can_reach({state for state in reached.first if not state.tokens or not state.is_safe})
    stuck = [state for state in reached.first if state not in can_finish]
    still = [state for state in stuck if not any(not change.at_any_time for change in Model(definition).changes(state))]
    if still:
        yield _shown("E051", reached, still[0], "here the case stands still for ever.")
    elif stuck:
        yield _shown("E051", reached, stuck[0], "from here the case goes round and is never finished.")


def ends_in_final_stages(definition: Definition, reached: Reached) -> Iterator[Finding]:
    """When nothing waits any more, the case is in a final stage: no way to the end skips an approval."""
    final, told = definition.final_stages, set()
    for state in reached.first:
        if not state.tokens and state.stage not in final and state.stage not in told:
            told.add(state.stage)
            what = f"the work ends in the stage {state.stage}, which is not final (final: {listed(final)})."
            yield _shown("E052", reached, state, what)


def moves_are_possible(definition: Definition, reached: Reached) -> Iterator[Finding]:
    """A step that makes a move is come to only in stages from which the move leads."""
    model, told = Model(definition), set()
    for state in reached.first:
        for token in state.tokens:
            step = definition.steps.get(token.step)
            if step is None or step.name in told or step.sort not in (Sort.APPROVAL, Sort.CLOCK):
                continue
            move = definition.moves.get(step.move)
            if move is not None and not model.may_be_approved(step, state.stage):
                told.add(step.name)
                what = (
                    f"{step.name} waits in the stage {state.stage}; {move.name} leads from {listed(move.sources)} only."
                )
                yield _shown("E053", reached, state, what)


def steps_open_once(definition: Definition, reached: Reached) -> Iterator[Finding]:
    """A step never waits twice at the same time."""
    told: set[str] = set()
    for state in reached.first:
        for name in state.waiting:
            if state.waiting.count(name) > 1 and name not in told:
                told.add(name)
                yield _shown("E054", reached, state, f"{name} waits twice at the same time.")


def all_is_reached(definition: Definition, reached: Reached) -> Iterator[Finding]:
    """Every stage, every step, and every move from each of its stages can come about."""
    passed = {definition.moves[made.move].target for made in reached.made}
    stages = passed | {state.stage for state in reached.first}
    for stage in definition.stages:
        if stage not in stages:
            yield Finding("E055", f"no case can come to the stage {stage}.")
    for move in definition.moves.values():
        for source in move.sources:
            if source in stages and Made(move.name, source) not in reached.made:
                what = f"the move {move.name} can never be made from the stage {source}."
                if any(step.move == move.name for step in definition.of_sort(*GATES)):
                    yield Finding("E056", what)
    for name in definition.steps.keys() - reached.passed:
        before = [step.name for step in definition.leading_to(name) if step.name in reached.passed]
        if before:
            yield Finding("E057", f"no case can come to {name}, though {listed(before)} leads there.")


def _shown(code: str, reached: Reached, state: State, what: str) -> Finding:
    return Finding(code, f"{what} It stands: {state}.", reached.path_to(state))
