"""What the proof has to say: a fault, where it is, and the shortest path that shows it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One fault. `code` is the number of the system check, `path` the steps that show it, `where` the definition."""

    code: str
    what: str
    path: tuple[str, ...] = ()
    where: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" Path: {' → '.join(self.path)}." if self.path else "")


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return ", ".join(names) if names else "nothing"
