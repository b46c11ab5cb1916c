"""The filters above the lists: what stands in the address, and the condition it means."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.status import STATUS

from workflows.deadlines import start_of_local_day
from workflows.kinds import kind_choices, stage_choices, task_choices
from workflows.models import CaseAssignment, Hold, WorkItem
from workflows.parameters import PARAMETERS, Parameter

ALL = [("", _("All"))]
ANY = [("", _("Any"))]


class ListFilter(forms.Form):
    """Filters of a list; a value that nobody offered is as good as none."""

    #: What else belongs to the list's address: which tab, which order.
    beside: tuple[str, ...] = ("sort", "columns")

    def __init__(self, data: QueryDict, **choices: Any) -> None:
        super().__init__(data)
        for name, offered in choices.items():
            self.fields[name].choices = [*ALL, *offered]  # type: ignore[attr-defined]
        for name, field in list(self.fields.items()):
            if isinstance(field, forms.ChoiceField) and len(field.choices) < 3:  # type: ignore[arg-type]
                del self.fields[name]  # nothing to choose between

    @cached_property
    def wanted(self) -> dict[str, Any]:
        """The filters that are set."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}

    @property
    def query(self) -> str:
        """The address of the list: its filters, tab and order, without the place on a page."""
        kept = QueryDict(mutable=True)
        for name in (*self.beside, *self.wanted):
            if value := self.data.get(name):
                kept[name] = value
        return kept.urlencode()

    @property
    def keep(self) -> list[tuple[str, str]]:
        """What the form carries along unseen."""
        return [(name, value) for name in self.beside if (value := self.data.get(name))]


class Due(forms.ChoiceField):
    """A window that the deadline falls into."""

    WINDOWS = (("late", _("overdue")), ("today", _("today")), ("week", _("in 7 days")), ("later", _("later")))

    @staticmethod
    def condition(window: str, on: date) -> Q:
        """The deadlines within the window, on a day."""
        week = on + timedelta(days=7)
        return {
            "late": Q(due__lt=on),
            "today": Q(due=on),
            "week": Q(due__gte=on, due__lte=week),
            "later": Q(due__gt=week),
        }[window]


class WorkFilter(ListFilter):
    """The filters of *my work*."""

    beside = ("tab", "sort", "columns")

    kind = forms.ChoiceField(label=_("Kind of case"), required=False)
    node = forms.ChoiceField(label=_("Task"), required=False)
    stage = forms.ChoiceField(label=_("Stage"), required=False)
    territory = forms.ChoiceField(label=_("Powiat"), required=False)
    due = Due(label=_("Due"), required=False, choices=[*ANY, *Due.WINDOWS])
    priority = forms.ChoiceField(label=_("Priority"), required=False, choices=[*ANY, *WorkItem.Priority.choices])

    def __init__(self, data: QueryDict, *, territories: list[tuple[int, str]]) -> None:
        super().__init__(data, kind=kind_choices(), node=task_choices(), stage=stage_choices(), territory=territories)

    def where(self, on: date) -> Q:
        """The condition on work items."""
        columns = {"kind": "process__kind_name", "stage": "process__stage"}
        wanted = dict(self.wanted)
        window = wanted.pop("due", None)
        condition = Q(**{columns.get(name, name): value for name, value in wanted.items()})
        return condition & Due.condition(window, on) if window else condition


class CaseFilter(ListFilter):
    """The filters of *all cases*; `q`, a number or a name, comes from the search above them."""

    beside = ("q", "sort", "columns")

    STATES = (("open", _("open")), ("held", _("on hold")), ("closed", _("closed")))

    kind = forms.ChoiceField(label=_("Kind of case"), required=False)
    stage = forms.ChoiceField(label=_("Stage"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[*ANY, *STATES])
    territory = forms.ChoiceField(label=_("Powiat"), required=False)
    organisation = forms.ChoiceField(label=_("Organisation"), required=False)
    programme = forms.ChoiceField(label=_("Programme"), required=False)
    holder = forms.ChoiceField(label=_("Assigned to"), required=False)
    stuck = forms.IntegerField(label=_("Nothing done for … days"), required=False, min_value=1, max_value=999)
    parameter = forms.ChoiceField(label=_("Touched by the parameter"), required=False)

    def __init__(self, data: QueryDict, **choices: Any) -> None:
        parameters = [(parameter.name, str(parameter.label)) for parameter in PARAMETERS.values()]
        super().__init__(data, kind=kind_choices(), stage=stage_choices(), parameter=parameters, **choices)
        if "parameter" not in data:
            self.fields.pop("parameter", None)  # programmes lead here with it; nobody looks for it by hand

    def where(self, on: date) -> Q:
        """The condition on cases, without the words searched for."""
        wanted = dict(self.wanted)
        state, holder, stuck, parameter = (wanted.pop(name, None) for name in ("state", "holder", "stuck", "parameter"))
        columns = {"kind": "kind_name"}
        condition = Q(**{columns.get(name, name): value for name, value in wanted.items()})
        if holder:
            condition &= Q(pk__in=CaseAssignment.objects.filter(user=holder).values("case"))
        if stuck:
            condition &= nothing_done_since(start_of_local_day(on - timedelta(days=stuck)))
        if parameter:
            condition &= reading(PARAMETERS[parameter])
        return condition & self.STATES_MEAN[state](on) if state else condition

    STATES_MEAN: ClassVar[dict[str, Callable[[date], Q]]] = {
        "open": lambda on: Q(finished__isnull=True),
        "closed": lambda on: Q(finished__isnull=False),
        "held": lambda on: Q(pk__in=Hold.objects.standing().filter(held_on(on)).values("case")),
    }


def reading(parameter: Parameter[Any]) -> Q:
    """Cases of the kind and in the stages in which the parameter is read."""
    kind = Q(kind_name=parameter.kind) if parameter.kind else Q()
    return kind & Q(stage__in=parameter.stages) if parameter.stages else kind


def held_on(on: date) -> Q:
    """Holds that a day falls into."""
    return Q(starts_on__lte=on) & (Q(ends_on__isnull=True) | Q(ends_on__gte=on))


def nothing_done_since(moment: datetime) -> Q:
    """Open cases that were opened earlier, and on which nobody has finished anything since."""
    done = WorkItem.objects.human().filter(process=OuterRef("pk"), status=STATUS.DONE, finished__gte=moment)
    return Q(~Exists(done), finished__isnull=True, created__lt=moment)
