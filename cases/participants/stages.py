"""The stages of a participant's case, and the coded reasons and outcomes of its moves."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """From first contact to six months after leaving."""

    RECRUITMENT = "recruitment", _("recruitment")
    PRE_INCUBATION = "pre_incubation", _("pre-incubation")
    INCUBATION = "incubation", _("incubation")
    GRADUATED = "graduated", _("graduated")
    CLOSED = "closed", _("closed")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class RefusalReason(models.TextChoices):
    """Why somebody is not admitted."""

    NO_CRITERION = "no_criterion", _("no criterion of art. 2(6) is met")
    NO_EVIDENCE = "no_evidence", _("the evidence was not brought")
    OTHER_SUPPORT = "other_support", _("takes part in the same support elsewhere")
    OUTSIDE_AREA = "outside_area", _("lives outside the area of the programme")
    DECLINED = "declined", _("declined the place offered")
    OTHER = "refusal_other", _("another reason, see the note")


class WithdrawalReason(models.TextChoices):
    """Why support ended early, other than by exclusion."""

    OWN_WISH = "own_wish", _("own wish")
    HEALTH = "health", _("health")
    MOVED = "moved", _("moved away")
    JOB = "job", _("found a job before the end")
    NO_CONTACT = "no_contact", _("no contact")
    DEATH = "death", _("death")


class ExclusionReason(models.TextChoices):
    """A breach of the rules of the programme."""

    ABSENCES = "absences", _("unexcused absences")
    FALSE_STATEMENT = "false_statement", _("a false statement")
    CONDUCT = "conduct", _("conduct towards others")
    AGREEMENT = "agreement", _("breach of the agreement")


class ReturnReason(models.TextChoices):
    """Why somebody goes back from incubation to pre-incubation."""

    TOO_EARLY = "too_early", _("it was too early")
    GROUP_LEFT = "group_left", _("the group fell apart")
    NEW_IDEA = "new_idea", _("the idea changes")
    OTHER = "return_other", _("another reason, see the note")


class LeavingOutcome(models.TextChoices):
    """What somebody leaves with. Trying an idea and giving it up is a valid outcome."""

    SE_JOB = "se_job", _("a job in a social economy entity")
    OTHER_JOB = "other_job", _("another job")
    FOUNDED = "founded", _("an enterprise founded")
    IDEA_TESTED = "idea_tested", _("an idea tested and given up")
    EDUCATION = "education", _("education or training")
    REDIRECTED = "redirected", _("redirected to other support")
    COMPLETED = "completed", _("the path completed, another result")
