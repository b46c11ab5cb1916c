"""What came of a verb on many things: a result a row."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from workflows.errors import Refusal

Thing = TypeVar("Thing")


@dataclass
class Results(Generic[Thing]):
    """By key: what was done, or the refusal."""

    done: dict[int, Thing] = field(default_factory=dict)
    refused: dict[int, Refusal] = field(default_factory=dict)

    def only(self) -> Thing:
        """The one thing that was done. Raises its refusal when it was refused."""
        for refusal in self.refused.values():
            raise refusal
        (thing,) = self.done.values()
        return thing

    def take(self, other: "Results[Thing]") -> None:
        """Add another chunk's results."""
        self.done |= other.done
        self.refused |= other.refused

    def __iter__(self) -> Iterator[Thing]:
        return iter(self.done.values())
