"""Rules on the flow class itself: only the engine's nodes, lock and names."""

from collections.abc import Iterator

from viewflow.workflow.base import Node

from workflows.flow import CaseFlow, no_lock_of_viewflow
from workflows.models import StageChange, WorkItem
from workflows.nodes.activation import EngineActivation
from workflows.soundness.definition import Definition, Sort, nodes_in_the_flow, sort_of
from workflows.soundness.findings import Finding

#: What a node may not be called: viewflow keeps its own methods under these names.
TAKEN = frozenset(name for name in dir(CaseFlow) if not name.startswith("_"))


def nodes_of_ours(flow: type[CaseFlow]) -> Iterator[Finding]:
    """Every node is the engine's: viewflow's own write to the database at once and keep what they should not."""
    for name, node in nodes_in_the_flow(flow).items():
        activation = node.activation_class
        if not (isinstance(activation, type) and issubclass(activation, EngineActivation)):
            yield Finding("E001", f"{name} is viewflow's own {type(node).__name__}; use workflows.nodes.")
        elif sort_of(node) is Sort.UNKNOWN:
            yield Finding("E001", f"{name}: the proof does not know what {type(node).__name__} does.")


def declared_here(flow: type[CaseFlow]) -> Iterator[Finding]:
    """Every node is declared in the concrete flow: inherited ones share their lists, and one timeout arms several."""
    for base in flow.__mro__[1:]:
        for name, value in vars(base).items():
            if isinstance(value, Node) and not getattr(value, "outside_the_flow", False):
                what = f"{name} is declared in {base.__name__}; declare every node in the flow itself."
                yield Finding("E002", what)


def locked_by_the_engine(flow: type[CaseFlow]) -> Iterator[Finding]:
    """The lock is ours: viewflow's takes the row of the child table, or none."""
    if flow.lock_impl is not no_lock_of_viewflow:
        yield Finding("E003", "lock_impl is not the engine's; leave it as CaseFlow has it.")


def names_that_fit(definition: Definition) -> Iterator[Finding]:
    """Names fit their columns, and hide nothing of the flow's own."""
    outcomes = {way.outcome for step in definition.steps.values() for way in step.ways}
    for what, names, column in (
        ("step", definition.steps, WorkItem._meta.get_field("node")),
        ("outcome", outcomes, WorkItem._meta.get_field("outcome")),
        ("move", definition.moves, StageChange._meta.get_field("move")),
        ("stage", definition.stages, StageChange._meta.get_field("target")),
    ):
        room = getattr(column, "max_length", 0)
        yield from (
            Finding("E004", f"the {what} “{name}” is longer than {room} letters.") for name in names if len(name) > room
        )
    for name in sorted(TAKEN & set(definition.steps)):
        yield Finding("E004", f"a step cannot be called “{name}”: the flow has a method of that name.")
