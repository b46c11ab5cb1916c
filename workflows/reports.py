"""What a verification found: how much it looked at, and what is wrong, the first bad row first."""

import json
import sys
from dataclasses import dataclass, field

from django.core.management.base import OutputWrapper

#: Beyond so many problems nobody reads on.
MOST = 1_000


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it must be: where, and what; `row` orders problems of one table by the row's key."""

    where: str
    what: str
    row: int = 0


@dataclass
class Report:
    """Everything that a verification looked at and found."""

    checked: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.problems

    def as_json(self) -> str:
        """The document that the commands print."""
        problems = [{"where": problem.where, "what": problem.what} for problem in self.problems[:MOST]]
        return json.dumps({"ok": self.ok, "checked": self.checked, "problems": problems}, ensure_ascii=False)

    def as_text(self) -> str:
        """The same for people."""
        looked_at = ", ".join(f"{count} {name}" for name, count in self.checked.items())
        lines = [f"{problem.where}: {problem.what}" for problem in self.problems[:MOST]]
        return "\n".join(
            [f"Checked: {looked_at}.", *lines, "All is well." if self.ok else f"{len(self.problems)} problems."]
        )

    def say(self, out: OutputWrapper, *, as_json: bool) -> None:
        """Print it; the process ends with status 1 when something is wrong."""
        out.write(self.as_json() if as_json else self.as_text())
        if not self.ok:
            sys.exit(1)
