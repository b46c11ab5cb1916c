"""Fields about the person, the situation on entry, and the four answers: for registering, applying and correcting."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.identifiers import ImpossibleDateError, WrongCheckDigitError, WrongLengthError, read_pesel
from cases.models import AccessNeed, EntryData, LabourStatus, Person, SensitiveAnswers, TriState
from cases.models.records import UNEMPLOYED, detail_fits
from cases.participants.forms.fields import label_of
from roles.form_layout import LaidOut, Section, When
from roles.models import Territory

WRONG_PESEL = {
    WrongLengthError: gettext_lazy("A PESEL has eleven digits."),
    WrongCheckDigitError: gettext_lazy("The digits of this PESEL do not agree with one another."),
    ImpossibleDateError: gettext_lazy("This PESEL begins with an impossible date."),
}


class PeselField(forms.CharField):
    """Eleven digits that agree with one another."""

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "off"}
        super().__init__(label="PESEL", max_length=20, widget=forms.TextInput(attrs=attrs), **options)

    def validate(self, value: str) -> None:
        super().validate(value)
        if value:
            try:
                read_pesel(value)
            except (WrongLengthError, WrongCheckDigitError, ImpossibleDateError) as error:
                raise ValidationError(WRONG_PESEL[type(error)]) from None


class AboutThePerson(LaidOut):
    """Who somebody is and how to reach them. A PESEL fills in birth date and sex."""

    PLAIN: ClassVar[tuple[str, ...]] = (
        "first_name",
        "last_name",
        "birth_date",
        "sex",
        "place",
        "street",
        "postcode",
        "gmina",
        "phone",
        "email",
        "preferred_contact",
        "access_note",
    )
    NUMBERS: ClassVar[tuple[str, ...]] = ("pesel", "other_identifier")
    sections: ClassVar[tuple[Section, ...]] = (
        Section(gettext_lazy("Person"), ("first_name", "last_name", *NUMBERS, "birth_date", "sex")),
        Section(
            gettext_lazy("Address and contact"),
            ("street", "postcode", "place", "gmina", "phone", "email", "preferred_contact"),
        ),
        Section(gettext_lazy("Accessibility needs"), ("access_needs", "access_note")),
    )

    pesel = PeselField(required=False, help_text=gettext_lazy("Birth date and sex are read from it."))
    other_identifier = forms.CharField(
        label=gettext_lazy("Other identifier"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Without a PESEL: the kind and number of another document."),
    )
    access_needs = forms.MultipleChoiceField(
        label=gettext_lazy("Access needs"),
        choices=AccessNeed.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("What the person needs in order to take part."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= fields_for_model(Person, self.PLAIN)
        self.order_by_sections()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("pesel"):
            read = read_pesel(given["pesel"])
            if given.get("birth_date") and given["birth_date"] != read.birth_date:
                self.add_error("birth_date", _("The PESEL says another birth date."))
            given["birth_date"], given["sex"] = read.birth_date, read.sex
        return given

    def put_on(self, person: Person) -> Person:
        """The person with what was written; an empty number leaves the one that is known."""
        given = self.cleaned_data
        for name in (*self.PLAIN, "access_needs"):
            setattr(person, name, given[name])
        for name in self.NUMBERS:
            if given[name]:
                setattr(person, name, given[name])
        return person


class AboutTheEntry(LaidOut):
    """The situation on the day of entry."""

    ENTRY: ClassVar[tuple[str, ...]] = (
        "kind",
        "starts_on",
        "citizenship",
        "education",
        "powiat",
        "gmina_unit",
        "gmina",
        "support_type",
        "support_starts_on",
        "support_ends_on",
        "labour_status",
        "labour_detail",
        "unemployed_since",
        "occupation",
        "workplace",
    )
    LEFT_OUT: ClassVar[frozenset[str]] = frozenset()
    sections: ClassVar[tuple[Section, ...]] = (
        Section(gettext_lazy("Start of participation"), ("kind", "starts_on", "powiat", "gmina_unit", "gmina")),
        Section(
            gettext_lazy("Situation on entry"),
            (
                "citizenship",
                "education",
                "labour_status",
                "labour_detail",
                "unemployed_since",
                "occupation",
                "workplace",
            ),
        ),
        Section(gettext_lazy("Support"), ("support_type", "support_starts_on", "support_ends_on")),
    )
    wanted_when = {
        "labour_detail": When("labour_status", tuple(LabourStatus.values), may_lack=True),
        "unemployed_since": When("labour_status", tuple(sorted(UNEMPLOYED)), may_lack=True),
        **dict.fromkeys(("occupation", "workplace"), When("labour_status", (LabourStatus.EMPLOYED,), may_lack=True)),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = [name for name in self.ENTRY if name not in self.LEFT_OUT]
        self.fields |= {
            name: field for name, field in fields_for_model(EntryData, wanted).items() if name not in self.fields
        }
        if "powiat" in self.fields:
            self.fields["powiat"].queryset = powiats()  # type: ignore[attr-defined]
        if "gmina_unit" in self.fields:
            self._offer_gminas()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        status, since = given.get("labour_status", ""), given.get("unemployed_since")
        if not detail_fits(status, given.get("labour_detail") or ""):
            self.add_error("labour_detail", _("This cannot be said of that status."))
        if since and status not in UNEMPLOYED:
            self.add_error("unemployed_since", _("Only for somebody who is unemployed."))
        elif since and since > (given.get("starts_on") or localdate()):
            self.add_error("unemployed_since", _("That is after the start of participation."))
        unit, powiat = given.get("gmina_unit"), given.get("powiat")
        if unit and powiat and not unit.path.startswith(powiat.path):
            self.add_error("gmina_unit", _("This gmina lies in another powiat."))
        first, last = given.get("support_starts_on"), given.get("support_ends_on")
        if first and last and last < first:
            self.add_error("support_ends_on", _("Support does not end before it starts."))
        return given

    def _offer_gminas(self) -> None:
        """A choice where the register of gminas is loaded, free text where it is not."""
        field: forms.ModelChoiceField[Any] = self.fields["gmina_unit"]  # type: ignore[assignment]
        units = gminas()
        if not units.exists():
            del self.fields["gmina_unit"]
            return
        field.queryset, field.label_from_instance = units, gmina_in_words  # type: ignore[assignment, method-assign]
        written = self.initial.get("gmina")
        if written:
            field.help_text = _("Written down so far: %(gmina)s.") % {"gmina": written}
        del self.fields["gmina"]


class AboutSensitiveMatters(LaidOut):
    """The four questions that may be refused. What was answered before is not shown again: reading it is logged elsewhere."""

    QUESTIONS: ClassVar[tuple[str, ...]] = ("disability", "minority", "foreign_origin", "homelessness")
    sections: ClassVar[tuple[Section, ...]] = (
        Section(
            gettext_lazy("Sensitive answers"),
            QUESTIONS,
            gettext_lazy(
                "The European Social Fund asks these questions in order to see whom its support reaches. "
                "The person may refuse any of them: a refusal is an answer, and changes nothing in the support."
            ),
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.QUESTIONS:
            self.fields[name] = forms.ChoiceField(
                label=str(label_of(SensitiveAnswers, name)).capitalize(),
                choices=TriState.choices,
                widget=forms.RadioSelect,
                required=False,
            )

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered now, with the day; empty when nothing was."""
        said = {name: self.cleaned_data[name] for name in self.QUESTIONS if self.cleaned_data.get(name)}
        return said | {"asked_on": localdate()} if said else {}


def powiats() -> Any:
    """The powiats and cities with powiat rights that there are today, by name."""
    levels = (Territory.Level.POWIAT, Territory.Level.CITY_POWIAT)
    return Territory.objects.in_force(localdate()).filter(level__in=levels).by_name()


def gminas() -> Any:
    """The gminas that there are today, by name."""
    found = Territory.objects.in_force(localdate()).filter(level=Territory.Level.GMINA)
    return found.select_related("parent").by_name()


def gmina_in_words(unit: Territory) -> str:
    """A gmina among many: a town and the villages round it often share a name."""
    kind = unit.kind_of_gmina
    return f"{unit} ({', '.join(filter(None, (str(unit.parent), str(kind.label) if kind else '')))})"


def only(form: forms.Form, names: Iterable[str]) -> dict[str, Any]:
    """What was written into these fields, as far as the form has them."""
    return {name: form.cleaned_data[name] for name in names if name in form.cleaned_data}
