"""The log of readings and exports, for whoever checks them."""

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
        if "who" in wanted:
            condition &= Q(**{f"{who}__in": User.objects.called(wanted["who"])})
        if "what" in wanted:
            condition &= Q(what=wanted["what"])
        if "since" in wanted:
            condition &= Q(at__date__gte=wanted["since"])
        if "until" in wanted:
            condition &= Q(at__date__lte=wanted["until"])
        return condition


class Log:
    """One of the two lists, as an address says it."""

    def __init__(self, user: User, on: date, data: QueryDict) -> None:
        self.name = EXPORTS if data.get("list") == EXPORTS else READINGS
        self.form = LogFilter(data)
        if self.name == EXPORTS:
            del self.form.fields["what"]
        self._user, self._on = user, on

    def entries(self) -> "QuerySet[Any]":
        """What it lists, the latest first."""
        if self.name == EXPORTS:
            made = ExportLog.objects.visible_to(self._user, self._on)
            return made.filter(self.form.where("user")).select_related("user").order_by("-pk")
        read = AccessLog.objects.visible_to(self._user, self._on).filter(self.form.where("by"))
        return read.select_related("by", "case", "case__organisation").order_by("-pk")
