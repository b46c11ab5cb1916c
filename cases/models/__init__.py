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
    PsychologistNote,
    SensitiveAnswers,
)
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
    "ExitData",
    "ExitSituation",
    "FollowUpData",
    "ImportedRemark",
    "LabourDetail",
    "LabourStatus",
    "Note",
    "Person",
    "PsychologistNote",
    "RetentionClass",
    "SensitiveAnswers",
    "Session",
    "Sex",
    "Signature",
    "TriState",
    "Visibility",
]
