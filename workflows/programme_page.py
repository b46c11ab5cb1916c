"""What a programme's page says: each parameter with its worth over time, and what a change would touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from roles.models import User
from workflows.deadlines import Term
from workflows.kinds import flows, tasks, word_for
from workflows.lifecycle import Text
from workflows.models import Case, ParameterValue, Programme, WorkItem
from workflows.nodes.human import Human
from workflows.parameters import PARAMETERS, Parameter

SHOWN = 20


@dataclass(frozen=True)
class Tuned:
    """A parameter with its worth in a programme, today and planned."""

    parameter: Parameter  # type: ignore[type-arg]
    worth: int | bool | str
    is_set: bool
    since: date | None
    planned: Sequence[ParameterValue]


@dataclass(frozen=True)
class Touched:
    """What a change of a parameter touches: the tasks whose deadline it is, and open cases by stage."""

    tasks: Sequence[tuple[Text, int]]
    stages: Sequence[tuple[str, int]]
    cases: Sequence[Case]
    total: int


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


def touched_by(programme: Programme, parameter: Parameter, user: User) -> Touched:  # type: ignore[type-arg]
    """What would notice if the parameter changed; cases are named only to those who may see them."""
    cases = Case.objects.open().filter(programme=programme)
    if parameter.kind:
        cases = cases.filter(kind_name=parameter.kind)
    stages = cases.values_list("flow_class", "stage").annotate(count=Count("pk")).order_by("stage")
    by_stage = [(str(flow.process_class.stages(stage).label), count) for flow, stage, count in stages]
    visible = cases.filter(pk__in=Case.objects.visible_to(user).values("pk")).select_related("territory")
    return Touched(
        _tasks(programme, parameter), by_stage, list(visible.newest_first()[:SHOWN]), sum(n for _s, n in by_stage)
    )


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
