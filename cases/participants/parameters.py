"""What a programme may tune on the participant's path."""

from django.utils.translation import gettext_lazy as _

from cases.participants.stages import Stage
from roles.role import Role
from workflows.parameters import parameter

KIND = "participant"
COMING = [Stage.RECRUITMENT]
BEFORE_INCUBATION = [Stage.PRE_INCUBATION]
DAYS, WORKING_DAYS, MONTHS = _("days"), _("working days"), _("months")

ELIGIBILITY_DAYS = parameter(
    "eligibility_days", 14, _("To check eligibility"), unit=WORKING_DAYS, kind=KIND, stages=COMING, lowest=1
)
SUPPLEMENT_DAYS = parameter(
    "supplement_days", 14, _("To bring what is missing"), unit=DAYS, kind=KIND, stages=COMING, lowest=1
)
SUPPLEMENTS = parameter("supplements", 2, _("How often a supplement may be asked for"), kind=KIND, stages=COMING)
RESERVE_DAYS = parameter(
    "reserve_days", 180, _("How long a person stays on the reserve list"), unit=DAYS, kind=KIND, stages=COMING
)
APPEAL_DAYS = parameter(
    "appeal_days",
    14,
    _("To appeal against a refusal or an exclusion"),
    unit=DAYS,
    kind=KIND,
    stages=[Stage.REFUSED, Stage.WITHDRAWN],
)
DIAGNOSIS_DAYS = parameter(
    "diagnosis_days", 21, _("To make the diagnosis"), unit=DAYS, kind=KIND, stages=BEFORE_INCUBATION, lowest=1
)
PLAN_DAYS = parameter(
    "plan_days", 30, _("From admission to an agreed plan"), unit=DAYS, kind=KIND, stages=BEFORE_INCUBATION, lowest=1
)
PRE_INCUBATION_MONTHS = parameter(
    "pre_incubation_months", 4, _("Pre-incubation"), unit=MONTHS, kind=KIND, stages=BEFORE_INCUBATION, lowest=1
)
INCUBATION_MONTHS = parameter(
    "incubation_months", 6, _("Incubation"), unit=MONTHS, kind=KIND, stages=[Stage.INCUBATION], lowest=1
)
REPEATS = parameter("repeats", 1, _("How often pre-incubation may be repeated"), kind=KIND, stages=BEFORE_INCUBATION)
MINIMUM_HOURS = parameter(
    "minimum_hours", 40, _("Hours of support before incubation"), unit=_("hours"), kind=KIND, stages=BEFORE_INCUBATION
)
ATTENDANCE = parameter(
    "attendance", 80, _("Attendance before incubation"), unit="%", kind=KIND, stages=BEFORE_INCUBATION
)
OPINION = parameter(
    "opinion", default=True, label=_("A psychologist's opinion before incubation"), kind=KIND, stages=BEFORE_INCUBATION
)
NOTICE = parameter(
    "notice", "1", _("Version of the information notice that people are given"), kind=KIND, stages=COMING
)
FOLLOW_UP = parameter(
    "follow_up",
    100,
    _("Share of people followed up six months after leaving"),
    unit="%",
    kind=KIND,
    stages=[Stage.GRADUATED, Stage.WITHDRAWN],
)
TUTOR_LABEL = parameter(
    "tutor_label", "", _("What a tutor is called here, such as “key adviser”"), kind=KIND, calls=Role.TUTOR
)
