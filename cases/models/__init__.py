"""What the kinds of case share."""

from cases.models.base import TriState
from cases.models.calendars import CalendarKey
from cases.models.documents import Comment, Document, Note, RetentionClass
from cases.models.people import AccessLog, AccessNeed, Citizenship, Education, Person, Sex
from cases.models.records import EntryData, ExitData, ExitSituation, FollowUpData, LabourDetail, LabourStatus
from cases.models.restricted import (
    Convictions,
    Criterion,
    CriterionLetter,
    ImportedRemark,
    PrivateBarriers,
    PsychologistNote,
    SensitiveAnswers,
)
from cases.models.retention import ErasedCase, Erasure
from cases.models.sessions import Attendance, ConfirmationCode, Session, Signature
from cases.models.visibility import Visibility

__all__ = [
    "AccessLog",
    "AccessNeed",
    "Attendance",
    "CalendarKey",
    "Citizenship",
    "Comment",
    "ConfirmationCode",
    "Convictions",
    "Criterion",
    "CriterionLetter",
    "Document",
    "Education",
    "EntryData",
    "ErasedCase",
    "Erasure",
    "ExitData",
    "ExitSituation",
    "FollowUpData",
    "ImportedRemark",
    "LabourDetail",
    "LabourStatus",
    "Note",
    "Person",
    "PrivateBarriers",
    "PsychologistNote",
    "RetentionClass",
    "SensitiveAnswers",
    "Session",
    "Sex",
    "Signature",
    "TriState",
    "Visibility",
]
