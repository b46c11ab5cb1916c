"""How a form's field is dressed: which layout its widget needs, and Tabler's class on it."""

from typing import Literal

from django import forms, template
from django.forms.boundfield import BoundField

register = template.Library()

Layout = Literal["hidden", "choices", "group", "check", "one"]

#: The first that fits, so the narrower class stands before the wider; Django's checkbox group is a radio group.
CLASSES: list[tuple[type[forms.Widget], Layout, str]] = [
    (forms.MultipleHiddenInput, "hidden", ""),
    (forms.HiddenInput, "hidden", ""),
    (forms.RadioSelect, "choices", "form-check-input"),
    (forms.CheckboxInput, "check", "form-check-input"),
    (forms.SelectDateWidget, "group", "form-select"),
    (forms.MultiWidget, "group", "form-control"),
    (forms.Select, "one", "form-select"),
    (forms.Widget, "one", "form-control"),
]

#: Native pickers; browsers take and give ISO dates.
PICKERS: dict[type[forms.Widget], tuple[str, str]] = {
    forms.DateInput: ("date", "%Y-%m-%d"),
    forms.DateTimeInput: ("datetime-local", "%Y-%m-%dT%H:%M"),
    forms.TimeInput: ("time", "%H:%M"),
}


@register.simple_tag
def dress(field: BoundField, label: str = "", hint: str = "") -> Layout:
    """Give the widget its class and native picker, the field its label and hint; tell which layout it needs."""
    field.label = label or field.label
    field.help_text = hint or field.help_text
    widget = field.field.widget
    layout, name = next((layout, name) for kind, layout, name in CLASSES if isinstance(widget, kind))
    for part in [widget, *getattr(widget, "widgets", [])]:
        _dress_widget(part, name, is_wrong=bool(field.errors))
    return layout


@register.filter
def first_input_id(field: BoundField) -> str:
    """The id that an error's link leads to: the input, or the first of a group."""
    if isinstance(field.field.widget, forms.RadioSelect | forms.MultiWidget):
        return f"{field.auto_id}_0"
    return field.id_for_label


def _dress_widget(widget: forms.Widget, name: str, *, is_wrong: bool) -> None:
    classes = [widget.attrs.get("class", ""), name, "is-invalid" if is_wrong else ""]
    widget.attrs["class"] = " ".join(filter(None, classes))
    if isinstance(widget, forms.DateInput | forms.DateTimeInput | forms.TimeInput):
        widget.input_type, widget.format = next(PICKERS[kind] for kind in PICKERS if isinstance(widget, kind))
