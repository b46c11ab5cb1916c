"""*All cases* as an address says it: filters, words, order, and where a page begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.timezone import localdate

from roles.models import Organisation, Territory, User, case_scopes_of
from roles.role import Role
from workflows.columns import Layout, layout_of
from workflows.filters import CaseFilter
from workflows.models import Case, CaseAssignment, Programme, SavedView, WorkItem
from workflows.models.cases import CaseQuerySet
from workflows.search import is_identifier

SIZE = 25
#: Orders by what the address calls them: the column, the last first or not.
ORDERS = {
    "": ("pk", True),
    "number": ("pk", False),
    "-number": ("pk", True),
    "name": ("sort_key", False),
    "-name": ("sort_key", True),
    "since": ("stage_since", False),
    "-since": ("stage_since", True),
}


@dataclass(frozen=True)
class Page:
    """Some cases, and the places before and after them."""

    cases: Sequence[Case]
    before: str = ""
    after: str = ""


@dataclass
class CaseList:
    """The cases that a person may see at a moment, filtered and in order."""

    user: User
    at: datetime
    data: QueryDict

    def __post_init__(self) -> None:
        """Forget a number of a person among the words: it would stand in addresses and in the log of exports."""
        if any(map(is_identifier, self.data.getlist("q"))):
            self.data = self.data.copy()
            del self.data["q"]

    @cached_property
    def form(self) -> CaseFilter:
        """The filters, with what this person can choose from."""
        scopes = case_scopes_of(self.user, localdate(self.at))
        powiats = Territory.objects.filter(pk__in={pk for scope in scopes for pk in scope.territory_ids})
        powiats = powiats.of_mandates().exclude(level=Territory.Level.VOIVODESHIP)
        organisations = Organisation.objects.filter(pk__in={scope.organisation_id for scope in scopes})
        holders = CaseAssignment.objects.filter(case__organisation__in=organisations)
        return CaseFilter(
            self.data,
            territory=list(powiats.by_name().values_list("pk", "name")),
            organisation=list(organisations.by_name().values_list("pk", "short_name")),
            programme=list(
                Programme.objects.filter(organisations__in=organisations).distinct().values_list("pk", "name")
            ),
            holder=[(user.pk, str(user)) for user in User.objects.filter(pk__in=holders.values("user")).by_name()],
        )

    @property
    def words(self) -> str:
        """The words of a name or number searched for."""
        return self.data.get("q", "").strip()[:100]

    @property
    def active(self) -> int:
        """How many filters are set, the words searched for among them."""
        return len(self.form.wanted) + bool(self.words)

    @cached_property
    def layout(self) -> Layout:
        """The columns and the order."""
        return layout_of(SavedView.List.CASES, self.user, self.data)

    @property
    def order(self) -> str:
        """The order, as an address calls it."""
        return self.layout.sort

    @property
    def cases(self) -> CaseQuerySet:
        """Everything that matches, in order."""
        column, falling = ORDERS[self.order]
        found = Case.objects.visible_to(self.user, self.at).filter(self.form.where(localdate(self.at)))
        found = found.matching(self.words).select_related("territory", "organisation", "programme")
        sign = "-" if falling else ""
        return found.order_by(f"{sign}{column}", *([] if column == "pk" else [f"{sign}pk"]))

    def page(self) -> Page:
        """The page that the address asks for."""
        backwards = "before" in self.data
        place = self.data.get("before" if backwards else "after", "")
        cases = self.cases.reverse() if backwards else self.cases
        found = list(cases.filter(self._beyond(place, backwards))[: SIZE + 1])
        more, found = len(found) > SIZE, found[:SIZE]
        shown = found[::-1] if backwards else found
        if not shown:
            return Page([])
        self._fill_in(shown)
        has_before, has_after = (more, True) if backwards else (bool(place), more)
        return Page(shown, self._place(shown[0]) if has_before else "", self._place(shown[-1]) if has_after else "")

    def address_of(self, place: str, side: str) -> str:
        """The address of the page after or before a place."""
        if not place:
            return ""
        query = QueryDict(self.form.query, mutable=True)
        query[side] = place
        if view := self.data.get("view"):
            query["view"] = view
        return f"?{query.urlencode()}"

    def _fill_in(self, cases: Sequence[Case]) -> None:
        """What stands in the columns shown beside the case's own row: a query a column, however many cases."""
        names, keys = self.layout.names, [case.pk for case in cases]
        tutors = CaseAssignment.objects.filter(case__in=keys if "tutor" in names else [], role=Role.TUTOR)
        holder = {each.case_id: each.user for each in tutors.select_related("user")}
        items = WorkItem.objects.human().open().filter(process__in=keys if "deadline" in names else [])
        due = dict(items.values_list("process").annotate(Min("due")).order_by())
        for case in cases:
            case.tutor, case.next_due = holder.get(case.pk), due.get(case.pk)

    def _place(self, case: Case) -> str:
        return str(case.pk)

    def _beyond(self, place: str, backwards: bool) -> Q:
        """Rows past the case whose key is the place; one may not learn anything from a key that one may not see."""
        column, falling = ORDERS[self.order]
        if not (place.isascii() and place.isdigit() and len(place) < 19):
            return Q()
        side = "lt" if falling != backwards else "gt"
        if column == "pk":
            return Q(**{f"pk__{side}": place})
        last = Case.objects.visible_to(self.user, self.at).filter(pk=place).values_list(column, flat=True).first()
        if last is None:
            return Q()
        return Q(**{f"{column}__{side}": last}) | Q(**{column: last, f"pk__{side}": place})
