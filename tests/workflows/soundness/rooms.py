"""Rooms that are wrong on purpose: the errand, with one passage of its source changed."""

from pathlib import Path

from django.test.utils import isolate_apps

from tests.errands import flow, lifecycle
from tests.errands.models import Errand, Permit
from workflows.flow import CaseFlow
from workflows.models import Case
from workflows.parameters import PARAMETERS

FLOW = Path(flow.__file__).read_text(encoding="utf-8")
LIFECYCLE = Path(lifecycle.__file__).read_text(encoding="utf-8")

Change = tuple[str, str]


def errand_with(*changes: Change) -> type[CaseFlow]:
    """The errand's flow over its lifecycle, both read anew with these passages replaced; each must be there once."""
    lifecycle_text, flow_text = LIFECYCLE, FLOW
    for old, new in changes:
        assert (lifecycle_text + flow_text).count(old) == 1, f"“{old}” stands not once in the errand's source"
        lifecycle_text, flow_text = lifecycle_text.replace(old, new), flow_text.replace(old, new)
    told = _run(lifecycle_text)
    kind = _kind(told["ErrandLifecycle"], told["Stage"])
    imported = "from tests.errands.models import Errand\n"
    assert imported in flow_text
    return _run(flow_text.replace(imported, ""), Errand=kind)["ErrandFlow"]


def _kind(rules: type, stages: type) -> type[Case]:
    """A kind of case with these rules, which no registry of models hears of."""
    path = [stage for stage in Errand.path if stage in stages.values]
    with isolate_apps("tests.errands"):
        facts = {"__module__": "tests.errands.models", "kind": "errand", "prefix": "E", "stages": stages, "path": path}
        facts["permits"] = Permit  # a relation, as far as the proof looks
        return type("BrokenErrand", (rules, Case), facts)


def _run(text: str, **names: object) -> dict:
    """A module's names, when this is its text. Parameters are declared once a process, so it borrows them."""
    module = {"__name__": "tests.errands.broken", **names}
    declared = dict(PARAMETERS)
    PARAMETERS.clear()
    try:
        exec(compile(text, "broken errand", "exec"), module)  # noqa: S102  the repository's own text
    finally:
        PARAMETERS.update(declared)
    return module
