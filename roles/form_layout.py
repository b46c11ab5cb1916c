"""How a form is laid out: which of its fields stand together, and under which choice a field is wanted at all."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

#: How many different conditions the style sheet knows in one form (`data-wanted` in parts.css).
MOST_CONDITIONS = 9


@dataclass(frozen=True)
class When:
    """Choices of another field under which a field is wanted. Then it may not be empty, unless it `may_lack`."""

    field: str
    choices: tuple[str, ...]
    may_lack: bool = dataclasses.field(default=False, compare=False)


@dataclass(frozen=True)
class Section:
    """Fields that stand together under a title, in this order, with a sentence on why they are asked.

    `needs_some`: not every field is compulsory, but something of them is.
    """

    title: "str | _StrPromise"
    fields: tuple[str, ...]
    note: "str | _StrPromise" = ""
    needs_some: bool = False


@dataclass(frozen=True)
class Part:
    """A section as it is drawn; the fields outside every section are a part without a title."""

    fields: list[BoundField]
    section: Section | None = None

    @property
    def wanted(self) -> str:
        """The numbers of the conditions under which any of it is wanted, with spaces."""
        return " ".join(sorted(set.intersection(*({*wanted_by(each).split()} for each in self.fields))))

    @property
    def is_optional(self) -> bool:
        """Whether the title can say once that nothing of it is compulsory."""
        needed = self.section is None or self.section.needs_some
        return not needed and all(may_stay_empty(each) for each in self.fields)

    @property
    def is_plain(self) -> bool:
        """Whether its fields need not say each that they may stay empty."""
        return self.is_optional or (self.section is not None and self.section.needs_some)


class LaidOut(forms.Form):
    """A form that says where its fields stand and under which choices they are shown.

    The style sheet hides the others, and a browser with JavaScript does not send them; what fits together is for `clean` to say.
    """

    sections: ClassVar[tuple[Section, ...]] = ()
    wanted_when: ClassVar[Mapping[str, When]] = {}

    def conditions_of(self, name: str) -> Iterator[When]:
        """What has to be chosen for a field to be wanted: its own condition, and that of the field it depends on."""
        condition = self.wanted_when.get(name)
        if condition is not None and condition.field in self.fields:
            yield condition
            yield from self.conditions_of(condition.field)

    def is_wanted(self, name: str) -> bool:
        """Whether what was sent meets the conditions of a field."""
        return all((self[each.field].data or "") in each.choices for each in self.conditions_of(name))

    def number_of(self, condition: When) -> int:
        """By which number the style sheet knows a condition, from 1."""
        return list(dict.fromkeys(self.wanted_when.values())).index(condition) + 1

    def order_by_sections(self) -> None:
        """Put the fields into the order of the sections, those outside every section first."""
        ordered = [name for section in self.sections for name in section.fields]
        self.order_fields([*(name for name in self.fields if name not in ordered), *ordered])


def parts_of(form: forms.BaseForm) -> list[Part]:
    """The fields that a form shows, section by section; those outside every section come first."""
    shown = {each.name: each for each in form}
    parts = []
    for section in form.sections if isinstance(form, LaidOut) else ():
        fields = [shown.pop(name) for name in section.fields if name in shown]
        if fields:
            parts.append(Part(fields, section))
    return [Part(list(shown.values())), *parts] if shown else parts


def wanted_by(bound: BoundField) -> str:
    """The numbers of the conditions under which a field is shown, with spaces.

    Empty when it always is; also when something was written that the choice does not want, for then its error is to be seen.
    """
    form = bound.form
    if not isinstance(form, LaidOut) or (bound.errors and not form.is_wanted(bound.name)):
        return ""
    return " ".join(str(form.number_of(each)) for each in form.conditions_of(bound.name))


def opened_by(bound: BoundField) -> dict[str, str]:
    """For each choice of a field the numbers of the conditions that it meets, with spaces."""
    form = bound.form
    opened: dict[str, list[str]] = {}
    if not isinstance(form, LaidOut):
        return {}
    for condition in dict.fromkeys(form.wanted_when.values()):
        if condition.field == bound.name:
            for choice in condition.choices:
                opened.setdefault(str(choice), []).append(str(form.number_of(condition)))
    return {choice: " ".join(numbers) for choice, numbers in opened.items()}


def choices_for(bound: BoundField) -> list[str]:
    """In words, the choices under which a field is wanted; empty when it always is."""
    form = bound.form
    condition = next(form.conditions_of(bound.name), None) if isinstance(form, LaidOut) else None
    if condition is None:
        return []
    offered: Any = form.fields[condition.field]
    return [str(label) for value, label in offered.choices if str(value) in condition.choices]


def may_stay_empty(bound: BoundField) -> bool:
    """Whether a field is to be marked as optional: it is not required, nor when it is wanted."""
    form = bound.form
    condition = form.wanted_when.get(bound.name) if isinstance(form, LaidOut) else None
    return not bound.field.required and (condition is None or condition.may_lack)
