"""Forms of support: diagnosis, plan, monthly and quarterly reviews."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorDict
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import PrivateBarriers
from cases.participants import services
from cases.participants.forms.fields import (
    DayOfMove,
    PastDay,
    RowField,
    label_of,
    none_to_five,
    one_to_five,
    prose,
)
from cases.participants.models import Diagnosis, ParticipantCase, Plan, PlanAction, Review
from cases.participants.support import SupportOfPeriod, period_of, support_in
from cases.templatetags.hours import in_hours
from roles.form_layout import Section
from workflows.forms import AskForm, WorkForm

if TYPE_CHECKING:
    from workflows.batch import Batch
    from workflows.models import Case

SCALES = ("communication", "cooperation", "initiative", "organisation", "vocational", "digital")
BARRIERS = ("transport", "housing")
#: Barriers that only some roles read back.
PRIVATE = ("debts", "care")
#: The rows for actions that a plan can have.
ACTIONS = tuple(f"action_{number}" for number in range(1, 25))


class DiagnosisForm(WorkForm):
    """Competence and barrier scales, strengths and needs. Health is for the psychologist's notes, never for this form.

    Debts and family are written here and never shown again: reading them is logged elsewhere.
    """

    sections: ClassVar[tuple[Section, ...]] = (
        Section(gettext_lazy("Competences"), SCALES, gettext_lazy("1 very weak – 5 very strong")),
        Section(
            gettext_lazy("Barriers"),
            BARRIERS,
            gettext_lazy("How much it stands in the way: 0 not at all – 5 very much"),
        ),
        Section(
            gettext_lazy("Debts and family"),
            (*PRIVATE, "detail"),
            gettext_lazy("0 not at all – 5 very much. Read back only by some roles, for a reason that is logged."),
        ),
        Section(gettext_lazy("Strengths and needs"), ("strengths", "needs")),
    )

    diagnosed_on = PastDay(label=gettext_lazy("Diagnosed on"), initial=localdate)
    detail = prose(gettext_lazy("About debts and family"), required=False)
    strengths = prose(gettext_lazy("Strengths"))
    needs = prose(
        gettext_lazy("Needs"), help_text=gettext_lazy("No health data here: they belong in the psychologist's notes.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SCALES:
            label = str(label_of(Diagnosis, name)).capitalize()
            self.fields[name] = one_to_five(label)
        for name in BARRIERS:
            self.fields[name] = none_to_five(str(label_of(Diagnosis, name)).capitalize())
        recorded = PrivateBarriers.objects.filter(case=self.case).exists()
        for name in PRIVATE:
            label = str(label_of(PrivateBarriers, name)).capitalize()
            self.fields[name] = none_to_five(label, required=not recorded)
            if recorded:
                self.fields[name].help_text = _("Answered; choose again only to correct it.")
        if recorded:
            self.fields["detail"].help_text = _("What is recorded stays unless something new is written here.")
        self.order_by_sections()

    def proposed(self) -> dict[str, Any]:
        known = Diagnosis.objects.filter(case=self.case).first()
        if known is None:
            return {}
        return {name: getattr(known, name) for name in (*SCALES, *BARRIERS, "diagnosed_on", "strengths", "needs")}

    @property
    def facts(self) -> dict[str, Any]:
        """What was found, as far as everybody on the case reads it."""
        return {name: value for name, value in self.cleaned_data.items() if name not in (*PRIVATE, "detail")}

    @property
    def private(self) -> dict[str, Any]:
        """What was said now of debts and family."""
        said = {name: self.cleaned_data[name] for name in PRIVATE if self.cleaned_data[name] is not None}
        return said | ({"detail": self.cleaned_data["detail"]} if self.cleaned_data["detail"] else {})

    def write(self, unit: "Batch", case: "Case") -> None:
        services.diagnose(case, by=unit.by, at=unit.at, private=self.private, **self.facts)


class ActionField(RowField):
    """One action of a plan: what, who, until when, how one will know."""

    says_nothing: ClassVar[frozenset[str]] = frozenset({"who"})

    def parts(self) -> dict[str, forms.Field]:
        return {
            "what": forms.CharField(label=gettext_lazy("What"), max_length=300, required=False),
            "who": forms.ChoiceField(label=gettext_lazy("Who"), choices=PlanAction.Who.choices, required=False),
            "until": forms.DateField(label=gettext_lazy("Until"), required=False),
            "measure": forms.CharField(label=gettext_lazy("How one will know"), max_length=200, required=False),
        }


class MoreRows(forms.Widget):
    """A button that opens more rows, without a script."""

    template_name = "participants/_more_rows.html"
    is_button = True

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return render_to_string(self.template_name, self.get_context(name, value, attrs))


class PlanForm(WorkForm):
    """Goal and actions, agreed by the participant and by the tutor. Six rows are open; a button opens six more."""

    ROWS: ClassVar[int] = 6
    MOST: ClassVar[int] = len(ACTIONS)
    sections: ClassVar[tuple[Section, ...]] = (
        Section(gettext_lazy("Actions of the plan"), (*ACTIONS, "more"), needs_some=True),
        Section(gettext_lazy("Agreement"), ("agreed_by_participant_on", "agreed_by_tutor_on")),
    )

    goal = prose(gettext_lazy("Goal"), max_length=1000)
    agreed_by_participant_on = PastDay(label=gettext_lazy("Agreed by the participant on"))
    agreed_by_tutor_on = PastDay(label=gettext_lazy("Agreed by the tutor on"), initial=localdate)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in enumerate(ACTIONS, 1):
            self.fields[name] = ActionField(label=_("Action %(number)s") % {"number": number})
        self.fields["more"] = forms.BooleanField(label=_("More actions?"), required=False, widget=MoreRows())
        self.order_by_sections()

    def __iter__(self) -> Iterator[BoundField]:
        """The fields without the empty rows at the end, but for some to write into."""
        filled = [number for number, name in enumerate(ACTIONS, 1) if self._is_filled(name)]
        open_rows = max(self.ROWS, max(filled, default=0) + self.ROWS * self.wants_more)
        hidden = set(ACTIONS[open_rows:]) | ({"more"} if open_rows >= self.MOST else set())
        return (self[name] for name in self.fields if name not in hidden)

    @property
    def wants_more(self) -> bool:
        """Whether the button for more rows was pressed: then nothing is sent on."""
        return self.is_bound and self.add_prefix("more") in self.data

    @property
    def errors(self) -> ErrorDict:
        return ErrorDict() if self.wants_more else super().errors

    def is_valid(self) -> bool:
        return not self.wants_more and super().is_valid()

    def proposed(self) -> dict[str, Any]:
        """What the latest version says, without what has been done."""
        plan = Plan.objects.filter(case=self.case).order_by("-version").first()
        if plan is None:
            return {}
        rows = {
            f"action_{number}": {name: getattr(action, name) for name in ("what", "who", "until", "measure")}
            for number, action in enumerate(plan.actions.filter(done_on=None)[: self.MOST], 1)
        }
        return {"goal": plan.goal} | rows

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.actions and not any(name in self.errors for name in ACTIONS):
            self.add_error("action_1", _("A plan needs at least one action."))
        return given

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The rows that were filled in."""
        return [row for name in ACTIONS if (row := self.cleaned_data.get(name))]

    def write(self, unit: "Batch", case: "Case") -> None:
        agreed = {name: self.cleaned_data[name] for name in ("agreed_by_participant_on", "agreed_by_tutor_on")}
        services.agree_plan(
            case, by=unit.by, goal=self.cleaned_data["goal"], actions=self.actions, at=unit.at, **agreed
        )

    def _is_filled(self, name: str) -> bool:
        field: ActionField = self.fields[name]  # type: ignore[assignment]
        value = self[name].value()
        row = dict(zip(field.names, value, strict=False)) if isinstance(value, list) else value or {}
        return field.is_written(row)


