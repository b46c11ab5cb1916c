"""What people fill in on a participant's path; the flow names these forms."""

from cases.participants.forms.leaving import (
    EarlyGraduationForm,
    ExclusionForm,
    ExitDataForm,
    FollowUpForm,
    GraduationForm,
    WithdrawalForm,
)
from cases.participants.forms.recommending import ConfirmationForm, OpinionForm, RecommendationForm
from cases.participants.forms.recruitment import (
    AppealForm,
    EligibilityForm,
    PlaceForm,
    ReinstatementForm,
    ReinstatementInIncubationForm,
    SupplementForm,
)
from cases.participants.forms.support import (
    DiagnosisForm,
    MonthlyReviewForm,
    PlanChangeForm,
    PlanChangeInIncubationForm,
    PlanForm,
    PlanReviewForm,
)

__all__ = [
    "AppealForm",
    "ConfirmationForm",
    "DiagnosisForm",
    "EarlyGraduationForm",
    "EligibilityForm",
    "ExclusionForm",
    "ExitDataForm",
    "FollowUpForm",
    "GraduationForm",
    "MonthlyReviewForm",
    "OpinionForm",
    "PlaceForm",
    "PlanChangeForm",
    "PlanChangeInIncubationForm",
    "PlanForm",
    "PlanReviewForm",
    "RecommendationForm",
    "ReinstatementForm",
    "ReinstatementInIncubationForm",
    "SupplementForm",
    "WithdrawalForm",
]
