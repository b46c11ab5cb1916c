"""The log of readings and exports, for whoever checks them: a page at a time, the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cases.models import AccessLog
from roles.models import User
from workflows.filters import ANY, ListFilter
from workflows.models import ExportLog

PAGE = 50
READINGS, EXPORTS = "readings", "exports"


class LogFilter(ListFilter):
    """The filters of the log."""

    beside = ("list",)

    who = forms.CharField(label=_("Who"), required=False, max_length=100)
    what = forms.ChoiceField(label=_("What was read"), required=False, choices=[*ANY, *AccessLog.What.choices])
    since = forms.DateField(label=_("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def where(self, who: str) -> Q:
        """The condition on entries whose reader or exporter stands in the field `who`."""
        wanted, condition = self.wanted, Q()
        for word in wanted.get("who", "").split():
            named = {f"{who}__{field}__icontains": word for field in ("first_name", "last_name", "username")}
            condition &= Q(*named.items(), _connector=Q.OR)
        if "what" in wanted:
            condition &= Q(what=wanted["what"])
        if "since" in wanted:
            condition &= Q(at__date__gte=wanted["since"])
        if "until" in wanted:
            condition &= Q(at__date__lte=wanted["until"])
        return condition


@dataclass(frozen=True)
class LogPage:
    """Entries, and the keys from which the neighbouring pages go on."""

    entries: Sequence[Any]
    newer: int | None
    older: int | None


class Log:
    """One of the two lists, as an address says it."""

    def __init__(self, user: User, on: date, data: QueryDict) -> None:
        self.name = EXPORTS if data.get("list") == EXPORTS else READINGS
        self.form = LogFilter(data)
        if self.name == EXPORTS:
            del self.form.fields["what"]
        self._data, self._user, self._on = data, user, on

    def page(self) -> LogPage:
        """The page that the address asks for."""
        after, before = (self._key(name) for name in ("newer", "older"))
        rows = self._rows()
        if after is not None:
            found = list(rows.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
            entries = found[:PAGE][::-1]
            return LogPage(entries, entries[0].pk if len(found) > PAGE else None, entries[-1].pk if entries else None)
        found = list(rows.filter(Q(pk__lt=before) if before is not None else Q()).order_by("-pk")[: PAGE + 1])
        entries = found[:PAGE]
        is_first = before is None or not entries
        return LogPage(entries, None if is_first else entries[0].pk, entries[-1].pk if len(found) > PAGE else None)

    def address_of(self, key: int | None, side: str) -> str:
        """The address of a neighbouring page; empty when there is none."""
        if key is None:
            return ""
        query = QueryDict(self.form.query, mutable=True)
        query[side] = str(key)
        return f"?{query.urlencode()}"

    def _rows(self) -> "QuerySet[Any]":
        if self.name == EXPORTS:
            made = ExportLog.objects.visible_to(self._user, self._on)
            return made.filter(self.form.where("user")).select_related("user")
        read = AccessLog.objects.visible_to(self._user, self._on)
        return read.filter(self.form.where("by")).select_related("by", "case", "case__organisation")

    def _key(self, name: str) -> int | None:
        given = self._data.get(name, "")
        return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
