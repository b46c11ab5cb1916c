"""How a form's field is dressed: which layout its widget needs, and Tabler's class on it."""

from collections.abc import Mapping
from typing import Any, Literal

from django import forms, template
from django.forms.boundfield import BoundField

from roles import form_layout
from roles.form_layout import Part

register = template.Library()

Layout = Literal["hidden", "choices", "row", "group", "check", "one"]

#: How many letters the answers to a question may have together to stand in one row.
SHORT = 40

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


@register.filter
def has_buttons_within(form: forms.Form | None) -> bool:
    """Whether a field of the form is a button: Enter would press it, being the first of the form, instead of sending the form on."""
    return form is not None and any(getattr(field.widget, "is_button", False) for field in form.fields.values())


@register.simple_tag
def dress(field: BoundField, label: str = "", hint: str = "") -> Layout:
    """Give the widget its class and native picker, the field its label and hint; tell which layout it needs."""
    field.label = label or field.label
    field.help_text = hint or field.help_text
    widget = field.field.widget
    layout, name = next((layout, name) for kind, layout, name in CLASSES if isinstance(widget, kind))
    for part in [widget, *getattr(widget, "widgets", [])]:
        _dress_widget(part, name, is_wrong=bool(field.errors))
    if isinstance(widget, forms.Select | forms.RadioSelect):
        _mark_what_opens(widget, form_layout.opened_by(field))
    return "row" if layout == "choices" and _is_short(widget) else layout


@register.simple_tag
def parts_of(form: forms.BaseForm | None) -> list[Part]:
    """The fields of a form in the sections that it declares."""
    return form_layout.parts_of(form) if form else []


@register.simple_tag
def wanted_by(field: BoundField) -> str:
    """The numbers of the conditions under which the field is shown; empty when it always is."""
    return form_layout.wanted_by(field)


@register.simple_tag
def choices_for(field: BoundField) -> str:
    """The choices under which the field is wanted, in words."""
    return ", ".join(form_layout.choices_for(field))


@register.filter
def may_stay_empty(field: BoundField) -> bool:
    """Whether the field is marked as optional."""
    return form_layout.may_stay_empty(field)


@register.filter
def first_input_id(field: BoundField) -> str:
    """The id that an error's link leads to: the input, or the first of a group."""
    if isinstance(field.field.widget, forms.RadioSelect | forms.MultiWidget):
        return f"{field.auto_id}_0"
    return field.id_for_label


def _is_short(widget: forms.Widget) -> bool:
    """Whether it is one question with few short answers: yes or no, a scale."""
    if not isinstance(widget, forms.RadioSelect) or isinstance(widget, forms.CheckboxSelectMultiple):
        return False
    return sum(len(str(label)) for _value, label in widget.choices) <= SHORT


def _mark_what_opens(widget: forms.Select | forms.RadioSelect, opened: Mapping[str, str]) -> None:
    """Let every choice say which conditions it meets; the style sheet shows what is wanted then."""
    plain = widget.create_option

    def create_option(name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = plain(name, value, *args, **kwargs)
        if str(value) in opened:
            option["attrs"]["data-opens"] = opened[str(value)]
        return option

    if opened:
        setattr(widget, "create_option", create_option)  # noqa: B010  # mypy takes no assignment to a method


def _dress_widget(widget: forms.Widget, name: str, *, is_wrong: bool) -> None:
    classes = [widget.attrs.get("class", ""), name, "is-invalid" if is_wrong else ""]
    widget.attrs["class"] = " ".join(filter(None, classes))
    if isinstance(widget, forms.DateInput | forms.DateTimeInput | forms.TimeInput):
        widget.input_type, widget.format = next(PICKERS[kind] for kind in PICKERS if isinstance(widget, kind))
