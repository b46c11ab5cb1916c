"""Forms at the end of pre-incubation: recommendation, the psychologist's opinion, the coordinator's confirmation."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.participants import services
from cases.participants.forms.fields import NOTHING, AsksTheLeaver, DayOfMove, prose, yes_or_no
from cases.participants.models import Recommendation
from cases.participants.stages import LeavingOutcome
from roles.form_layout import When
from workflows.forms import WorkForm

if TYPE_CHECKING:
    from workflows.batch import Batch
    from workflows.models import Case

Verdict = Recommendation.Verdict


class RecommendationForm(AsksTheLeaver, DayOfMove):
    """GO with a group or an idea, REPEAT, or REDIRECT: then the person leaves, with an outcome and the questionnaire."""

    wanted_when = {
        "idea": When("outcome", (Verdict.GO,)),
        **dict.fromkeys(("effective_on", "leaving", *AsksTheLeaver.QUESTIONS), When("outcome", (Verdict.REDIRECT,))),
        "remarks": When("outcome", (Verdict.REDIRECT,), may_lack=True),
    }

    outcome = forms.ChoiceField(label=gettext_lazy("Recommendation"), choices=Verdict.choices, widget=forms.RadioSelect)
    reasons = prose(gettext_lazy("Reasons"))
    idea = forms.CharField(
        label=gettext_lazy("Group or idea to incubate"),
        required=False,
        max_length=300,
    )
    effective_on = forms.DateField(label=gettext_lazy("Last day of participation"), required=False)
    leaving = forms.ChoiceField(
        label=gettext_lazy("Leaves with"), choices=[NOTHING, *LeavingOutcome.choices], required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["outcome", "reasons", "idea", "effective_on", "leaving", *self.QUESTIONS, "remarks"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("outcome") == Verdict.GO and not given.get("idea"):
            self.add_error("idea", _("GO needs a group or an idea."))
        if given.get("outcome") == Verdict.REDIRECT:
            self.insist_on_answers()
            if not given.get("effective_on") and "effective_on" not in self.errors:
                self.add_error("effective_on", _("Say when the person leaves."))
            if not given.get("leaving"):
                self.add_error("leaving", _("Say what the person leaves with."))
        return given

    @property
    def terms(self) -> dict[str, Any]:
        if self.way != Verdict.REDIRECT:
            return {}
        return {"effective_on": self.cleaned_data["effective_on"], "reason": self.cleaned_data["leaving"]}

    def write(self, unit: "Batch", case: "Case") -> None:
        given = self.cleaned_data
        services.recommend(
            case,
            by=unit.by,
            verdict=given["outcome"],
            reasons=given["reasons"],
            idea=given["idea"] if given["outcome"] == Verdict.GO else "",
            on=unit.today,
            at=unit.at,
        )
        if given["outcome"] == Verdict.REDIRECT:
            services.fill_in_questionnaire(case, by=unit.by, on=given["effective_on"], at=unit.at, **self.answers)


class OpinionForm(WorkForm):
    """Whether the psychologist supports the recommendation; the notes go into their restricted place."""

    supports = yes_or_no(gettext_lazy("I support the recommendation"))
    notes = prose(
        gettext_lazy("Notes"),
        required=False,
        max_length=4000,
        help_text=gettext_lazy("Kept apart: only psychologists of this case read them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supports"].help_text = in_words(self.case)

    def write(self, unit: "Batch", case: "Case") -> None:
        given = self.cleaned_data
        services.give_opinion(
            case, by=unit.by, supports=given["supports"], on=unit.today, notes=given["notes"], at=unit.at
        )


class ConfirmationForm(WorkForm):
    """The coordinator stands behind the recommendation, or sends it back."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("The recommendation"),
        choices=[
            ("confirmed", gettext_lazy("I confirm it: propose incubation")),
            ("sent_back", gettext_lazy("back to the tutor")),
        ],
        widget=forms.RadioSelect,
    )
    note = prose(gettext_lazy("Note"), required=False, help_text=gettext_lazy("Needed when it goes back: why."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].help_text = in_words(self.case)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("outcome") == "sent_back" and not given.get("note"):
            self.add_error("note", _("Say why it goes back."))
        return given

    def write(self, unit: "Batch", case: "Case") -> None:
        if self.way == "confirmed":
            services.confirm_recommendation(case, by=unit.by, on=unit.today, at=unit.at)


def in_words(case: "Case") -> str:
    """The latest recommendation with what the psychologist thinks of it."""
    latest = Recommendation.objects.filter(case=case).order_by("-pk").select_related("opinion", "recorded_by").first()
    if latest is None:
        return ""
    opinion = getattr(latest, "opinion", None)
    parts = [f"{latest.get_verdict_display()} ({latest.recorded_by})", latest.idea, latest.reasons]
    if opinion is not None:
        parts.append(
            _("The psychologist supports it.") if opinion.supports else _("The psychologist does not support it.")
        )
    return " · ".join(filter(None, parts))
