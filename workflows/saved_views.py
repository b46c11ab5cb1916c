"""Saved views: lists with their filters under a name, one's own or an organisation's."""

from django.db import transaction
from django.http import QueryDict

from roles.models import User
from workflows.columns import Layout
from workflows.filters import CaseFilter, ListFilter, WorkFilter
from workflows.models import SavedView

FILTERS: dict[str, type[ListFilter]] = {SavedView.List.WORK: WorkFilter, SavedView.List.CASES: CaseFilter}


def views_for(user: User, of: SavedView.List) -> list[SavedView]:
    """The views of a list that stand as tabs before this person."""
    return list(SavedView.objects.offered_to(user).filter(list=of))


def first_of(views: list[SavedView], user: User) -> SavedView | None:
    """The view that the list opens with: one's own choice before the organisation's."""
    first = [view for view in views if view.opens_first]
    return min(first, key=lambda view: (view.organisation_id is not None, not view.role, view.pk), default=None)


def kept_query(of: SavedView.List, data: QueryDict, layout: Layout | None = None) -> str:
    """What of an address belongs to the list: its filters, tab and order; never a place on a page, or words searched for.

    With a layout its columns and order are kept, also where the address leaves them to one's own setting.
    """
    kept = QueryDict(mutable=True)
    for name in (*FILTERS[of].beside, *FILTERS[of].base_fields):
        if name != "q" and (value := data.get(name) or (layout.as_query.get(name) if layout else "")):
            kept[name] = value
    return kept.urlencode()


def save_view(view: SavedView, *, by: User) -> SavedView:
    """Keep a new view; when it opens first, it takes the place of the one that did."""
    view.owner = by
    with transaction.atomic():
        if view.opens_first:
            alike = SavedView.objects.filter(list=view.list, organisation=view.organisation, role=view.role)
            (alike if view.organisation_id else alike.filter(owner=by)).update(opens_first=False)
        view.save()
    return view
