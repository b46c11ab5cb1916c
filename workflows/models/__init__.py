"""The engine's tables."""

from workflows.models.buckets import Bucket
from workflows.models.cases import Case, CaseAssignment
from workflows.models.grants import CaseGrant
from workflows.models.history import Seal, StageChange, StageChangeDetail
from workflows.models.items import WorkItem
from workflows.models.jobs import Heartbeat, Job
from workflows.models.programmes import ParameterValue, Programme
from workflows.models.screens import BulkRow, BulkRun, ExportLog, RecentCase, SavedView
from workflows.models.work import Draft, Extension, Handover, Hold, Notice, Outcome, Presence, Reminder, Vote

__all__ = [
    "Bucket",
    "BulkRow",
    "BulkRun",
    "Case",
    "CaseAssignment",
    "CaseGrant",
    "Draft",
    "ExportLog",
    "Extension",
    "Handover",
    "Heartbeat",
    "Hold",
    "Job",
    "Notice",
    "Outcome",
    "ParameterValue",
    "Presence",
    "Programme",
    "RecentCase",
    "Reminder",
    "SavedView",
    "Seal",
    "StageChange",
    "StageChangeDetail",
    "Vote",
    "WorkItem",
]
