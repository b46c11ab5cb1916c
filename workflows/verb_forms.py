"""Forms of the verbs beside a case's own work: put off, hand over, assign, save a view, work on many."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from roles.models import Mandate, Organisation, User
from roles.role import MANAGES_PEOPLE, OF_SERVICES, ONLY_READS, READS_CASES, Role
from workflows.models import BulkRun, Case, Hold, SavedView, WorkItem

#: Roles that work on cases, rather than only read them.
DO_WORK = READS_CASES - ONLY_READS - OF_SERVICES


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A colleague, by name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"queryset": User.objects.none(), "label": _("To whom")} | options)


class SnoozeForm(forms.Form):
    """Until when; the deadline stays."""

    until = forms.DateField(label=_("Put off until"), widget=forms.DateInput, help_text=_("The deadline stays."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("until", localdate() + timedelta(days=3))

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until <= localdate():
            raise forms.ValidationError(_("Put it off to a later day."))
        return until


class DelegateForm(forms.Form):
    """To which colleague; those who may do none of it are not offered."""

    to = PersonChoice()

    def __init__(self, *args: Any, people: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = User.objects.filter(pk__in=list(people)).by_name()  # type: ignore[attr-defined]


class PriorityForm(forms.Form):
    """How pressing."""

    priority = forms.TypedChoiceField(label=_("Priority"), choices=WorkItem.Priority.choices, coerce=int, initial=0)


class NoTermsForm(forms.Form):
    """A verb that asks nothing more."""


class AssignForm(forms.Form):
    """Which role on the case, to whom."""

    role = forms.ChoiceField(label=_("Role"))
    to = PersonChoice(label=_("Person"))

    def __init__(self, *args: Any, roles: list[tuple[str, str]], people: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        self.fields["to"].queryset = User.objects.filter(pk__in=list(people)).by_name()  # type: ignore[attr-defined]

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class SavedViewForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name of a view, and for whom it is."""

    class Meta:
        model = SavedView
        fields = ("name", "organisation", "role", "opens_first")
        help_texts = {
            "organisation": _("Empty: for you alone."),
            "role": _("Empty: for everybody in the organisation."),
            "opens_first": _("The list opens with this view."),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managed = Mandate.objects.of(by).in_force(localdate()).as_role(*MANAGES_PEOPLE).values("organisation")
        organisations = Organisation.objects.filter(pk__in=managed).by_name()
        if organisations:
            self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]
            self.fields["role"].required = False
        else:
            del self.fields["organisation"], self.fields["role"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("role") and not given.get("organisation"):
            self.add_error("organisation", _("Say in which organisation the role is."))
        return given


class ExtensionForm(forms.Form):
    """How many working days more, and why."""

    working = forms.IntegerField(label=_("Working days more"), min_value=1, max_value=250)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class HoldForm(forms.Form):
    """From when to when, and why; without a last day until further notice."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Hold.Reason.choices)
    starts_on = forms.DateField(label=_("First day"), widget=forms.DateInput)
    ends_on = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput, help_text=_("Empty: until further notice.")
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("starts_on", localdate())


class EndHoldForm(forms.Form):
    """The last day of the hold."""

    on = forms.DateField(label=_("Last day on hold"), widget=forms.DateInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", localdate())


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)


class TakeBackForm(ReasonForm):
    """Why, and which move was shown as the last when it was asked."""

    seq = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None = None, *, last: int | None) -> None:
        super().__init__(data, initial={"seq": last})
        self._last = last

    def clean_seq(self) -> int:
        """What was shown; 0 stands for no move."""
        shown: int = self.cleaned_data["seq"] or 0
        self.data = {**self.data, "seq": self._last or ""}  # refused, the page lists anew, and asks about that
        return shown


class AddItemForm(forms.Form):
    """A task made by hand: what, for which role or person, until when."""

    title = forms.CharField(label=_("What is to be done"), max_length=200)
    role = forms.ChoiceField(
        label=_("For whom"), choices=[(role.value, role.label) for role in Role if role in DO_WORK]
    )
    to = PersonChoice(label=_("Person"), required=False, help_text=_("Empty: anybody of that role."))
    due = forms.DateField(label=_("Due"), widget=forms.DateInput)
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)

    def __init__(self, *args: Any, case: Case, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("due", on + timedelta(days=7))
        held = Mandate.objects.in_force(on).covering(case.organisation_id, case.territory).as_role(*DO_WORK)
        self.fields["to"].queryset = held.holders()  # type: ignore[attr-defined]

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class ShareForm(forms.Form):
    """With whom, until when, why."""

    with_user = forms.CharField(label=_("With whom"), max_length=150, help_text=_("Their user name or e-mail address."))
    until = forms.DateField(
        label=_("Until"), widget=forms.DateInput, help_text=_("The last day on which they can read it.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def clean_with_user(self) -> User:
        said = self.cleaned_data["with_user"].strip()
        user = User.objects.active().people().filter(Q(username=said) | Q(email__iexact=said)).first()
        if user is None:
            raise forms.ValidationError(_("Nobody signs in under this name or address."))
        return user


class EmergencyForm(forms.Form):
    """The number of one case, and why it cannot wait."""

    case = forms.CharField(
        label=_("Number of the case"), max_length=20, help_text=_("As it stands on letters: U/2026/000123.")
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=300)

    def clean_case(self) -> Case:
        case = Case.objects.filter(number=self.cleaned_data["case"].strip().upper()).first()
        if case is None:
            raise forms.ValidationError(_("There is no case with this number."))
        return case


#: The verbs offered on many items, with the form of what each asks.
BULK_FORMS: dict[str, type[forms.Form]] = {
    BulkRun.Verb.CLAIM: NoTermsForm,
    BulkRun.Verb.RELEASE: NoTermsForm,
    BulkRun.Verb.SNOOZE: SnoozeForm,
    BulkRun.Verb.DELEGATE: DelegateForm,
    BulkRun.Verb.PRIORITISE: PriorityForm,
}
