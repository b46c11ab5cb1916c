"""Forms of leaving: graduation or return, withdrawal, exclusion, what was so afterwards."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.completeness import RESULT_DAYS, faults_at_exit, missing_at_exit
from cases.models import ExitData, ExitSituation, FollowUpData, LabourStatus
from cases.participants import services
from cases.participants.forms.fields import (
    NOTHING,
    AsksTheLeaver,
    DayOfMove,
    DocumentChoice,
    PastDay,
    RowField,
    documents_for,
    label_of,
    prose,
    yes_or_no,
)
from cases.participants.guards import has_died
from cases.participants.models import ParticipantCase
from cases.participants.stages import LeavingOutcome, ReturnReason
from roles.form_layout import Section, When
from roles.templatetags.polish_dates import exact_date
from workflows.forms import AskForm, WorkForm

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from cases.models import Document
    from workflows.batch import Batch
    from workflows.models import Case

GRADUATE, RETURN = "graduate", "return"
#: How many things that were so after leaving may be written down.
SITUATIONS = 4
Situation = ExitSituation.Situation
Source = FollowUpData.Source


class GraduationForm(AsksTheLeaver, DayOfMove):
    """Leaving with an outcome, or back to pre-incubation with a reason."""

    wanted_when = {
        **dict.fromkeys(("leaving", *AsksTheLeaver.QUESTIONS), When("outcome", (GRADUATE,))),
        "remarks": When("outcome", (GRADUATE,), may_lack=True),
        "return_reason": When("outcome", (RETURN,)),
    }

    outcome = forms.ChoiceField(
        label=gettext_lazy("Proposal"),
        choices=[
            (GRADUATE, gettext_lazy("to graduate")),
            (RETURN, gettext_lazy("to return to pre-incubation")),
        ],
        widget=forms.RadioSelect,
    )
    effective_on = forms.DateField(
        label=gettext_lazy("Takes effect on"),
        initial=localdate,
        help_text=gettext_lazy("With graduation: the last day of participation."),
    )
    leaving = forms.ChoiceField(
        label=gettext_lazy("Leaves with"), choices=[NOTHING, *LeavingOutcome.choices], required=False
    )
    return_reason = forms.ChoiceField(
        label=gettext_lazy("Reason for the return"), choices=[NOTHING, *ReturnReason.choices], required=False
    )
    note = prose(gettext_lazy("Note"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["outcome", "effective_on", "leaving", *self.QUESTIONS, "remarks", "return_reason", "note"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("outcome") == GRADUATE:
            self.insist_on_answers()
            if not given.get("leaving"):
                self.add_error("leaving", _("Say what the person leaves with."))
        if given.get("outcome") == RETURN and not given.get("return_reason"):
            self.add_error("return_reason", _("Say why."))
        if (
            given.get("outcome") == RETURN
            and given.get("return_reason") == ReturnReason.OTHER
            and not given.get("note")
        ):
            self.add_error("note", _("Say what the other reason is."))
        return given

    @property
    def terms(self) -> dict[str, Any]:
        reason = self.cleaned_data["leaving" if self.way == GRADUATE else "return_reason"]
        return super().terms | {"reason": reason}

    def write(self, unit: "Batch", case: "Case") -> None:
        if self.way == GRADUATE:
            on = self.cleaned_data["effective_on"]
            services.fill_in_questionnaire(case, by=unit.by, on=on, at=unit.at, **self.answers)


class Leaving(DayOfMove, AskForm):
    """Asks for support to end early."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].label = _("Last day of participation")
        self.fields["effective_on"].initial = localdate


class EarlyGraduationForm(AsksTheLeaver, Leaving):
    """The person leaves with an outcome before the path foresees it: whoever found a job has not failed."""

    move = "graduate"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Leaves with")
        for name in self.QUESTIONS:
            self.fields[name].required = True
        self.order_fields(["reason", "effective_on", *self.QUESTIONS, "remarks", "note"])

    def write(self, unit: "Batch", case: "Case") -> None:
        on = self.cleaned_data["effective_on"]
        services.fill_in_questionnaire(case, by=unit.by, on=on, at=unit.at, **self.answers)


