"""*My work* as an address says it: which tab, which filters, which order, where a page begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from roles.models import Territory, User
from roles.navigation import capped
from workflows.columns import Layout, layout_of
from workflows.deciders import who_may_each, with_whom
from workflows.filters import WorkFilter
from workflows.inbox import (
    ORDERS,
    Desk,
    Page,
    counts,
    desk_of,
    done_page,
    inbox_page,
    late_page,
    queue_page,
    snoozed_page,
    waiting_page,
)
from workflows.models import SavedView, WorkItem
from workflows.shapes import Place

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TODO, QUEUE, WAITING, LATE, DONE, SNOOZED = "todo", "queue", "waiting", "late", "done", "snoozed"
TABS: "dict[str, _StrPromise]" = {
    TODO: _("To do"),
    QUEUE: _("To take"),
    WAITING: _("Waiting for others"),
    LATE: _("Late in my team"),
    DONE: _("Done"),
    SNOOZED: _("Put off"),
}
PAGES: dict[str, Callable[..., Page]] = {
    TODO: inbox_page,
    QUEUE: queue_page,
    WAITING: waiting_page,
    LATE: late_page,
    DONE: done_page,
    SNOOZED: snoozed_page,
}


def moment_of(text: str) -> datetime:
    """The moment that an address names. Raises ValueError for anything else, a moment of no zone or out of time included."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


#: What a place on a page is counted in, by the first field of its order.
PLACES: dict[str, Callable[[str], date | datetime | int]] = {
    "due": date.fromisoformat,
    "created": moment_of,
    "finished": moment_of,
    "priority": int,
}


@dataclass(frozen=True)
class Tab:
    """A tab with how many wait behind it; None where nobody counts."""

    name: str
    label: "str | _StrPromise"
    url: str
    current: bool
    count: str | None
    late: str


@dataclass
class WorkList:
    """One tab of a person's work on a day, filtered and in order."""

    user: User
    on: date
    data: QueryDict

    @classmethod
    def of_query(cls, user: User, on: date, query: str) -> Self:
        """The list that an address's query stands for."""
        return cls(user, on, QueryDict(query))

    @cached_property
    def desk(self) -> Desk:
        """Where the person works on that day."""
        return desk_of(self.user, self.on)

    @cached_property
    def tab(self) -> str:
        """Which tab."""
        asked = self.data.get("tab", TODO)
        if not self.data and not self.waiting["inbox"] and self.waiting["queue"]:
            return QUEUE  # whoever has nothing of their own comes for what they may take
        return asked if asked in TABS else TODO

    @cached_property
    def waiting(self) -> dict[str, int]:
        """How many wait behind the tabs that are counted."""
        return counts(self.desk)

    @cached_property
    def form(self) -> WorkFilter:
        """The filters."""
        reached = {pk for scope in self.desk.scopes for pk in scope.territory_ids}
        powiats = Territory.objects.filter(pk__in=reached).of_mandates().exclude(level=Territory.Level.VOIVODESHIP)
        return WorkFilter(self.data, territories=list(powiats.by_name().values_list("pk", "name")))

    @property
    def order(self) -> str:
        """In which order; only what one owns can be asked for in another than by deadline."""
        asked = self.layout.sort
        return asked if asked in ORDERS and self.tab == TODO else "due"

    @cached_property
    def layout(self) -> Layout:
        """The columns and the order."""
        return layout_of(SavedView.List.WORK, self.user, self.data)

    @property
    def beside(self) -> list[str]:
        """What the columns shown need beside the items' own rows."""
        return sorted({"organisation", "asked_by"} & self.layout.names)

    @property
    def label(self) -> "str | _StrPromise":
        """What the tab is called."""
        return TABS[self.tab]

    @property
    def bulk_id(self) -> str:
        """The form that takes the rows picked; none where nothing can be done to many."""
        return "picked" if self.tab in (TODO, QUEUE, SNOOZED) else ""

    @property
    def query(self) -> str:
        """The list's own address, from its first row."""
        return self.form.query or ("" if self.tab == TODO else f"tab={self.tab}")

    def page(self, size: int = 25) -> Page:
        """The page that the address asks for."""
        return self._rows(self.form.where(self.on), self._place("after"), self._place("before"), size)

    def name_who_can(self, items: Sequence[WorkItem]) -> None:
        """Say of what one waits for with whom it is; constant in queries."""
        deciders = who_may_each(items, self.on) if self.tab == WAITING else {}
        for item in items:
            item.with_whom = with_whom(deciders.get(item.pk, ()))

    def everything(self, most: int) -> list[WorkItem]:
        """All that the filters match, at most so many."""
        return list(self._rows(self.form.where(self.on), None, None, most).items)

    def next_after(self, item: WorkItem) -> WorkItem | None:
        """What comes first on the list apart from this item: where one goes on when it is done."""
        found = self._rows(self.form.where(self.on) & ~Q(pk=item.pk), None, None, 1).items
        return found[0] if found else None

    def tabs(self) -> list[Tab]:
        """Every tab with its count."""
        numbers = {**self.waiting, TODO: self.waiting["inbox"]}
        return [
            Tab(
                name=name,
                label=label,
                url=f"{reverse('workflows:inbox')}?tab={name}",
                current=name == self.tab and "view" not in self.data,
                count=capped(numbers[name]) if name in numbers else None,
                late=capped(self.waiting["overdue"]) if name == TODO and self.waiting["overdue"] else "",
            )
            for name, label in TABS.items()
            if name != LATE or self.desk.supervises
        ]

    def address_of(self, place: Place | None, side: str) -> str:
        """The address of the page after or before a place."""
        if place is None:
            return ""
        value = place[0] if isinstance(place[0], int) else place[0].isoformat()
        query = QueryDict(self.query, mutable=True)
        query[side] = f"{value}_{place[1]}"
        if view := self.data.get("view"):
            query["view"] = view
        return f"?{query.urlencode()}"

    def _rows(self, where: Q, after: Place | None, before: Place | None, size: int) -> Page:
        more = {"order": self.order} if self.tab == TODO else {}
        return PAGES[self.tab](self.desk, where, after=after, before=before, size=size, **more)

    def _place(self, side: str) -> Place | None:
        value, _underscore, key = self.data.get(side, "").rpartition("_")
        field = "finished" if self.tab == DONE else self.order.lstrip("-")
        try:
            place = PLACES[field](value), int(key)
        except ValueError:
            return None
        is_one = abs(place[1]) < 10**18 and not (isinstance(place[0], int) and abs(place[0]) > 10)
        return place if is_one else None
