"""A kind's lifecycle and workflow as tables: for the page, and for docs/lifecycles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from roles.role import Role
from workflows.diagrams import in_order, outcome_label, term_told, title_of
from workflows.flow import CaseFlow
from workflows.kinds import word_for
from workflows.lifecycle import moves_of
from workflows.nodes.human import Human
from workflows.soundness.definition import Sort, sort_of

MOVES_HEAD = ["", "move", "from", "to", "asks", "approves", "not while", "reasons"]
STEPS_HEAD = ["step", "role", "form", "deadline", "ways"]


@dataclass(frozen=True)
class MoveTold:
    """A move in words; `number` is the one on the picture."""

    number: int
    name: str
    label: str
    sources: Sequence[str]
    target: str
    asked_by: Sequence[str]
    approved_by: str
    only_if: Sequence[str]
    reasons: Sequence[str]


@dataclass(frozen=True)
class StepTold:
    """Something that people do, in words."""

    name: str
    title: str
    role: str
    form: str
    deadline: str
    parameter: str
    ways: Sequence[tuple[str, str]]
    at_any_time: bool
    quorum: int
    open: int = 0


def moves_told(flow: type[CaseFlow]) -> list[MoveTold]:
    """Every move in the order of life; a condition is told by the sentence shown while it does not hold."""
    kind = flow.process_class
    stage = {str(value): str(label) for value, label in kind.stages.choices}
    return [
        MoveTold(
            number,
            move.name,
            str(move.terms.label),
            [stage[source] for source in move.sources],
            stage[move.target],
            [str(Role(role).label) for role in move.terms.asked_by],
            str(Role(move.terms.approved_by).label),
            [str(guard.unmet) for guard in move.guards],
            [str(label) for label in move.terms.reasons.labels] if move.terms.reasons else [],
        )
        for number, move in enumerate(moves_of(kind).values(), start=1)
    ]


def steps_told(flow: type[CaseFlow], counts: Mapping[str, int] | None = None) -> list[StepTold]:
    """Everything that people do, in the order in which it is drawn, with how much of it is open."""
    order, _forward = in_order(flow)
    return [_step(node, (counts or {}).get(node.name, 0)) for node in order if isinstance(node, Human)]


def _step(node: Human, count: int) -> StepTold:
    role = node.move.terms.approved_by if hasattr(node, "move_name") else node.role
    return StepTold(
        name=node.name,
        title=title_of(node),
        role=str(Role(role).label),
        form=node.form.__name__ if getattr(node, "form", None) else "",
        deadline=term_told(node.within),
        parameter=node.within.parameter or "",
        ways=[(outcome_label(node, outcome), title_of(to)) for outcome, to in _ways(node)],
        at_any_time=sort_of(node) is Sort.WHENEVER,
        quorum=getattr(node, "quorum", 1),
        open=count,
    )


def _ways(node: Human) -> list[tuple[str, object]]:
    return [(outcome if len(node.ways) > 1 else "", to) for outcome, to in node.ways.items() if to is not None]


def as_markdown(flow: type[CaseFlow]) -> str:
    """The document about one kind; in the language that is active."""
    kind = flow.process_class
    return "\n".join(
        [
            f"# {str(word_for(kind)).capitalize()}\n",
            "Made by `make docs` from the lifecycle and the flow. Do not edit.\n",
            f"## Moves\n\n![Lifecycle]({kind.kind}-lifecycle.svg)\n",
            *_table(MOVES_HEAD, [_move_row(move) for move in moves_told(flow)]),
            f"\n## Work\n\n![Workflow]({kind.kind}-flow.svg)\n",
            *_table(STEPS_HEAD, [_step_row(step) for step in steps_told(flow)]),
            "",
        ]
    )


def _move_row(move: MoveTold) -> list[str]:
    who = [", ".join(move.sources), move.target, ", ".join(move.asked_by), move.approved_by]
    return [str(move.number), f"{move.label} (`{move.name}`)", *who, " ".join(move.only_if), ", ".join(move.reasons)]


def _step_row(step: StepTold) -> list[str]:
    ways = ", ".join(f"{outcome} → {to}" if outcome else f"→ {to}" for outcome, to in step.ways)
    form = f"`{step.form}`" if step.form else ""
    return [f"{step.title} (`{step.name}`)" + _marks(step), step.role, form, _deadline(step), ways]


def _marks(step: StepTold) -> str:
    return (", at any time" if step.at_any_time else "") + (f", {step.quorum} votes" if step.quorum > 1 else "")


def _deadline(step: StepTold) -> str:
    return step.deadline + (f" (`{step.parameter}`)" if step.parameter else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    cells = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in cells]
