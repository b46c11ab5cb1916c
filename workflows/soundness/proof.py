"""The whole proof: every rule on a flow class, its definition, and everything that can happen under it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from workflows.flow import CaseFlow
from workflows.soundness.definition import Definition, definition_of
from workflows.soundness.findings import Finding
from workflows.soundness.rules import blocks, classes, lifecycles, states, steps

Rule = Callable[[Definition], Iterable[Finding]]

RULES_OF_CLASSES: tuple[Callable[[type[CaseFlow]], Iterable[Finding]], ...] = (
    classes.nodes_of_ours,
    classes.declared_here,
    classes.locked_by_the_engine,
)

RULES: tuple[Rule, ...] = (
    classes.names_that_fit,
    lifecycles.stages_exist,
    lifecycles.a_final_stage_exists,
    lifecycles.moves_are_offered,
    lifecycles.the_clock_decides_alone,
    lifecycles.two_people_can,
    lifecycles.who_asks_is_named,
    lifecycles.guards_can_be_read,
    steps.one_start,
    steps.work_has_a_role,
    steps.work_has_a_form,
    steps.work_has_a_deadline,
    steps.outcomes_lead_somewhere,
    steps.approvals_can_go_either_way,
    steps.nothing_ends_by_itself,
    steps.steps_are_connected,
    steps.jobs_are_registered,
    blocks.splits_have_branches,
    blocks.branches_meet,
    blocks.nothing_jumps_in_or_out,
    blocks.branches_share_nothing,
    blocks.paths_aside_end,
    blocks.paths_aside_are_single,
    blocks.nobody_works_beside_a_branch,
    blocks.timers_have_hosts,
    states.whatever_happens,
)


def prove(flow: type[CaseFlow]) -> list[Finding]:
    """Everything that is wrong with a flow and its lifecycle; empty when both are sound."""
    of_the_class = [replace(finding, where=flow.__name__) for rule in RULES_OF_CLASSES for finding in rule(flow)]
    return of_the_class + faults_of(definition_of(flow))


def faults_of(definition: Definition) -> list[Finding]:
    """Everything that is wrong with a definition, in the order of the rules; empty when it is sound."""
    return list(_faults(definition))


def is_sound(definition: Definition) -> bool:
    """Whether nothing is wrong with a definition; looks no further than the first fault."""
    return next(_faults(definition), None) is None


def _faults(definition: Definition) -> Iterator[Finding]:
    return (replace(finding, where=definition.name) for rule in RULES for finding in rule(definition))
