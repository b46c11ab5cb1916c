"""Rules on the lifecycle: stages that exist, moves that somebody offers, two people for each."""

from collections.abc import Iterator

from django.urls import NoReverseMatch, reverse

from roles.role import OF_SERVICES, ONLY_READS, READS_CASES, Role
from workflows.lifecycle import Guard, Move
from workflows.soundness.definition import GATES, Definition, Sort, Step
from workflows.soundness.findings import Finding, listed

#: Whose mandates let them do work and decide.
WORKS = frozenset(str(role) for role in READS_CASES - ONLY_READS - OF_SERVICES)


def stages_exist(definition: Definition) -> Iterator[Finding]:
    """Moves lead from and to stages of the lifecycle; sources are listed."""
    known = set(definition.stages)
    if definition.first_stage not in known:
        yield Finding("E010", f"the first stage “{definition.first_stage}” is not one of the lifecycle's.")
    for move in definition.moves.values():
        if not move.sources:
            yield Finding("E010", f"the move {move.name} starts from no stage: it can never be made.")
        for stage in (*move.sources, move.target):
            if stage not in known:
                yield Finding("E010", f"the move {move.name} names the stage “{stage}”, which does not exist.")


def a_final_stage_exists(definition: Definition) -> Iterator[Finding]:
    """There is a stage to end in."""
    if not definition.final_stages:
        yield Finding("E011", "no stage is final: from every one a move leads on.")


def moves_are_offered(definition: Definition) -> Iterator[Finding]:
    """Every move is offered by a step, and every step's move exists."""
    offered = {step.move for step in definition.of_sort(*GATES)}
    for name in definition.moves.keys() - offered:
        yield Finding("E012", f"no step offers the move {name}.")
    for step in definition.of_sort(*GATES):
        if step.move not in definition.moves:
            yield Finding("E013", f"{step.name} offers the move {step.move}, which the lifecycle does not have.")


def the_clock_decides_alone(definition: Definition) -> Iterator[Finding]:
    """The clock makes only moves that are its own, and nobody approves those: no approval is skipped."""
    for step in definition.of_sort(*GATES):
        move = definition.moves.get(step.move)
        if move is None or (step.sort is Sort.CLOCK) == move.by_the_clock:
            continue
        if move.by_the_clock:
            yield Finding("E014", f"{step.name} asks for approval of {move.name}, which the clock makes.")
        else:
            approver = move.terms.approved_by
            yield Finding(
                "E014", f"{step.name} skips an approval: {move.name} is approved by {approver}, not by the clock."
            )


def two_people_can(definition: Definition) -> Iterator[Finding]:
    """Who asks can be somebody else than who approves, and both are roles that work on cases."""
    for move in definition.moves.values():
        if move.by_the_clock:
            continue
        if not move.terms.asked_by:
            yield Finding("E015", f"nobody may ask for {move.name}.")
        elif set(move.terms.asked_by) == {move.terms.approved_by}:
            what = f"{move.name} is asked for and approved by {move.terms.approved_by} alone; let another role ask."
            yield Finding("E015", what)
        for role in _idle(move):
            yield Finding("E016", f"{move.name} names {role}, whose mandates let nobody work on cases.")


def who_asks_is_named(definition: Definition) -> Iterator[Finding]:
    """Whoever finishes the work that leads to an approval is of a role that the move lets ask."""
    for step in definition.of_sort(Sort.APPROVAL):
        move = definition.moves.get(step.move)
        if move is None:
            continue
        for asking in _asking(definition, step.name):
            if asking.role and asking.role not in move.terms.asked_by:
                what = (
                    f"{asking.name} lets {asking.role} ask for {move.name}, which is for {listed(move.terms.asked_by)}."
                )
                yield Finding("E017", what, (asking.name, step.name))


def guards_can_be_read(definition: Definition) -> Iterator[Finding]:
    """The facts that guards need are relations or computed facts of the kind, and the pages that they point to exist."""
    for move in definition.moves.values():
        for guard in move.guards:
            for what in _unreadable(definition, guard):
                yield Finding("E018", f"{move.name}, {guard.name}: {what}")


def _unreadable(definition: Definition, guard: Guard) -> Iterator[str]:
    kind = definition.kind
    for need in guard.needs:
        if kind is not None and need not in kind.computed_facts and not hasattr(kind, need.split("__")[0]):
            yield f"{kind.__name__} has no “{need}”."
    if guard.fix:
        try:
            reverse(guard.fix, args=[0])
        except NoReverseMatch:
            yield f"there is no page “{guard.fix}” of one case."


def _idle(move: Move) -> Iterator[Role]:
    return (role for role in dict.fromkeys((*move.terms.asked_by, move.terms.approved_by)) if role not in WORKS)


def _asking(definition: Definition, name: str) -> list[Step]:
    """The human steps that lead to a step through nothing that waits."""
    found: dict[str, Step] = {}
    seen, ahead = {name}, [name]
    while ahead:
        for before in definition.leading_to(ahead.pop()):
            if before.sort in (Sort.WORK, Sort.APPROVAL, Sort.WHENEVER):
                found[before.name] = before
            elif before.sort is Sort.CHOICE and before.name not in seen:
                seen.add(before.name)
                ahead.append(before.name)
    return list(found.values())
