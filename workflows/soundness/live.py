"""The proof against what is there: open cases, their items, and the people who must be able to go on with them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import CharField, Count, Min, Q, QuerySet
from django.db.models.functions import Cast
from viewflow.workflow.fields import get_flow_ref, import_flow_by_ref

from roles.models import Mandate
from roles.models.absences import deputies_by_person
from workflows.flow import CaseFlow
from workflows.kinds import flows
from workflows.models import Case, WorkItem
from workflows.nodes.adhoc import AD_HOC
from workflows.reports import Problem, Report
from workflows.soundness.definition import Sort, definition_of, nodes_in_the_flow
from workflows.soundness.proof import prove
from workflows.soundness.search import TooManyStates, explore

Place = tuple[str, frozenset[str]]
A_LOT = 2_000


def verify_workflows(on: date) -> Report:
    """Prove every definition; then that each open case stands where it may, and that somebody may go on with it."""
    kinds = flows()
    report = Report({"definitions": len(kinds)})
    report.problems += [Problem(get_flow_ref(flow), _said(flow, finding)) for flow in kinds for finding in prove(flow)]
    for name, (count, problems) in {
        "flows named by cases": _flows_named(),
        "nodes named by open items": _nodes_named(),
        "open cases": _standing(kinds),
        "open decisions and tasks": _staffed(on),
    }.items():
        report.checked[name] = count
        report.problems += problems
    return report


def _said(flow: type[CaseFlow], finding: object) -> str:
    return str(finding).removeprefix(f"{flow.__name__}: ")


def _flows_named() -> tuple[int, list[Problem]]:
    """Every case names a flow that is there."""
    named = (
        Case.objects.annotate(ref=Cast("flow_class", CharField()))
        .values_list("ref")
        .annotate(Count("pk"), Min("number"))
    )
    rows = list(named.order_by("ref"))
    lost = [(ref, count, number) for ref, count, number in rows if _flow(ref) is None]
    return len(rows), [
        Problem(ref, f"no such flow; {count} cases name it, {number} first") for ref, count, number in lost
    ]


def _nodes_named() -> tuple[int, list[Problem]]:
    """Every open item stands at a node of its case's own flow."""
    named = WorkItem.objects.open().annotate(
        ref=Cast("flow_task", CharField()), flow=Cast("process__flow_class", CharField())
    )
    rows = list(
        named.values_list("ref", "flow", "node").annotate(Count("pk"), Min("process__number")).order_by("ref", "node")
    )
    problems = [
        Problem(ref or node, f"no node “{node}” in {flow}; {count} open items stand there, of {number} first")
        for ref, flow, node, count, number in rows
        if ref != f"{flow}.{node}" or node not in _nodes(flow)
    ]
    return len(rows), problems


def _standing(kinds: Iterable[type[CaseFlow]]) -> tuple[int, list[Problem]]:
    """Every open case waits for something, in a place to which its workflow leads."""
    places = {get_flow_ref(flow): _places(flow) for flow in kinds}
    asked = {get_flow_ref(flow): {step.name for step in definition_of(flow).of_sort(Sort.WHENEVER)} for flow in kinds}
    strays: defaultdict[tuple[str, str, frozenset[str]], list[str]] = defaultdict(list)
    problems, count = [], 0
    for ref, number, stage, waiting, led in _open_cases().iterator(A_LOT):
        count += 1
        if not waiting:
            problems.append(Problem(f"case {number}", "is open, and nothing waits"))
        elif not led and (known := places.get(ref)) is not None:
            nodes = frozenset(waiting) - asked[ref] - {AD_HOC}
            if (stage, nodes) not in known:
                strays[ref, stage, nodes].append(number)
    return count, problems + [_stray(*place, numbers) for place, numbers in strays.items()]


def _open_cases() -> "QuerySet[Case, tuple[str, str, str, list[str] | None, int]]":
    """Reference of the flow, number, stage, nodes of open items, and whether one of them leads back into the flow."""
    is_open = Q(task_set__finished__isnull=True)
    return (
        Case.objects.open()
        .annotate(
            ref=Cast("flow_class", CharField()),
            waiting=ArrayAgg("task_set__node", filter=is_open & Q(task_set__isnull=False), distinct=True, default=None),
            led=Count("task_set", filter=is_open & Q(task_set__node=AD_HOC) & ~Q(task_set__then="")),
        )
        .values_list("ref", "number", "stage", "waiting", "led")
    )


def _stray(ref: str, stage: str, nodes: frozenset[str], numbers: list[str]) -> Problem:
    at = ", ".join(sorted(nodes)) or "nothing"
    return Problem(
        ref, f"{len(numbers)} cases ({numbers[0]} first) wait at {at} in the stage {stage}, where it never comes"
    )


def _staffed(on: date) -> tuple[int, list[Problem]]:
    """In every scope enough people may do each open task and make each open decision, as staffed on that day."""
    fields = ("role", "organisation_id", "territory__path", "quorum", "barred", "asked_by_id")
    shown = ("organisation__short_name", "territory__name", "node")
    groups = WorkItem.objects.open().human().values_list(*fields, *shown).annotate(Count("pk"), Min("process__number"))
    rows = [(*row[:4], {*row[4], row[5]} - {None}, *row[6:]) for row in groups.order_by(*shown)]
    people, deputies = _people(on), deputies_by_person({user for row in rows for user in row[4]}, on)
    problems = []
    for role, organisation, path, quorum, barred, where, powiat, node, count, number in rows:
        out = barred.union(*(deputies[user] for user in barred))
        able = {user for user, root in people[role, organisation] if path.startswith(root)} - out
        if len(able) < quorum:
            lack = f"{len(able)} of {quorum} who are wanted may decide" if able else f"nobody who is a {role} may do"
            problems.append(Problem(f"{where}, {powiat}", f"{lack} {node}: {count} open, of {number} first"))
    return sum(row[-2] for row in rows), problems


def _people(on: date) -> defaultdict[tuple[str, int], list[tuple[int, str]]]:
    """By role and organisation: who acts, and from which territory downwards."""
    found: defaultdict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
    held = Mandate.objects.in_force(on).filter(user__is_active=True)
    for role, organisation, user, path in held.values_list("role", "organisation_id", "user_id", "territory__path"):
        found[role, organisation].append((user, path))
    return found


def _flow(ref: str) -> type[CaseFlow] | None:
    try:
        return import_flow_by_ref(ref)
    except (LookupError, ImportError):
        return None


def _nodes(ref: str) -> set[str]:
    flow = _flow(ref)
    return {*nodes_in_the_flow(flow), AD_HOC} if flow is not None else set()


def _places(flow: type[CaseFlow]) -> set[Place] | None:
    """Stage and waiting nodes of every state that the workflow can come to; None when it has too many to know."""
    try:
        return {(state.stage, frozenset(state.waiting)) for state in explore(definition_of(flow)).first}
    except TooManyStates:
        return None
