"""Taking in a workbook of participants: check it, confirm it, take it row by row, once each."""

from cases.participants.importing.checking import check, read_anew, upload
from cases.participants.importing.confirming import (
    approve_takeover,
    cancel,
    confirm,
    return_takeover,
    why_not_decide,
)
from cases.participants.importing.forgetting import forget_files
from cases.participants.importing.returning import give_back
from cases.participants.importing.taking import Taken, take

__all__ = [
    "Taken",
    "approve_takeover",
    "cancel",
    "check",
    "confirm",
    "forget_files",
    "give_back",
    "read_anew",
    "return_takeover",
    "take",
    "upload",
    "why_not_decide",
]
