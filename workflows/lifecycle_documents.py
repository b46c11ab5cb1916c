"""What stands in docs/lifecycles: for each kind of case that is shipped a page with tables, and two pictures."""

from django.utils import translation

from workflows.diagrams import flow_svg
from workflows.flow import CaseFlow
from workflows.kinds import flows
from workflows.lifecycle_diagram import lifecycle_svg
from workflows.lifecycle_tables import as_markdown


def documents() -> dict[str, str]:
    """The texts by the names of their files, in English, whatever language is active."""
    found: dict[str, str] = {}
    with translation.override("en"):
        for flow in shipped_flows():
            kind = flow.process_class.kind
            found[f"{kind}.md"] = as_markdown(flow)
            found[f"{kind}-flow.svg"] = flow_svg(flow)
            found[f"{kind}-lifecycle.svg"] = lifecycle_svg(flow)
    return found


def shipped_flows() -> list[type[CaseFlow]]:
    """The flows of the product, without the rooms of its tests."""
    return [flow for flow in flows() if not flow.__module__.startswith("tests.")]
