"""What a programme's page says: each parameter with its worth over time, and what a change would touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode

from workflows.deadlines import Term
from workflows.filters import reading
from workflows.kinds import flows, tasks, word_for
from workflows.lifecycle import Text
from workflows.models import Case, ParameterValue, Programme, WorkItem
from workflows.models.cases import CaseQuerySet
from workflows.nodes.human import Human
from workflows.parameters import PARAMETERS, Parameter


@dataclass(frozen=True)
class Tuned:
    """A parameter with its worth in a programme, today and planned."""

    parameter: Parameter  # type: ignore[type-arg]
    worth: int | bool | str
    is_set: bool
    since: date | None
    planned: Sequence[ParameterValue]


@dataclass(frozen=True)
class Share:
    """Some of the open cases of a programme: at a stage, of an organisation; the address lists those that one may see."""

    label: str
    count: int
    url: str


@dataclass(frozen=True)
class Touched:
    """What a change of a parameter touches: the tasks whose deadline it is, and the open cases that read it, by stage."""

    tasks: Sequence[tuple[Text, int]]
    stages: Sequence[Share]
    url: str

    @property
    def total(self) -> int:
        """How many open cases."""
        return sum(share.count for share in self.stages)


@dataclass(frozen=True)
class FrameTouched:
    """What other dates, places or organisations of a programme touch: its open cases, and moves asked for in closed months."""

    stages: Sequence[Share]
    organisations: Sequence[Share]
    asked_in_closed: int
    url: str

    @property
    def total(self) -> int:
        """How many open cases."""
        return sum(share.count for share in self.stages)


def tuned(programme: Programme, on: date) -> list[tuple[Text, list[Tuned]]]:
    """Every declared parameter, by the kind of case that it belongs to; the engine's own stand last."""
    values = list(programme.parameter_values.select_related("set_by").order_by("valid_from"))
    words = {flow.process_class.kind: word_for(flow.process_class) for flow in flows()}
    groups: dict[str, list[Tuned]] = {kind: [] for kind in [*words, ""]}
    for parameter in PARAMETERS.values():
        if parameter.kind in groups:
            own = [value for value in values if value.name == parameter.name]
            groups[parameter.kind].append(_tuned(programme, parameter, own, on))
    return [(words.get(kind, ""), group) for kind, group in groups.items() if group]


def touched_by(programme: Programme, parameter: Parameter[Any]) -> Touched:
    """What would notice if the parameter changed."""
    cases = Case.objects.open().filter(reading(parameter), programme=programme)
    where = {"parameter": parameter.name}
    return Touched(_tasks(programme, parameter), _by_stage(cases, programme, where), _cases_url(programme, where))


def touched_by_frame(programme: Programme) -> FrameTouched:
    """What would notice if the programme's own dates, places or organisations changed."""
    cases = Case.objects.open().filter(programme=programme)
    counts = cases.values_list("organisation", "organisation__short_name").annotate(Count("pk"))
    organisations = [
        Share(name, count, _cases_url(programme, {"organisation": key}))
        for key, name, count in counts.order_by("organisation__short_name")
    ]
    asked = WorkItem.objects.human().open().exclude(move="").filter(process__programme=programme)
    closed = asked.filter(effective_on__lte=programme.closed_until).count() if programme.closed_until else 0
    return FrameTouched(_by_stage(cases, programme, {}), organisations, closed, _cases_url(programme, {}))


def _by_stage(cases: CaseQuerySet, programme: Programme, where: dict[str, Any]) -> list[Share]:
    found = cases.values_list("flow_class", "stage").annotate(count=Count("pk")).order_by("stage")
    return [
        Share(
            str(flow.process_class.stages(stage).label),
            count,
            _cases_url(programme, where | {"kind": flow.process_class.kind, "stage": stage}),
        )
        for flow, stage, count in found
    ]


def _cases_url(programme: Programme, where: dict[str, Any]) -> str:
    query: dict[str, Any] = {"programme": programme.pk, "state": "open", **where}
    return f"{reverse('workflows:cases')}?{urlencode(query)}"


def _tuned(programme: Programme, parameter: Parameter, values: list[ParameterValue], on: date) -> Tuned:  # type: ignore[type-arg]
    past = [value for value in values if value.valid_from <= on]
    return Tuned(
        parameter=parameter,
        worth=programme.value(parameter, on),
        is_set=bool(past),
        since=past[-1].valid_from if past else None,
        planned=[value for value in values if value.valid_from > on],
    )


def _tasks(programme: Programme, parameter: Parameter) -> list[tuple[Text, int]]:  # type: ignore[type-arg]
    """The tasks whose deadline the parameter sets, with how many are open now: these keep theirs."""
    nodes = [node for flow in flows() for node in tasks(flow) if _sets(parameter.name, node)]
    open_now = WorkItem.objects.open().filter(process__programme=programme, node__in=[node.name for node in nodes])
    counts = dict(open_now.values_list("node").annotate(Count("pk")).order_by())
    return [(node.task_title, counts.get(node.name, 0)) for node in nodes]


def _sets(name: str, node: Human) -> bool:
    term: Term | None = node.within
    while term is not None:
        if term.parameter == name:
            return True
        term = term.then
    return False
