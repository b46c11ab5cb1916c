"""What the style guide shows: an invented form, stages, people and deadlines, in every state that a component knows."""

from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from roles.form_layout import LaidOut, When
from roles.role import Role


class SampleForm(LaidOut):
    """One field for every kind of widget; hours are asked for by those who approve."""

    wanted_when = {"hours": When("outcome", ("approve",), may_lack=True)}

    name = forms.CharField(label=_("First and last name"))
    pesel = forms.CharField(
        label="PESEL", help_text=_("11 digits; the date of birth and the sex are filled in from it.")
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    starts_on = forms.DateField(label=_("Starts on"))
    hours = forms.DecimalField(label=_("Hours"), min_value=0, required=False)
    outcome = forms.ChoiceField(
        label=_("Decision"), choices=[("approve", _("Approve")), ("return", _("Return"))], widget=forms.RadioSelect
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices[:4], widget=forms.CheckboxSelectMultiple, required=False
    )
    note = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    scan = forms.FileField(label=_("Document"), required=False)
    agreed = forms.BooleanField(
        label=_("The person has read the plan"), help_text=_("Without it the plan is not agreed.")
    )
    case = forms.IntegerField(widget=forms.HiddenInput, initial=1)


class SampleFilter(forms.Form):
    """The filters above a list."""

    stage = forms.ChoiceField(label=_("Stage"), choices=[("", _("All"))], required=False)
    territory = forms.ChoiceField(label=_("Powiat"), choices=[("", _("All")), ("3026", "śremski")], required=False)
    due = forms.ChoiceField(label=_("Due"), choices=[("", _("Any")), ("late", _("overdue"))], required=False)


@dataclass(frozen=True)
class SampleStage:
    """A stage as the stepper wants it."""

    label: object
    state: str
    note: object = ""


@dataclass(frozen=True)
class SampleItem:
    """A row of a work list."""

    pk: int
    person: str
    number: str
    task: object
    stage: object
    tone: str
    powiat: str
    due: date
    is_late: bool


def samples(today: date, sent: QueryDict | None = None) -> dict[str, object]:
    """The context of the style guide's page: deadlines counted from this day, the form as it was sent."""
    wrong = SampleForm({"pesel": "44051401358", "outcome": "", "hours": "-1", "case": "1"}, auto_id="wrong_%s")
    wrong.add_error(None, forms.ValidationError(_("The plan has not been agreed yet.")))
    wrong.add_error("pesel", forms.ValidationError(_("The check digit of the PESEL number is wrong.")))
    return {
        "today": today,
        "form": SampleForm(sent, initial={"name": "Łucja Źródlana", "starts_on": today}),
        "wrong": wrong,
        "filter": SampleFilter({"due": "late"}, auto_id="filter_%s"),
        "keep": [("tab", "todo")],
        "trail": [(_("My work"), "#tables"), (_("Cases"), "#pages")],
        "stages": stages(),
        "rows": rows(today),
        "late": today - timedelta(days=2),
        "soon": today + timedelta(days=1),
        "later": today + timedelta(days=22),
    }


def stages() -> list[SampleStage]:
    """A case half-way."""
    return [
        SampleStage(_("Recruitment"), "done", "12.01.2026"),
        SampleStage(_("Pre-incubation"), "done", "30.03.2026"),
        SampleStage(_("Incubation"), "current"),
        SampleStage(_("Graduated"), "future"),
        SampleStage(_("Closed"), "future"),
    ]


def rows(today: date) -> list[SampleItem]:
    """Five pieces of work, two of them late."""
    diagnosis, plan = _("Diagnosis of needs"), _("Agree the development plan")
    pre, inc = (_("Pre-incubation"), "early"), (_("Incubation"), "mid")
    people = [
        ("Michał Kaźmierczak", "U/2026/000034", diagnosis, pre, "leszczyński", -2),
        ("Anna Wiśniewska", "U/2026/000033", plan, inc, "wągrowiecki", -1),
        ("Róża Żak", "U/2026/000032", diagnosis, inc, "ostrzeszowski", 0),
        ("Zbigniew Gąsiorowski", "U/2026/000031", plan, pre, "ostrzeszowski", 5),
        ("Bożena Dąbrowska-Świętosławska", "U/2026/000030", diagnosis, inc, "czarnkowsko-trzcianecki", 22),
    ]
    return [
        SampleItem(pk, person, number, task, stage, tone, powiat, today + timedelta(days=days), days < 0)
        for pk, (person, number, task, (stage, tone), powiat, days) in enumerate(people, start=1)
    ]
