"""The notices of a person, the latest first, as their page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from roles.models import User
from workflows.models import Case, Notice

PAGE = 50


@dataclass(frozen=True)
class Line:
    """A notice; the case's name, the task and a way there only while the person may read the case."""

    notice: Notice
    is_open: bool

    @property
    def url(self) -> str:
        """Where it leads."""
        return self.notice.get_absolute_url() if self.is_open else ""

    @property
    def task(self) -> str:
        """What is to be done, if it is about a work item."""
        return str(self.notice.item.label) if self.is_open and self.notice.item else ""

    @property
    def title(self) -> str:
        """What the case is called; nothing for an emergency, which opens no case to who is told of it."""
        case, is_emergency = self.notice.case, self.notice.event == Notice.Event.EMERGENCY
        return case.title if case and self.is_open and not is_emergency else ""

    @property
    def number(self) -> str:
        """The number of the case, if it is about one."""
        return self.notice.case.number if self.notice.case else ""


@dataclass(frozen=True)
class NoticePage:
    """Some lines, and the key that the next page begins after; None where there is nothing more."""

    lines: Sequence[Line]
    older: int | None = None

    @property
    def newest(self) -> int:
        """The key of the first line; 0 without any."""
        return self.lines[0].notice.pk if self.lines else 0

    @property
    def has_unread(self) -> bool:
        """Whether anything on the page is new."""
        return any(line.notice.read_at is None for line in self.lines)


def notices_of(user: User, *, before: str = "", at: datetime, size: int = PAGE) -> NoticePage:
    """A page of the person's notices; `before` is the key where the last page ended."""
    rows = Notice.objects.of(user).newest_first().select_related("case", "item")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: size + 1])
    shown = found[:size]
    readable = set(
        Notice.objects.filter(pk__in=[row.pk for row in shown]).of_readable(user, at).values_list("pk", flat=True)
    )
    lines = [Line(row, row.case_id is None or row.pk in readable) for row in shown]
    return NoticePage(lines, shown[-1].pk if len(found) > size else None)


def watches(user: User, case: Case) -> bool:
    """Whether the person watches the case."""
    return case.watches.filter(user=user).exists()
