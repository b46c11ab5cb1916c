"""The menu: every app registers its own entries when it is ready, so that the page's frame knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.functional import SimpleLazyObject as Lazy
from django.utils.translation import gettext_lazy as _

from roles.models import User


class Place(StrEnum):
    """The parts of the menu, in order; `PERSON` is the menu under one's own name."""

    WORK = "work"
    REGION = "region"
    ADMINISTRATION = "administration"
    PERSON = "person"


HEADINGS: dict[Place, str | Promise] = {
    Place.WORK: "",
    Place.REGION: _("Region"),
    Place.ADMINISTRATION: _("Administration"),
}


#: Nobody counts what waits any further.
COUNT_CAP = 99


def capped(count: int) -> str:
    """A count as it is shown."""
    return f"{COUNT_CAP}+" if count > COUNT_CAP else str(count)


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One entry: where it leads, who sees it, how many things wait there, and its key after `g`."""

    label: str | Promise
    url_name: str
    icon: str
    allowed: Callable[[User], bool]
    count: Callable[[User], int] | None = None
    place: Place = Place.WORK
    order: int = 50
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class NavEntry:
    """An entry as one person sees it on one page."""

    label: str | Promise
    url: str
    icon: str
    key: str
    place: Place
    count: int | None
    current: bool

    @property
    def shown_count(self) -> str:
        """How many wait there; empty when nothing does."""
        return capped(self.count) if self.count else ""


_items: dict[str, NavItem] = {}
_search: list[str] = []


def register(item: NavItem) -> None:
    """Put an entry on the menu; a second one for the same address takes the place of the first."""
    _items[item.url_name] = item


def search_at(url_name: str) -> None:
    """Say where the quick search of the header is posted, as `q`."""
    _search[:] = [url_name]


class Navigation:
    """The menu of one person on one page; works nothing out before the page asks."""

    def __init__(self, user: User | AnonymousUser, path: str) -> None:
        self.user = user
        self.path = path

    @cached_property
    def entries(self) -> list[NavEntry]:
        """What this person may open, in order."""
        user = self.user
        if not isinstance(user, User):
            return []
        items = sorted(_items.values(), key=lambda item: (list(Place).index(item.place), item.order, item.url_name))
        addressed = [(item, reverse(item.url_name)) for item in items if item.allowed(user)]
        here = max((url for _item, url in addressed if self.path.startswith(url)), key=len, default=None)
        return [
            NavEntry(
                label=item.label,
                url=url,
                icon=item.icon,
                key=item.key,
                place=item.place,
                count=item.count(user) if item.count else None,
                current=url == here,
            )
            for item, url in addressed
        ]

    @property
    def sections(self) -> list[tuple[str | Promise, list[NavEntry]]]:
        """The entries of the side menu under their headings."""
        side = [entry for entry in self.entries if entry.place in HEADINGS]
        places = dict.fromkeys(entry.place for entry in side)
        return [(HEADINGS[place], [entry for entry in side if entry.place == place]) for place in places]

    @property
    def own(self) -> list[NavEntry]:
        """The entries under the person's own name."""
        return [entry for entry in self.entries if entry.place == Place.PERSON]

    @property
    def search_url(self) -> str:
        """Where the quick search is posted, or nothing where there is none."""
        return reverse(_search[0]) if _search and self.user.is_authenticated else ""


def navigation(request: HttpRequest) -> dict[str, object]:
    """Context processor: `navigation`."""
    return {"navigation": Lazy(lambda: Navigation(request.user, request.path))}
