"""What a workflow is built of. Every flow uses these nodes, never viewflow's own."""

from workflows.nodes.adhoc import AD_HOC, AdHoc
from workflows.nodes.approvals import Approval, ByTheClock, Whenever
from workflows.nodes.gateways import End, If, Join, Split, Start
from workflows.nodes.jobs import JobNode
from workflows.nodes.timers import Recurring, Timeout, Wait
from workflows.nodes.work import Work

__all__ = [
    "AD_HOC",
    "AdHoc",
    "Approval",
    "ByTheClock",
    "End",
    "If",
    "JobNode",
    "Join",
    "Recurring",
    "Split",
    "Start",
    "Timeout",
    "Wait",
    "Whenever",
    "Work",
]
