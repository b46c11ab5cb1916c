"""The engine's verbs. One function each, one transaction, one or many."""

from workflows.gate import ask, complete, decide_many
from workflows.services.adhoc import add_item, cancel_item
from workflows.services.holds import correct_hold, end_hold, put_on_hold, withdraw_hold
from workflows.services.more_time import ask_for_time, extend
from workflows.services.opening import open_cases
from workflows.services.reverting import reopen, revert_last_move, what_revert_takes_back
from workflows.services.sharing import break_glass, end_share, review, share
from workflows.services.taking import assign, claim, delegate, hand_back, prioritise, release, snooze

__all__ = [
    "add_item",
    "ask",
    "ask_for_time",
    "assign",
    "break_glass",
    "cancel_item",
    "claim",
    "complete",
    "correct_hold",
    "decide_many",
    "delegate",
    "end_hold",
    "end_share",
    "extend",
    "hand_back",
    "open_cases",
    "prioritise",
    "put_on_hold",
    "release",
    "reopen",
    "revert_last_move",
    "review",
    "share",
    "snooze",
    "what_revert_takes_back",
    "withdraw_hold",
]
