"""The participant's case and the facts of its own."""

from cases.participants.models.applications import Application
from cases.participants.models.case import ParticipantCase
from cases.participants.models.facts import (
    Appeal,
    Diagnosis,
    EligibilityCheck,
    ExitQuestionnaire,
    Notice,
    Opinion,
    Plan,
    PlanAction,
    Recommendation,
    Review,
    Supplement,
)
from cases.participants.models.imports import ImportedTakeover, ImportProblem, ParticipantImport

__all__ = [
    "Appeal",
    "Application",
    "Diagnosis",
    "EligibilityCheck",
    "ExitQuestionnaire",
    "ImportProblem",
    "ImportedTakeover",
    "Notice",
    "Opinion",
    "ParticipantCase",
    "ParticipantImport",
    "Plan",
    "PlanAction",
    "Recommendation",
    "Review",
    "Supplement",
]
