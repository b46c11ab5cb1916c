"""Every kind of case there is: its flow, its tasks and its moves, for filters and lists that know no room."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.apps import apps

from workflows.flow import CaseFlow
from workflows.models import Case
from workflows.nodes import Approval
from workflows.nodes.adhoc import AD_HOC
from workflows.nodes.human import Human

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Choice = tuple[str, "str | _StrPromise"]


def flows() -> list[type[CaseFlow]]:
    """The flow of every kind, in the order of their words for a case."""
    return sorted(_below(CaseFlow), key=lambda flow: str(word_for(flow.process_class)))


def kinds() -> dict[str, type[Case]]:
    """Every kind of case by its name in code."""
    return {flow.process_class.kind: flow.process_class for flow in flows()}


def word_for(kind: type[Case]) -> "str | _StrPromise":
    """What one such case is called."""
    return kind._meta.verbose_name or kind.kind


def tasks(flow: type[CaseFlow]) -> Iterator[Human]:
    """What the flow has people do, in the order of declaration; not what they make by hand."""
    return (node for node in flow.nodes_by_name().values() if isinstance(node, Human) and node.name != AD_HOC)


def approvals_of(kind: str) -> "dict[str, Approval]":
    """The approvals of a kind's flow by the move that each makes; the first in the flow where several make it."""
    nodes = [node for flow in flows() if flow.process_class.kind == kind for node in flow.approvals()]
    return {node.move_name: node for node in reversed(nodes)}


def kind_choices() -> list[Choice]:
    """Kinds to choose from."""
    return [(flow.process_class.kind, word_for(flow.process_class)) for flow in flows()]


def stage_choices() -> list[Choice]:
    """Stages of every kind; one that several kinds have stands once."""
    return list({value: label for flow in flows() for value, label in flow.process_class.stages.choices}.items())


def task_choices() -> list[Choice]:
    """Tasks of every kind; one that several kinds have stands once."""
    nodes = [node for flow in flows() for node in (*tasks(flow), flow.ad_hoc_node())]
    return list({node.name: node.task_title for node in nodes}.items())


def _below(flow: type[CaseFlow]) -> Iterator[type[CaseFlow]]:
    for below in flow.__subclasses__():
        if below.process_class is not Case and _is_known(below):
            yield below
        yield from _below(below)


def _is_known(flow: type[CaseFlow]) -> bool:
    """Whether cases can name it: an app has it in a module under its own name, where a reference finds it again."""
    found = getattr(sys.modules.get(flow.__module__), flow.__name__, None)
    return found is flow and apps.get_containing_app_config(flow.__module__) is not None
