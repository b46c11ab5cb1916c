"""System checks: a workflow that could strand a case does not start."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from workflows.flow import CaseFlow
from workflows.kinds import flows
from workflows.soundness import prove


@register("workflows")
def every_workflow_is_sound(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Prove the flow and the lifecycle of every kind of case."""
    return [error for flow in flows() for error in errors_of(flow)]


def errors_of(flow: type[CaseFlow]) -> list[CheckMessage]:
    """What is wrong with one flow, as errors of the check; each shows the path that leads there."""
    return [Error(str(finding), obj=flow, id=f"workflows.{finding.code}") for finding in prove(flow)]
