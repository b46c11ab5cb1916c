"""Fields that several forms of the room share: days, rows of inputs, yes or no, the exit questionnaire."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Document
from cases.participants.models import ExitQuestionnaire, ParticipantCase
from roles.models import User
from roles.templatetags.polish_dates import exact_date
from workflows.batch import BACKDATING_DAYS
from workflows.forms import WorkForm
from workflows.models import Case

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NOTHING = ("", "—")
YES_NO = (("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))
SCALE = [(str(step), str(step)) for step in range(1, 6)]


def label_of(model: type[Model], name: str) -> "str | _StrPromise":
    """What the field of a model is called."""
    label: str | _StrPromise = model._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    return label


def prose(label: "str | _StrPromise", *, rows: int = 3, required: bool = True, **options: Any) -> forms.CharField:
    """A field for some sentences."""
    options.setdefault("max_length", 2000)
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), required=required, **options)


def yes_or_no(label: "str | _StrPromise", *, required: bool = True, **options: Any) -> forms.TypedChoiceField:
    """A question that is answered with yes or no; None when it was not answered."""
    return forms.TypedChoiceField(
        label=label,
        choices=YES_NO,
        widget=forms.RadioSelect,
        coerce=lambda answer: answer == "yes",
        empty_value=None,
        required=required,
        **options,
    )


def one_to_five(label: "str | _StrPromise", *, required: bool = True, **options: Any) -> forms.TypedChoiceField:
    """A question answered on a scale from 1 (very weak) to 5 (very strong)."""
    return forms.TypedChoiceField(
        label=label, choices=SCALE, widget=forms.RadioSelect, coerce=int, empty_value=None, required=required, **options
    )


def none_to_five(label: "str | _StrPromise", *, required: bool = True, **options: Any) -> forms.TypedChoiceField:
    """A question answered from 0 (not at all) to 5 (very much)."""
    return forms.TypedChoiceField(
        label=label,
        choices=[("0", "0"), *SCALE],
        widget=forms.RadioSelect,
        coerce=int,
        empty_value=None,
        required=required,
        **options,
    )


class PastDay(forms.DateField):
    """A day that has come."""

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value and value > localdate():
            raise ValidationError(_("This day lies in the future."))


class RowWidget(forms.MultiWidget):
    """Several inputs of one thing in a row, each with its own label."""

    def __init__(self, widgets: Mapping[str, forms.Widget], labels: "Mapping[str, str | _StrPromise]") -> None:
        self.labels = labels
        super().__init__(dict(widgets))

    def decompress(self, value: Mapping[str, Any] | None) -> list[Any]:
        """The parts of a row, in the order of the inputs."""
        return [(value or {}).get(name) for name in self.labels]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = self.get_context(name, value, attrs)
        parts = zip(context["widget"]["subwidgets"], self.widgets, self.labels.values(), strict=True)
        for part, widget, label in parts:
            if isinstance(widget, forms.Select):
                part["attrs"]["class"] = part["attrs"].get("class", "").replace("form-control", "form-select")
            part["label"] = label
            part["html"] = self._render(part["template_name"], {"widget": part}, renderer)  # type: ignore[attr-defined]
        return render_to_string("participants/_row_of_inputs.html", context)


class RowField(forms.MultiValueField):
    """A row of inputs whose value is a dictionary, empty when nothing was written; with something written all are needed."""

    #: Parts that may stay empty in a row with something in it, and parts that say nothing by themselves.
    may_lack: ClassVar[frozenset[str]] = frozenset()
    says_nothing: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **options: Any) -> None:
        parts = self.parts()
        labels = {name: part.label or "" for name, part in parts.items()}
        widget = RowWidget({name: part.widget for name, part in parts.items()}, labels)
        self.names = list(parts)
        options.setdefault("required", False)
        super().__init__(list(parts.values()), widget=widget, require_all_fields=False, **options)

    def parts(self) -> dict[str, forms.Field]:
        """The inputs by name; none of them is required by itself."""
        raise NotImplementedError

    def compress(self, data_list: list[Any]) -> dict[str, Any]:
        row = dict(zip(self.names, data_list or [None] * len(self.names), strict=True))
        if not self.is_written(row):
            return {}
        missing = [name for name, value in row.items() if value in (None, "") and name not in self.may_lack]
        if missing:
            labels = ", ".join(str(self.fields[self.names.index(name)].label) for name in missing)
            raise ValidationError(_("Missing in this row: %(fields)s.") % {"fields": labels})
        return row

    def is_written(self, row: dict[str, Any]) -> bool:
        """Whether somebody wrote something into the row."""
        return any(value not in (None, "") for name, value in row.items() if name not in self.says_nothing)


class DocumentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the case's documents that the writer may see, named with its version."""

    def __init__(self, documents: "QuerySet[Document] | None" = None, **options: Any) -> None:
        known: dict[str, Any] = {"label": gettext_lazy("Document"), "required": False, "empty_label": "—"}
        super().__init__(queryset=Document.objects.none() if documents is None else documents, **known | options)

    def label_from_instance(self, obj: Document) -> str:
        """The title; the version where there were several."""
        return f"{obj.title} ({_('version')} {obj.version})" if obj.version > 1 else obj.title


