"""Rules on single steps: role, form, deadline, and a way on for every outcome."""

from collections.abc import Iterator

from workflows.forms import AskForm, WorkForm
from workflows.nodes.work import DONE
from workflows.parameters import PARAMETERS
from workflows.registry import REGISTERED
from workflows.soundness.definition import HUMAN, TIMERS, Definition, Sort, Step
from workflows.soundness.findings import Finding, listed
from workflows.soundness.model import APPROVED
from workflows.soundness.rules.lifecycles import WORKS

NO = ("returned", "refused")


def one_start(definition: Definition) -> Iterator[Finding]:
    """A case begins in one place, and somebody may open it."""
    starts = definition.of_sort(Sort.START)
    if len(starts) != 1:
        yield Finding("E020", f"a flow has one Start; this one has {listed([step.name for step in starts])}.")
    for start in starts:
        if not start.opened_by:
            yield Finding("E020", f"{start.name}: nobody may open such a case.")


def work_has_a_role(definition: Definition) -> Iterator[Finding]:
    """Every work item is for a role whose mandates reach cases."""
    for step in definition.of_sort(Sort.WORK):
        if not step.role:
            yield Finding("E021", f"{step.name} is for no role.")
        elif step.role not in WORKS:
            yield Finding("E021", f"{step.name} is for {step.role}, whose mandates let nobody work on cases.")


def work_has_a_form(definition: Definition) -> Iterator[Finding]:
    """Every piece of work, and every request, has a form of the engine's, whose outcomes are the step's ways."""
    for step in definition.of_sort(Sort.WORK, Sort.WHENEVER):
        if not (isinstance(step.form, type) and issubclass(step.form, WorkForm)):
            yield Finding("E022", f"{step.name} has no form; it wants a WorkForm.")
        elif step.sort is Sort.WORK:
            yield from _outcomes(definition, step, step.form)
        elif issubclass(step.form, AskForm) and getattr(step.form, "move", "") != step.move:
            what = f"{step.name} asks for {step.move}, its form for {getattr(step.form, 'move', 'nothing')}."
            yield Finding("E022", what)


def work_has_a_deadline(definition: Definition) -> Iterator[Finding]:
    """Every work item, approval and timer has a term, and its programme's parameter is declared."""
    for step in definition.of_sort(*HUMAN, *TIMERS, Sort.WAIT):
        if step.term is None:
            yield Finding("E023", f"{step.name} has no {'deadline' if step.sort in HUMAN else 'term'}.")
        elif step.term.parameter and step.term.parameter not in PARAMETERS:
            yield Finding("E023", f"{step.name}: the parameter {step.term.parameter} is not declared.")
        elif step.sort is Sort.RECURRING and _may_be_nothing(step):
            yield Finding("E023", f"{step.name} may come round after no time at all, and so for ever.")


def outcomes_lead_somewhere(definition: Definition) -> Iterator[Finding]:
    """Every outcome of every step leads to a step of this flow."""
    for step in definition.steps.values():
        if step.sort is not Sort.END and not step.ways:
            yield Finding("E024", f"{step.name} leads nowhere.")
        for way in step.ways:
            if not way.to and not (step.sort is Sort.WHENEVER and way.outcome in NO):
                outcome = f"[{way.outcome}]" if way.outcome else ""
                yield Finding("E024", f"{step.name}{outcome} leads nowhere.")
            elif way.to and way.to not in definition.steps:
                yield Finding("E024", f"{step.name} leads to {way.to}, which is no step of this flow.")


def approvals_can_go_either_way(definition: Definition) -> Iterator[Finding]:
    """An approval can be approved, and it can be returned or refused; one vote at least decides."""
    for step in definition.of_sort(Sort.APPROVAL, Sort.WHENEVER):
        outcomes = {way.outcome for way in step.ways}
        if APPROVED not in outcomes:
            yield Finding("E025", f"{step.name} cannot be approved.")
        if not outcomes & set(NO):
            yield Finding("E025", f"{step.name} can only be approved; say where it is Returned or Refused to.")
        if step.quorum < 1:
            yield Finding("E026", f"{step.name} is decided by {step.quorum} votes.")


def nothing_ends_by_itself(definition: Definition) -> Iterator[Finding]:
    """A case may be asked for a move at any time without a timer of its own: its path would run beside the case."""
    for step in definition.of_sort(*TIMERS):
        host = definition.steps.get(step.host)
        if host is not None and host.sort is Sort.WHENEVER:
            yield Finding("E027", f"{host.name} may come at any time; it carries no timers ({step.name}).")


def steps_are_connected(definition: Definition) -> Iterator[Finding]:
    """Every step can be come to from the Start, a timer, or a move that may come at any time."""
    found = {step.name for step in definition.of_sort(Sort.START, Sort.WHENEVER)}
    ahead = list(found)
    while ahead:
        name = ahead.pop()
        after = {*definition.steps[name].targets, *(timer.name for timer in definition.timers_of(name))}
        new = (after & definition.steps.keys()) - found
        found |= new
        ahead += new
    for name in definition.steps.keys() - found:
        yield Finding("E028", f"nothing leads to {name}.")


def jobs_are_registered(definition: Definition) -> Iterator[Finding]:
    """Every job that a case waits for is one that workers know."""
    for step in definition.of_sort(Sort.JOB):
        if step.job not in REGISTERED:
            yield Finding("E029", f"{step.name} waits for the job “{step.job}”, which nobody registers.")


def _outcomes(definition: Definition, step: Step, form: type[WorkForm]) -> Iterator[Finding]:
    """A form whose choices are known only when it is opened (an empty list, a callable) is taken at its word."""
    ways = {way.outcome for way in step.ways}
    field = form.base_fields.get("outcome")
    if field is None:
        if ways != {DONE} and form.way is WorkForm.way:
            what = f"{step.name} leads on from {listed(sorted(ways))}, but its form has no field “outcome”."
            yield Finding("E022", what)
        return
    choices = getattr(field, "choices", None)
    offered = {str(value) for value, _label in choices if value} if isinstance(choices, list) else set()
    if offered and offered != ways:
        what = f"{step.name} leads on from {listed(sorted(ways))}, its form offers {listed(sorted(offered))}."
        yield Finding("E022", what)


def _may_be_nothing(step: Step) -> bool:
    term = step.term
    parameter = PARAMETERS.get(term.parameter) if term and term.parameter else None
    return term is not None and (term.count < 1 or (parameter is not None and parameter.lowest < 1))