class PlanChangeForm(PlanForm, DayOfMove, AskForm):
    """Another plan than the one in force, agreed by both; it counts once the supervisor has approved it."""

    move = "change_plan"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].initial = localdate
        self.fields["note"].label = _("Why the plan changes")
        self.fields["note"].required = True


class PlanChangeInIncubationForm(PlanChangeForm):
    """The same during incubation."""

    move = "change_plan_in_incubation"


class ReviewForm(WorkForm):
    """How a period went; opens with what the sessions of the period show."""

    kind: ClassVar[Review.Kind]

    progress = forms.ChoiceField(
        label=gettext_lazy("Progress"), choices=Review.Progress.choices, widget=forms.RadioSelect
    )
    done = prose(gettext_lazy("What was done"))
    following = prose(gettext_lazy("What comes next"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["done"].help_text = self._summary()

    @property
    def period(self) -> tuple[date, date]:
        """First and last day of what is reviewed."""
        if not hasattr(self, "_period"):
            self._period = period_of(self.case, self.kind, until=self._last_day())
        return self._period

    @property
    def support(self) -> SupportOfPeriod:
        """What the person received in the period."""
        if not hasattr(self, "_support"):
            self._support = support_in(self.case, *self.period)
        return self._support

    def proposed(self) -> dict[str, Any]:
        return {"done": "\n".join(self.support.lines)}

    def write(self, unit: "Batch", case: "Case") -> None:
        given = {name: self.cleaned_data[name] for name in ("progress", "done", "following")}
        services.review(
            case, by=unit.by, kind=self.kind, until=self.period[1], hours=self.support.hours, at=unit.at, **given
        )

    def _last_day(self) -> date:
        return self.item.anchor if self.item is not None and self.item.anchor else localdate()

    def _summary(self) -> str:
        since, until = (date_format(day, "SHORT_DATE_FORMAT") for day in self.period)
        return _("Support from %(since)s to %(until)s: %(hours)s hours in %(sessions)s sessions.") % {
            "since": since,
            "until": until,
            "hours": in_hours(self.support.hours),
            "sessions": len(self.support.attendances),
        }


class MonthlyReviewForm(ReviewForm):
    """The tutor's review of a month."""

    kind = Review.Kind.MONTH


class PlanReviewForm(ReviewForm):
    """The quarterly review of the plan: which actions are done, and how it goes on."""

    kind = Review.Kind.PLAN
    case: ParticipantCase

    done_actions = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Actions done"),
        queryset=PlanAction.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan = self.case.plan_in_force
        actions = plan.actions.filter(done_on=None) if plan else PlanAction.objects.none()
        self.fields["done_actions"].queryset = actions  # type: ignore[attr-defined]
        self.order_fields(["done_actions"])

    def write(self, unit: "Batch", case: "Case") -> None:
        super().write(unit, case)
        services.finish_actions(self.cleaned_data["done_actions"], by=unit.by, on=self.period[1])