def documents_for(case: Case, user: User) -> "QuerySet[Document]":
    """The documents of the case that this person may see, restricted ones included where their role reads these."""
    return Document.objects.visible_to(user).current().filter(case=case).order_by("title", "pk")


class DayOfMove(WorkForm):
    """A form that says when a move takes effect: not in the future, not before the previous move, not too far back."""

    case: ParticipantCase

    def clean_effective_on(self) -> date | None:
        """The day, as the engine will accept it."""
        day: date | None = self.cleaned_data.get("effective_on")
        if day is None:
            return None
        limit = self.case.programme.value(BACKDATING_DAYS, localdate())
        if day > localdate():
            raise ValidationError(_("The day it takes effect lies in the future."))
        if day < self.case.last_move_on:
            raise ValidationError(
                _("It cannot take effect before the previous move, %(day)s.")
                % {"day": exact_date(self.case.last_move_on)}
            )
        if day < localdate() - timedelta(days=limit):
            raise ValidationError(_("It cannot be back-dated by more than %(days)s days.") % {"days": limit})
        return day


class AsksTheLeaver(WorkForm):
    """The exit questionnaire as a part of a form that proposes to let somebody leave."""

    QUESTIONS: ClassVar[tuple[str, ...]] = ("situation", "usefulness", "would_recommend")

    situation = one_to_five(
        gettext_lazy("My situation now (1 much worse – 5 much better)"),
        required=False,
        help_text=gettext_lazy("The exit questionnaire: what the person says."),
    )
    usefulness = one_to_five(gettext_lazy("How useful the support was (1 not at all – 5 very)"), required=False)
    would_recommend = yes_or_no(gettext_lazy("I would recommend it to others"), required=False)
    remarks = prose(gettext_lazy("Remarks of the person"), required=False, max_length=1000)

    def proposed(self) -> dict[str, Any]:
        said = ExitQuestionnaire.objects.filter(case=self.case).first()
        if said is None:
            return super().proposed()
        answers = {name: getattr(said, name) for name in (*self.QUESTIONS, "remarks")}
        return super().proposed() | answers | {"would_recommend": "yes" if said.would_recommend else "no"}

    def insist_on_answers(self) -> None:
        """Every question needs an answer now."""
        for name in self.QUESTIONS:
            if self.cleaned_data.get(name) is None and name not in self.errors:
                self.add_error(name, _("The exit questionnaire belongs to leaving."))

    @property
    def answers(self) -> dict[str, Any]:
        """What the person said."""
        return {name: self.cleaned_data[name] for name in (*self.QUESTIONS, "remarks")}
