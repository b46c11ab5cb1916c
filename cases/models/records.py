"""What ESF+ asks for at entry, at exit and six months later (Regulation (EU) 2021/1057, annex I)."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.base import CaseFactQuerySet, Recorded
from cases.models.people import Citizenship, Education
from roles.models import Territory
from workflows.models import Case


class LabourStatus(models.TextChoices):
    """Where a person stands on the labour market."""

    REGISTERED_UNEMPLOYED = "registered_unemployed", _("unemployed, registered with the labour office")
    UNREGISTERED_UNEMPLOYED = "unregistered_unemployed", _("unemployed, not registered with the labour office")
    INACTIVE = "inactive", _("economically inactive")
    EMPLOYED = "employed", _("employed")


class LabourDetail(models.TextChoices):
    """More about the labour-market status; each belongs to some of the statuses."""

    LONG_TERM = "long_term", _("long-term unemployed")
    LEARNING = "learning", _("in education")
    NOT_IN_EDUCATION = "not_in_education", _("not in education or training")
    SELF_EMPLOYED = "self_employed", _("self-employed")
    GOVERNMENT = "government", _("employed in government administration")
    LOCAL_GOVERNMENT = "local_government", _("employed in local government")
    LARGE_FIRM = "large_firm", _("employed in a large enterprise")
    SMALL_FIRM = "small_firm", _("employed in a micro, small or medium enterprise")
    NGO = "ngo", _("employed in a non-governmental organisation")
    OTHER = "other", _("other")


UNEMPLOYED = frozenset({LabourStatus.REGISTERED_UNEMPLOYED, LabourStatus.UNREGISTERED_UNEMPLOYED})
OF_INACTIVE = frozenset({LabourDetail.LEARNING, LabourDetail.NOT_IN_EDUCATION})
OF_EMPLOYED = frozenset(
    {
        LabourDetail.SELF_EMPLOYED,
        LabourDetail.GOVERNMENT,
        LabourDetail.LOCAL_GOVERNMENT,
        LabourDetail.LARGE_FIRM,
        LabourDetail.SMALL_FIRM,
        LabourDetail.NGO,
    }
)


def detail_fits(status: str, detail: str) -> bool:
    """Whether the detail may be said of the status."""
    if detail in {"", LabourDetail.OTHER}:
        return True
    if status in UNEMPLOYED:
        return detail == LabourDetail.LONG_TERM
    return detail in (OF_INACTIVE if status == LabourStatus.INACTIVE else OF_EMPLOYED)


def _detail_fits_in_sql() -> Q:
    """The same as `detail_fits`, for the database."""
    return (
        Q(labour_detail__in=["", LabourDetail.OTHER])
        | Q(labour_status__in=UNEMPLOYED, labour_detail=LabourDetail.LONG_TERM)
        | Q(labour_status=LabourStatus.INACTIVE, labour_detail__in=sorted(OF_INACTIVE))
        | Q(labour_status=LabourStatus.EMPLOYED, labour_detail__in=sorted(OF_EMPLOYED))
    )


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class EntryData(Recorded):
    """The person's situation on the day support started."""

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", _("individual")
        OF_ENTITY = "of_entity", _("employee or representative of an entity")

    class SupportType(models.TextChoices):
        REINTEGRATION = "reintegration", _("social and vocational reintegration")
        TRAINING = "training", _("training")
        ADVICE = "advice", _("advice")
        INCUBATION = "incubation", _("incubation of an enterprise")
        JOB = "job", _("a subsidised job")
        OTHER = "other", _("other")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="entry_data")
    kind = models.CharField(_("kind of participant"), max_length=10, choices=Kind.choices, default=Kind.INDIVIDUAL)
    starts_on = models.DateField(_("start of participation"), null=True, blank=True)
    citizenship = models.CharField(_("citizenship"), max_length=10, choices=Citizenship.choices, blank=True)
    education = models.CharField(_("education"), max_length=3, choices=Education.choices, blank=True)
    powiat = models.ForeignKey(
        Territory, verbose_name=_("powiat"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    gmina = models.CharField(_("gmina"), max_length=100, blank=True)
    gmina_unit = models.ForeignKey(
        Territory, verbose_name=_("gmina"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    support_type = models.CharField(_("type of support"), max_length=13, choices=SupportType.choices, blank=True)
    support_starts_on = models.DateField(_("support starts on"), null=True, blank=True)
    support_ends_on = models.DateField(_("support ends on"), null=True, blank=True)
    labour_status = models.CharField(_("labour-market status"), max_length=23, choices=LabourStatus.choices, blank=True)
    labour_detail = models.CharField(
        _("details of the status"), max_length=16, choices=LabourDetail.choices, blank=True
    )
    unemployed_since = models.DateField(_("unemployed since"), null=True, blank=True)
    occupation = models.CharField(_("occupation"), max_length=120, blank=True)
    workplace = models.CharField(_("employed at"), max_length=200, blank=True)

    objects = CaseFactQuerySet["EntryData"].as_manager()

    class Meta:
        verbose_name = _("entry data")
        verbose_name_plural = _("entry data")
        constraints = [
            models.CheckConstraint(condition=_detail_fits_in_sql(), name="entry_detail_fits_status"),
            models.CheckConstraint(
                condition=Q(unemployed_since__isnull=True) | Q(labour_status__in=sorted(UNEMPLOYED)),
                name="entry_unemployed_since_of_unemployed",
            ),
            models.CheckConstraint(
                condition=Q(unemployed_since__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(unemployed_since__lte=F("starts_on")),
                name="entry_unemployed_before_start",
            ),
            models.CheckConstraint(
                condition=Q(support_starts_on__isnull=True)
                | Q(support_ends_on__isnull=True)
                | Q(support_ends_on__gte=F("support_starts_on")),
                name="entry_support_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}"

    @property
    def gmina_in_words(self) -> str:
        """The gmina, as a unit of the register or as it was written down before the register was loaded."""
        return str(self.gmina_unit) if self.gmina_unit else self.gmina

    @property
    def is_rural(self) -> bool | None:
        """Whether the person comes from a rural area (EECO17); None where that cannot be told.

        DEGURBA is not in our data: the kind of gmina, the last digit of its TERYT code, stands in for it. A rural gmina counts as rural,
        an urban one does not; of a mixed one, town and villages together, it cannot be told.
        """
        kind = self.gmina_unit.kind_of_gmina if self.gmina_unit else None
        return {Territory.KindOfGmina.RURAL: True, Territory.KindOfGmina.URBAN: False}.get(kind) if kind else None


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class ExitData(Recorded):
    """How and when support ended; situations are observed within 28 calendar days after leaving."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="exit_data")
    left_on = models.DateField(_("last day of participation"))
    as_planned = models.BooleanField(_("left as planned"), null=True, blank=True)
    attempts = models.TextField(
        _("attempts at contact"), blank=True, help_text=_("When and how, if the person could not be reached.")
    )

    objects = CaseFactQuerySet["ExitData"].as_manager()

    class Meta:
        verbose_name = _("exit data")
        verbose_name_plural = _("exit data")

    def __str__(self) -> str:
        return f"{self.case}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class ExitSituation(Recorded):
    """One thing that was so within 28 days after leaving, with its evidence."""

    class Situation(models.TextChoices):
        JOB_SEARCH = "job_search", _("looking for work")
        EDUCATION = "education", _("in education or training")
        QUALIFICATION = "qualification", _("gained a qualification")
        EMPLOYMENT = "employment", _("in employment or self-employed")
        UNCHANGED = "unchanged", _("situation unchanged")
        NONE = "none", _("none of these")
        NO_CONTACT = "no_contact", _("could not be reached")

    exit_data = models.ForeignKey(ExitData, on_delete=models.CASCADE, related_name="situations")
    situation = models.CharField(_("situation"), max_length=13, choices=Situation.choices)
    observed_on = models.DateField(_("observed on"))
    evidence = models.CharField(_("evidence"), max_length=200, blank=True)
    document = models.ForeignKey(
        "cases.Document", verbose_name=_("document"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("situation after leaving")
        verbose_name_plural = _("situations after leaving")
        constraints = [
            models.UniqueConstraint(fields=["exit_data", "situation"], name="exit_situation_once"),
        ]

    def __str__(self) -> str:
        return self.get_situation_display()


#: Situations that stand alone: nothing else can be so with them.
ALONE = frozenset({ExitSituation.Situation.UNCHANGED, ExitSituation.Situation.NONE, ExitSituation.Situation.NO_CONTACT})


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class FollowUpData(Recorded):
    """The person's situation six months after leaving, or why it could not be learnt."""

    class Source(models.TextChoices):
        ZUS = "zus", _("ZUS register")
        INTERVIEW = "interview", _("interview")
        DOCUMENT = "document", _("document")
        IMPOSSIBLE = "impossible", _("could not be learnt")

    class Contract(models.TextChoices):
        EMPLOYMENT = "employment", _("employment contract")
        COOPERATIVE = "cooperative", _("cooperative employment contract")
        CIVIL = "civil", _("civil-law contract")
        SELF_EMPLOYED = "self_employed", _("self-employed")
        OTHER = "other", _("other")

    class Improvement(models.TextChoices):
        """What makes a situation better for somebody employed at entry; a pay rise alone does not (EECR06)."""

        STABLE = "stable", _("from precarious to stable employment")
        FULL = "full", _("from underemployment to full employment")
        SKILLED = "skilled", _("a job that needs more skills")
        PROMOTED = "promoted", _("more responsibility or promotion")

    class SkillLevel(models.TextChoices):
        """What the work asks for: the four skill levels of ISCO-08."""

        ELEMENTARY = "1", _("1 – simple work")
        INTERMEDIATE = "2", _("2 – clerks, sellers, workers in crafts and industry, drivers")
        ASSOCIATE = "3", _("3 – technicians and associate professionals")
        PROFESSIONAL = "4", _("4 – professionals")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="follow_up_data")
    observed_on = models.DateField(_("observed on"))
    in_sample = models.BooleanField(_("in the sample"), default=True)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    attempts = models.TextField(_("attempts at contact"), blank=True)
    labour_status = models.CharField(_("labour-market status"), max_length=23, choices=LabourStatus.choices, blank=True)
    contract = models.CharField(_("contract"), max_length=13, choices=Contract.choices, blank=True)
    weekly_hours = models.PositiveSmallIntegerField(
        _("hours a week"), null=True, blank=True, validators=[MaxValueValidator(80)]
    )
    skill_level = models.CharField(_("skill level"), max_length=1, choices=SkillLevel.choices, blank=True)
    improvements = ArrayField(
        models.CharField(max_length=8, choices=Improvement.choices),
        verbose_name=_("what has improved"),
        default=list,
        blank=True,
    )

    objects = CaseFactQuerySet["FollowUpData"].as_manager()

    class Meta:
        verbose_name = _("follow-up data")
        verbose_name_plural = _("follow-up data")
        constraints = [
            models.CheckConstraint(
                condition=Q(source="impossible", labour_status="") | (~Q(source="impossible") & ~Q(labour_status="")),
                name="follow_up_status_or_impossible",
            ),
            models.CheckConstraint(
                condition=~Q(source="impossible") | ~Q(attempts=""), name="follow_up_impossible_is_explained"
            ),
            models.CheckConstraint(
                condition=Q(labour_status="employed")
                | Q(contract="", weekly_hours__isnull=True, improvements=[], skill_level=""),
                name="follow_up_job_of_employed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}"
