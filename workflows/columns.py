"""Which columns a list has, and how somebody wants it to open: what the address says, else what they chose, else as delivered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from roles.models import User
from workflows.models import ListSetting, SavedView

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

List = SavedView.List


@dataclass(frozen=True)
class Column:
    """A column that may be chosen; `sort` is what its order is called in an address, none where no index gives it."""

    name: str
    label: "str | _StrPromise"
    sort: str = ""
    delivered: bool = True


#: In the order in which they stand; the column that leads to the thing itself is always there.
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    List.CASES: (
        Column("number", _("Number"), sort="number"),
        Column("stage", _("Stage")),
        Column("tutor", _("Tutor"), delivered=False),
        Column("deadline", _("Next deadline"), delivered=False),
        Column("powiat", _("Powiat")),
        Column("organisation", _("Organisation")),
        Column("programme", _("Programme"), delivered=False),
        Column("since", _("In this stage since"), sort="since"),
    ),
    List.WORK: (
        Column("task", _("Task")),
        Column("stage", _("Stage")),
        Column("powiat", _("Powiat")),
        Column("organisation", _("Organisation"), delivered=False),
        Column("programme", _("Programme"), delivered=False),
        Column("asked_by", _("Asked by"), delivered=False),
    ),
}
#: The orders offered, as the address calls them; the first is the one delivered.
SORTS: "Mapping[str, tuple[tuple[str, str | _StrPromise], ...]]" = {
    List.CASES: (
        ("-number", _("the latest opened first")),
        ("number", _("the first opened first")),
        ("name", _("by name")),
        ("-name", _("by name, from the end")),
        ("since", _("the longest in their stage first")),
        ("-since", _("the latest moved first")),
    ),
    List.WORK: (
        ("due", _("by deadline")),
        ("-due", _("the latest deadline first")),
        ("created", _("the oldest first")),
        ("-created", _("the newest first")),
        ("-priority", _("the most urgent first")),
    ),
}


@dataclass(frozen=True)
class Layout:
    """The columns of a list and its order, as one page shows it."""

    of: str
    names: frozenset[str]
    sort: str

    @property
    def columns(self) -> list[Column]:
        """The columns shown, in their order."""
        return [column for column in COLUMNS[self.of] if column.name in self.names]

    @property
    def choices(self) -> list[tuple[Column, bool]]:
        """Every column, and whether it is shown."""
        return [(column, column.name in self.names) for column in COLUMNS[self.of]]

    @property
    def orders(self) -> "list[tuple[str, str | _StrPromise, bool]]":
        """Every order, and whether it is the one in force."""
        return [(name, label, name == self.sort) for name, label in SORTS[self.of]]

    @property
    def as_query(self) -> dict[str, str]:
        """As an address says it."""
        return {"columns": ",".join(column.name for column in self.columns), "sort": self.sort}


def layout_of(of: str, user: User, data: QueryDict) -> Layout:
    """How the list is to be shown: the address goes before one's own setting, and that before what is delivered."""
    asked, sort = known_columns(of, data.get("columns", "").split(",")), data.get("sort", "")
    kept = ListSetting.objects.filter(user=user, list=of).first()
    delivered = [column.name for column in COLUMNS[of] if column.delivered]
    names = asked or (known_columns(of, kept.columns) if kept else []) or delivered
    sort = known_sort(of, sort) or (known_sort(of, kept.sort) if kept else "") or SORTS[of][0][0]
    return Layout(of, frozenset(names), sort)


def remember(of: str, *, by: User, columns: Collection[str], sort: str) -> ListSetting:
    """Let the list open like this for the person from now on; names that nobody knows are left out."""
    said = {"columns": known_columns(of, columns), "sort": known_sort(of, sort)}
    setting, _created = ListSetting.objects.update_or_create(user=by, list=of, defaults=said)
    return setting


def known_columns(of: str, names: Collection[str]) -> list[str]:
    """Those that the list has."""
    return [column.name for column in COLUMNS[of] if column.name in names]


def known_sort(of: str, sort: str) -> str:
    """The order, if the list has it."""
    return sort if sort in dict(SORTS[of]) else ""
