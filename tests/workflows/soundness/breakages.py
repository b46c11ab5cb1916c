"""Every way of breaking a sound definition that these rules know: one change, wherever it can be made."""

from collections.abc import Iterator
from dataclasses import replace

from roles.role import Role
from workflows.lifecycle import Move
from workflows.soundness.definition import GATES, HUMAN, TIMERS, Definition, Sort, Step, Way
from workflows.soundness.rules.blocks import _asides, _beside, blocks_of

Broken = tuple[str, Definition]

NOWHERE = "nowhere"


def every_breakage(definition: Definition) -> Iterator[Broken]:
    """Broken definitions, each with what was done to it."""
    for step in definition.steps.values():
        for what, broken in (*_without_a_part(step), *_led_astray(step)):
            yield f"{step.name}: {what}", _with_step(definition, broken)
    for move in definition.moves.values():
        for what, changed in _misdeclared(move):
            yield f"{move.name}: {what}", _with_move(definition, changed)
        yield f"{move.name}: removed", replace(definition, moves=_less(definition.moves, move.name))
        yield from _offered_too_widely(definition, move)
    for step in definition.of_sort(*GATES):
        yield f"{step.name}: dropped", _spliced(definition, step)
    yield from _ended_too_soon(definition)
    yield from _parallel_parts_torn(definition)
    yield from _paths_aside_tied(definition)
    yield "a stage more", replace(definition, stages=(*definition.stages, "lost"))
    yield "another first stage", replace(definition, first_stage=NOWHERE)
    yield "a step more", _with_step(definition, replace(definition.of_sort(Sort.START)[0], name="second_start"))


def _without_a_part(step: Step) -> Iterator[tuple[str, Step]]:
    if step.sort in (*HUMAN, *TIMERS, Sort.WAIT):
        yield "no term", replace(step, term=None)
    if step.sort is Sort.WORK:
        yield "no role", replace(step, role="")
        yield "an orphan role", replace(step, role=str(Role.ANALYST))
    if step.sort in (Sort.WORK, Sort.WHENEVER):
        yield "no form", replace(step, form=None)
    if step.sort in (Sort.APPROVAL, Sort.WHENEVER):
        yield "no votes", replace(step, quorum=0)
        yield "no yes", replace(step, ways=tuple(way for way in step.ways if way.outcome != "approved"))
        yield "no no", replace(step, ways=tuple(way for way in step.ways if way.outcome == "approved"))
    if step.sort in GATES:
        yield "a move that is none", replace(step, move=NOWHERE)
    if step.sort is Sort.START:
        yield "opened by nobody", replace(step, opened_by=())
    if step.sort is Sort.JOB:
        yield "a job of nobody's", replace(step, job=NOWHERE)
    if step.sort in TIMERS:
        yield "no host", replace(step, host=NOWHERE)
    if step.sort is not Sort.END:
        yield "no ways", replace(step, ways=())


def _led_astray(step: Step) -> Iterator[tuple[str, Step]]:
    for number, way in enumerate(step.ways):
        if way.to:
            for to in ("", NOWHERE):
                ways = (*step.ways[:number], replace(way, to=to), *step.ways[number + 1 :])
                yield f"[{way.outcome}] to “{to}”", replace(step, ways=ways)


def _misdeclared(move: Move) -> Iterator[tuple[str, Move]]:
    terms = move.terms
    yield "another target", replace(move, target=NOWHERE)
    yield "another source", replace(move, sources=(*move.sources, NOWHERE))
    yield "no source", replace(move, sources=())
    if move.by_the_clock:
        yield "approved by somebody", replace(move, terms=replace(terms, approved_by=Role.SUPERVISOR))
    else:
        yield "made by the clock", replace(move, terms=replace(terms, approved_by=Role.CLOCK))
        yield "asked for by who approves", replace(move, terms=replace(terms, asked_by=(terms.approved_by,)))
        yield "asked for by nobody", replace(move, terms=replace(terms, asked_by=()))
        yield "approved by an analyst", replace(move, terms=replace(terms, approved_by=Role.ANALYST))


def _offered_too_widely(definition: Definition, move: Move) -> Iterator[Broken]:
    """From a stage in which no step makes it; a Whenever would."""
    if any(step.move == move.name for step in definition.of_sort(Sort.WHENEVER)):
        return
    for stage in definition.stages:
        if stage not in move.sources:
            yield (
                f"{move.name}: from {stage} too",
                _with_move(definition, replace(move, sources=(*move.sources, stage))),
            )


def _ended_too_soon(definition: Definition) -> Iterator[Broken]:
    """Work that leads to the end; what runs aside may."""
    (end, *_others) = definition.of_sort(Sort.END)
    aside = {name for timer in _asides(definition) for name in _beside(definition, timer)}
    for step in definition.of_sort(Sort.WORK):
        if step.name not in aside and end.name not in step.targets:
            yield f"{step.name}: to the end", _with_step(definition, _leading_to(step, end.name))


def _parallel_parts_torn(definition: Definition) -> Iterator[Broken]:
    (end, *_others) = definition.of_sort(Sort.END)
    (start, *_more) = definition.of_sort(Sort.START)
    for block in blocks_of(definition):
        split = definition.steps[block.split]
        yield f"{split.name}: one branch", _with_step(definition, replace(split, ways=split.ways[:1]))
        yield f"{split.name}: on a condition", _with_step(definition, replace(split, ways=_conditional(split.ways)))
        for name in sorted(block.members):
            step = definition.steps[name]
            if set(step.targets) & set(block.joins):
                for astray in (end.name, start.targets[0], split.name):
                    yield f"{name}: not to its Join but to {astray}", _with_step(definition, _leading_to(step, astray))
            yield f"{start.name}: into {name}", _with_step(definition, _leading_to(start, name))


def _paths_aside_tied(definition: Definition) -> Iterator[Broken]:
    (start, *_more) = definition.of_sort(Sort.START)
    for timer in _asides(definition):
        for name in sorted(_beside(definition, timer)):
            step = definition.steps[name]
            if step.sort is not Sort.END:
                yield f"{name}: aside into the case", _with_step(definition, _leading_to(step, start.targets[0]))


def _spliced(definition: Definition, gone: Step) -> Definition:
    """The definition without the step; what led to it leads to what came after it."""
    after = next((way.to for way in gone.ways if way.to), "")
    steps = {
        step.name: replace(
            step, ways=tuple(replace(way, to=after if way.to == gone.name else way.to) for way in step.ways)
        )
        for step in definition.steps.values()
        if step.name != gone.name
    }
    return replace(definition, steps=steps)


def _leading_to(step: Step, to: str) -> Step:
    return replace(step, ways=tuple(replace(way, to=to) for way in step.ways))


def _conditional(ways: tuple[Way, ...]) -> tuple[Way, ...]:
    return (replace(ways[0], is_conditional=True), *ways[1:])


def _with_step(definition: Definition, step: Step) -> Definition:
    return replace(definition, steps={**definition.steps, step.name: step})


def _with_move(definition: Definition, move: Move) -> Definition:
    return replace(definition, moves={**definition.moves, move.name: move})


def _less(moves: dict, name: str) -> dict:
    return {key: value for key, value in moves.items() if key != name}