class WithdrawalForm(Leaving):
    """The person leaves early; after a death all contacts stop."""

    move = "withdraw"


class ExclusionForm(Leaving):
    """Support ends for a breach of the rules; what the person said to it is written down."""

    move = "exclude"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = _("What happened, and what the person said to it")
        self.fields["note"].required = True


class SituationField(RowField):
    """One thing that was so within 28 days after leaving."""

    may_lack: ClassVar[frozenset[str]] = frozenset({"evidence", "document"})

    def __init__(self, *, documents: "QuerySet[Document]", **options: Any) -> None:
        self.documents = documents
        super().__init__(**options)

    def parts(self) -> dict[str, forms.Field]:
        return {
            "situation": forms.ChoiceField(
                label=gettext_lazy("Situation"), choices=[NOTHING, *Situation.choices], required=False
            ),
            "observed_on": forms.DateField(label=gettext_lazy("Observed on"), required=False),
            "evidence": forms.CharField(label=gettext_lazy("Evidence"), max_length=200, required=False),
            "document": DocumentChoice(self.documents),
        }


class ExitDataForm(WorkForm):
    """How the person left and what was so within 28 calendar days."""

    sections: ClassVar[tuple[Section, ...]] = (
        Section(gettext_lazy("How it ended"), ("as_planned",)),
        Section(
            gettext_lazy("What was so within 28 days"),
            tuple(f"situation_{number}" for number in range(1, SITUATIONS + 1)),
            needs_some=True,
        ),
        Section(gettext_lazy("If the person could not be reached"), ("attempts",)),
    )
    case: ParticipantCase

    as_planned = yes_or_no(gettext_lazy("Left as planned"))
    attempts = prose(
        gettext_lazy("Attempts at contact"),
        required=False,
        help_text=gettext_lazy("When and how, if the person could not be reached."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        papers = documents_for(self.case, self.by)
        for number in range(1, SITUATIONS + 1):
            label = _("Situation %(number)s after leaving") % {"number": number}
            self.fields[f"situation_{number}"] = SituationField(label=label, documents=papers)
        if self.case.left_on:
            last = self.case.left_on + timedelta(days=RESULT_DAYS)
            self.fields["situation_1"].help_text = _("From %(first)s to %(last)s; the last event counts.") % {
                "first": exact_date(self.case.left_on),
                "last": exact_date(last),
            }
        self.order_fields(["as_planned", *self._rows(), "attempts"])

    def proposed(self) -> dict[str, Any]:
        known = ExitData.objects.filter(case=self.case).prefetch_related("situations").first()
        if known is not None:
            rows = {
                f"situation_{number}": {
                    "situation": each.situation,
                    "observed_on": each.observed_on,
                    "evidence": each.evidence,
                    "document": each.document_id,
                }
                for number, each in enumerate(known.situations.all(), 1)
            }
            planned = {None: "", True: "yes", False: "no"}[known.as_planned]
            return {"as_planned": planned, "attempts": known.attempts} | rows
        if has_died(self.case):
            gone = {"situation": Situation.NONE, "observed_on": self.case.left_on, "evidence": ""}
            planned = "yes" if self.case.leaving else "no"
            return {"as_planned": planned, "situation_1": gone, "attempts": _("The person has died.")}
        return {"as_planned": "yes" if self.case.leaving else "no"}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if any(name in self.errors for name in self._rows()) or self.case.left_on is None:
            return given
        situations = self.situations
        facts = ExitData(as_planned=given.get("as_planned"), attempts=given.get("attempts", ""))
        for fault in faults_at_exit(self.case.left_on, situations):
            self.add_error("situation_1", str(fault))
        missing = [
            str(label) for label in missing_at_exit(facts, situations) if label != label_of(ExitData, "as_planned")
        ]
        if missing:
            self.add_error(None, _("Still missing: %(fields)s.") % {"fields": ", ".join(missing)})
        if len({each.situation for each in situations}) < len(situations):
            self.add_error("situation_1", _("Each situation once."))
        return given

    @property
    def situations(self) -> list[ExitSituation]:
        """The rows that were filled in; a document that the writer may not see stays with its situation."""
        rows = [row for name in self._rows() if (row := self.cleaned_data.get(name))]
        return [ExitSituation(**row | {"document": row["document"] or self._unseen(row["situation"])}) for row in rows]

    def write(self, unit: "Batch", case: "Case") -> None:
        given = self.cleaned_data
        services.collect_exit_data(
            case,
            by=unit.by,
            as_planned=given["as_planned"],
            attempts=given["attempts"],
            situations=self.situations,
            at=unit.at,
        )

    def _unseen(self, situation: str) -> "Document | None":
        if not hasattr(self, "_kept"):
            seen = documents_for(self.case, self.by)
            known = ExitSituation.objects.filter(exit_data__case=self.case, document__isnull=False)
            hidden = known.exclude(document__in=seen).select_related("document")
            self._kept = {each.situation: each.document for each in hidden}
        return self._kept.get(situation)

    def _rows(self) -> list[str]:
        return [f"situation_{number}" for number in range(1, SITUATIONS + 1)]


class FollowUpForm(WorkForm):
    """Where the person stands six months after leaving, or why that could not be learnt."""

    wanted_when = {
        "labour_status": When("source", tuple(each for each in Source.values if each != Source.IMPOSSIBLE)),
        "contract": When("labour_status", (LabourStatus.EMPLOYED,)),
        **dict.fromkeys(
            ("weekly_hours", "skill_level", "improvements"),
            When("labour_status", (LabourStatus.EMPLOYED,), may_lack=True),
        ),
        "attempts": When("source", (Source.IMPOSSIBLE,)),
    }

    source = forms.ChoiceField(label=gettext_lazy("Source"), choices=Source.choices, widget=forms.RadioSelect)
    observed_on = PastDay(label=gettext_lazy("Observed on"), initial=localdate)
    labour_status = forms.ChoiceField(
        label=gettext_lazy("Labour-market status"), choices=[NOTHING, *LabourStatus.choices], required=False
    )
    contract = forms.ChoiceField(
        label=gettext_lazy("Contract"), choices=[NOTHING, *FollowUpData.Contract.choices], required=False
    )
    weekly_hours = forms.IntegerField(label=gettext_lazy("Hours a week"), min_value=1, max_value=80, required=False)
    skill_level = forms.ChoiceField(
        label=gettext_lazy("Skill level"), choices=[NOTHING, *FollowUpData.SkillLevel.choices], required=False
    )
    improvements = forms.MultipleChoiceField(
        label=gettext_lazy("What has improved"),
        choices=FollowUpData.Improvement.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("For whoever was employed on entry; a pay rise alone does not count."),
    )
    attempts = prose(
        gettext_lazy("Attempts at contact"),
        required=False,
        help_text=gettext_lazy("When and how."),
    )

    def proposed(self) -> dict[str, Any]:
        known = FollowUpData.objects.filter(case=self.case).first()
        if known is not None:
            return {name: getattr(known, name) for name in self.fields}
        return {"source": Source.IMPOSSIBLE, "attempts": _("The person has died.")} if has_died(self.case) else {}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("source") == Source.IMPOSSIBLE:
            if not given.get("attempts"):
                self.add_error("attempts", _("Write down when and how you tried."))
            if given.get("labour_status"):
                self.add_error("labour_status", _("If it could not be learnt, there is no status to state."))
        elif "source" in given and not given.get("labour_status"):
            self.add_error("labour_status", _("Say where the person stands now."))
        self._clean_job(given)
        return given

    def _clean_job(self, given: dict[str, Any]) -> None:
        employed = given.get("labour_status") == LabourStatus.EMPLOYED
        if employed and not given.get("contract"):
            self.add_error("contract", _("Say on what contract."))
        for name in ("contract", "weekly_hours", "skill_level", "improvements"):
            if given.get(name) and not employed:
                self.add_error(name, _("Only for somebody who is employed."))

    def write(self, unit: "Batch", case: "Case") -> None:
        services.follow_up(case, by=unit.by, at=unit.at, **self.cleaned_data)
