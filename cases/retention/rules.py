"""What becomes of each table when a case is forgotten: rows are deleted, emptied of what tells of a person, or kept, and why.

Every table with a way to a case has a rule; a test fails for one that has none. Rooms register theirs in a module `retention`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One table: `path` leads from its rows to the case; `leaves` are the values that are put in place of what is taken out."""

    label: str
    path: str
    deletes: bool = False
    leaves: Mapping[str, Any] = field(default_factory=dict)
    because: str = ""


#: By the label of the model.
RULES: dict[str, Rule] = {}


def forgets(*labels: str, path: str = "case") -> None:
    """The rows of these tables are deleted, with their own history."""
    for label in labels:
        _register(Rule(label, path, deletes=True))


def empties(label: str, because: str, *, path: str = "case", **leaves: Any) -> None:
    """The rows stay without what tells of a person; their history is deleted."""
    _register(Rule(label, path, leaves=leaves, because=because))


def keeps(label: str, because: str, *, path: str = "case") -> None:
    """The rows stay as they are."""
    _register(Rule(label, path, because=because))


def _register(rule: Rule) -> None:
    if rule.label in RULES:
        raise ValueError(f"two rules for {rule.label}")
    RULES[rule.label] = rule
