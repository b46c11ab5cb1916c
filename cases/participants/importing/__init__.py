"""Taking in a workbook of participants: check it, confirm it, take it row by row, once each."""

from cases.participants.importing.checking import check, upload
from cases.participants.importing.confirming import approve_takeover, cancel, confirm
from cases.participants.importing.forgetting import forget_files
from cases.participants.importing.taking import Taken, take

__all__ = ["Taken", "approve_takeover", "cancel", "check", "confirm", "forget_files", "take", "upload"]
