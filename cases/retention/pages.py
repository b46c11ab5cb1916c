"""What the pages of retention show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.utils.functional import cached_property
from django.utils.timezone import localdate

from cases.models import ErasedCase, Erasure
from cases.retention.services import MOST, all_mine_to_decide, due_to
from roles.models import Organisation, User, case_scopes_of
from roles.role import DECIDES_ERASURES, PROPOSES_ERASURES, Role
from workflows.models import Case

#: How many decided erasures the page lists.
LATEST = 50


class OrganisationForm(forms.Form):
    """In which organisation."""

    organisation = forms.ModelChoiceField(queryset=Organisation.objects.none())

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Due:
    """An organisation with the cases whose time has run out, the first ones by number."""

    organisation: Organisation
    count: int
    first: list[Case]


@dataclass
class RetentionPage:
    """What is due, waits and was decided, for one person."""

    user: User
    at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the person has anything to do with erasures."""
        return bool(self.where_i_propose or self._where(DECIDES_ERASURES))

    @cached_property
    def where_i_propose(self) -> set[int]:
        """Keys of the organisations whose erasures this person proposes."""
        return self._where(PROPOSES_ERASURES)

    @cached_property
    def due(self) -> list[Due]:
        """By organisation, what may be proposed now."""
        found = []
        for organisation in Organisation.objects.filter(pk__in=self.where_i_propose).order_by("name"):
            cases = due_to(self.user, organisation, self.at).select_related("programme")
            found.append(Due(organisation, cases.count(), list(cases[:20])))
        return found

    @cached_property
    def erasures(self) -> "list[Erasure]":
        """Those that wait first, then the latest decided."""
        seen = Erasure.objects.visible_to(self.user, localdate(self.at)).annotate(count=Count("cases"))
        rows = seen.select_related("organisation", "proposed_by", "decided_by").order_by("-pk")[:LATEST]
        return sorted(rows, key=lambda each: each.state != Erasure.State.PROPOSED)

    @property
    def most(self) -> int:
        """How many cases one erasure holds at most."""
        return MOST

    def _where(self, roles: frozenset[Role]) -> set[int]:
        return {scope.organisation_id for scope in case_scopes_of(self.user, localdate(self.at), roles=roles)}


@dataclass
class ErasurePage:
    """One erasure as somebody sees it who proposed it, decides it, or looks it up."""

    erasure: Erasure
    user: User
    at: datetime

    @cached_property
    def cases(self) -> QuerySet[ErasedCase]:
        """Its cases, by number."""
        return self.erasure.cases.select_related("case__programme").order_by("case")

    @property
    def is_mine_to_decide(self) -> bool:
        """Whether this person may decide it, as far as role and the two people go."""
        waits = self.erasure.state == Erasure.State.PROPOSED and self.erasure.proposed_by_id != self.user.pk
        return waits and all_mine_to_decide(self.user, [each.case_id for each in self.cases], self.at)

    @cached_property
    def erased(self) -> int:
        """How many of its cases have been forgotten so far."""
        return sum(each.erased_at is not None for each in self.cases)
