"""The engine's tables."""

from workflows.models.buckets import Bucket
from workflows.models.cases import Case, CaseAssignment
from workflows.models.grants import CaseGrant, cases_in, cases_open_to
from workflows.models.history import DetailErasure, Seal, StageChange, StageChangeDetail
from workflows.models.items import WorkItem
from workflows.models.jobs import Heartbeat, Job
from workflows.models.programmes import ParameterValue, Programme, ProgrammeOrganisation
from workflows.models.screens import BulkRow, BulkRun, CaseLook, ExportLog, ListSetting, RecentCase, SavedView
from workflows.models.work import (
    CaseWatch,
    Draft,
    Extension,
    Handover,
    Hold,
    Notice,
    NoticeChoice,
    Outcome,
    Pace,
    PageDraft,
    Presence,
    Reminder,
    Vote,
)

__all__ = [
    "Bucket",
    "BulkRow",
    "BulkRun",
    "Case",
    "CaseAssignment",
    "CaseGrant",
    "CaseLook",
    "CaseWatch",
    "DetailErasure",
    "Draft",
    "ExportLog",
    "Extension",
    "Handover",
    "Heartbeat",
    "Hold",
    "Job",
    "ListSetting",
    "Notice",
    "NoticeChoice",
    "Outcome",
    "Pace",
    "PageDraft",
    "ParameterValue",
    "Presence",
    "Programme",
    "ProgrammeOrganisation",
    "RecentCase",
    "Reminder",
    "SavedView",
    "Seal",
    "StageChange",
    "StageChangeDetail",
    "Vote",
    "WorkItem",
    "cases_in",
    "cases_open_to",
]
