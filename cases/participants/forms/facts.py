"""Forms of facts outside any work: entry data, notice, questionnaire, the person."""

from typing import Any, ClassVar

from django import forms
from django.forms.models import model_to_dict
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.completeness import faults_of_the_start, missing_at_entry
from cases.models import Convictions, Person, TriState
from cases.participants.forms.fields import AsksTheLeaver, PastDay
from cases.participants.forms.people import AboutSensitiveMatters, AboutTheEntry, AboutThePerson, only
from cases.participants.models import ParticipantCase
from cases.participants.parameters import NOTICE
from cases.records import first_support_of, may_record_convictions
from roles.form_layout import Section
from roles.models import User


class EntryDataForm(AboutSensitiveMatters, AboutTheEntry):
    """The situation on entry, as it is known, and the sensitive answers, of which only is said whether they are there."""

    sections: ClassVar[tuple[Section, ...]] = (
        *AboutTheEntry.sections,
        *AboutSensitiveMatters.sections,
        Section(
            gettext_lazy("Convictions"),
            ("convictions",),
            gettext_lazy("Asked only where the programme has to know. What is said stands in a place of its own."),
        ),
    )

    convictions = forms.ChoiceField(
        label=gettext_lazy("Convictions declared"), choices=TriState.choices, widget=forms.RadioSelect, required=False
    )

    def __init__(self, *args: Any, case: ParticipantCase, by: User, **kwargs: Any) -> None:
        self.case = case
        known = getattr(case, "entry_data", None)
        kwargs.setdefault("initial", model_to_dict(known) if known else {"powiat": case.territory})
        super().__init__(*args, **kwargs)
        answered = getattr(case, "sensitive_answers", None)
        for name in self.QUESTIONS:
            if answered is not None and getattr(answered, name):
                self.fields[name].help_text = _("Answered; choose again only to correct it.")
        if not may_record_convictions(case, by=by):
            del self.fields["convictions"]
        elif Convictions.objects.filter(case=case).exists():
            self.fields["convictions"].help_text = _("Answered; choose again only to correct it.")
        self.order_by_sections()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        starts_on = given.get("starts_on")
        if starts_on and starts_on != self.initial.get("starts_on"):
            programme, first = self.case.programme, first_support_of(self.case)
            for fault in faults_of_the_start(starts_on, programme.starts_on, first, localdate()):
                self.add_error("starts_on", str(fault))
        return given

    @property
    def missing(self) -> list[str]:
        """What is still missing, in words."""
        case = self.case
        found = missing_at_entry(
            case.person, getattr(case, "entry_data", None), getattr(case, "sensitive_answers", None)
        )
        return [str(label) for label in found]

    @property
    def entry(self) -> dict[str, Any]:
        """The situation as written."""
        return only(self, self.ENTRY)

    @property
    def declared(self) -> str:
        """What was said now of convictions; empty when nothing was."""
        return str(self.cleaned_data.get("convictions") or "")


class NoticeForm(forms.Form):
    """Which version of the information notice was given, when."""

    version = forms.CharField(label=gettext_lazy("Version"), max_length=20)
    delivered_on = PastDay(label=gettext_lazy("Given on"), initial=localdate)

    def __init__(self, *args: Any, case: ParticipantCase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = case.programme.value(NOTICE, localdate())


class QuestionnaireForm(AsksTheLeaver):
    """The exit questionnaire by itself."""

    filled_in_on = PastDay(label=gettext_lazy("Filled in on"), initial=localdate)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["situation"].help_text = ""
        self.order_fields(["filled_in_on"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        self.insist_on_answers()
        return given


class DeathForm(forms.Form):
    """The day of death; empty when it was written down by mistake."""

    died_on = PastDay(
        label=gettext_lazy("Died on"),
        required=False,
        help_text=gettext_lazy("Empty it only if it was written down by mistake."),
    )


class PersonForm(AboutThePerson):
    """Who somebody is; numbers are left as they are unless new ones are typed."""

    KNOWN: ClassVar[tuple[str, ...]] = (*AboutThePerson.PLAIN, "access_needs")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(person, name) for name in self.KNOWN})
        super().__init__(*args, **kwargs)
        for name, masked in (("pesel", person.masked_pesel), ("other_identifier", person.masked_identifier)):
            if masked:
                self.fields[name].help_text = _("Known: %(number)s. Type it only to correct it.") % {"number": masked}
