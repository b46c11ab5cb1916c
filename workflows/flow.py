"""The base of every kind's workflow."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, NoReturn

from viewflow.workflow import flow
from viewflow.workflow.base import Node

from workflows.lifecycle import Move, moves_of
from workflows.models import Case, WorkItem
from workflows.nodes import AD_HOC, AdHoc, Approval, Start, Whenever


class LockedElsewhere(RuntimeError):  # noqa: N818  reads as a sentence
    """viewflow's own entry points are closed: the services lock cases."""


def no_lock_of_viewflow(flow_class: Any, process_pk: int) -> NoReturn:
    """Refuse: only `workflows.batch` locks a case, by its base row."""
    raise LockedElsewhere("use the services of workflows: they lock the case")


class CaseFlow(flow.Flow):
    """The work of one kind of case, in the order it happens. Declare every node in the concrete flow."""

    process_class = Case
    task_class = WorkItem
    #: Where a case goes on that was under way before it came here: a node's name by stage.
    taken_over_at: ClassVar[Mapping[str, str]] = {}
    lock_impl = staticmethod(no_lock_of_viewflow)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Give every flow its node for work made by hand."""
        setattr(cls, AD_HOC, AdHoc())
        super().__init_subclass__(**kwargs)

    @classmethod
    def ad_hoc_node(cls) -> AdHoc:
        """The node of work made by hand, which stands outside the flow."""
        return cls._nodes_by_name[AD_HOC]

    @classmethod
    def nodes_by_name(cls) -> dict[str, Node]:
        """Every node, in the order of declaration."""
        return dict(cls._nodes_by_name)

    @classmethod
    def start_node(cls) -> Start:
        """Where a case begins."""
        return next(node for node in cls._nodes_by_name.values() if isinstance(node, Start))

    @classmethod
    def approvals(cls) -> Iterator[Approval]:
        """The nodes through which the stage changes."""
        return (node for node in cls._nodes_by_name.values() if isinstance(node, Approval))

    @classmethod
    def whenever(cls, move: str) -> Whenever:
        """The node by which that move may be asked for at any time. Raises KeyError when there is none."""
        for node in cls._nodes_by_name.values():
            if isinstance(node, Whenever) and node.move_name == move:
                return node
        raise KeyError(move)

    @classmethod
    @cache
    def version(cls) -> str:
        """A fingerprint of nodes, forms, ways, and moves with their terms. A case keeps the one that it started on."""
        nodes = (node for node in cls._nodes_by_name.values() if not getattr(node, "outside_the_flow", False))
        lines = [*map(_line, nodes), *map(_terms, moves_of(cls.process_class).values())]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:12]


def _line(node: Node) -> str:
    ways = sorted(f"{edge.label or ''}>{edge.dst.name}" for edge in node._outgoing())
    terms = [str(getattr(node, name, "")) for name in ("role", "within", "move_name", "term", "quorum")]
    fields = sorted(getattr(getattr(node, "form", None), "base_fields", {}))
    return "|".join([type(node).__name__, node.name, *terms, *ways, *fields])


def _terms(move: Move) -> str:
    """Everything that a supervisor reads in the lifecycle but the words."""
    terms = move.terms
    reasons = list(terms.reasons.values) if terms.reasons else []
    parts = [move.sources, [move.target], terms.asked_by, [terms.approved_by], [guard.name for guard in move.guards]]
    parts += [reasons, [terms.day, terms.why], terms.clears]
    return "|".join([move.name, *(",".join(map(str, part)) for part in parts)])
