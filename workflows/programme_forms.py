"""Forms of a programme: its frame, and one parameter from a day on."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from roles.models import Organisation
from workflows.models import Programme
from workflows.parameters import Parameter


class ProgrammeForm(forms.ModelForm):  # type: ignore[type-arg]
    """Code, name, dates, places, organisations, and until when its reporting is closed."""

    class Meta:
        model = Programme
        fields = ("code", "name", "starts_on", "ends_on", "places", "organisations", "closed_until")
        widgets = {"organisations": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, offered: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisations"].queryset = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("starts_on"), given.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day lies before the first."))
        return given


class ParameterForm(forms.Form):
    """What the parameter is worth, and from which day."""

    valid_from = forms.DateField(label=_("From"), widget=forms.DateInput)

    def __init__(self, *args: Any, parameter: Parameter[Any], worth: int | bool | str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = _field_for(parameter)
        self.order_fields(["value", "valid_from"])
        self.initial.update(value=worth, valid_from=localdate())


def _field_for(parameter: Parameter[Any]) -> forms.Field:
    """A number, a switch or a word, as the parameter's default is."""
    words = {"label": parameter.label, "help_text": parameter.unit}
    if isinstance(parameter.default, bool):
        return forms.BooleanField(required=False, **words)  # type: ignore[arg-type]
    if isinstance(parameter.default, int):
        return forms.IntegerField(min_value=parameter.lowest, max_value=100_000, **words)  # type: ignore[arg-type]
    return forms.CharField(max_length=60, required=False, **words)  # type: ignore[arg-type]
