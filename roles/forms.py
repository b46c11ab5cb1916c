"""Forms about people, mandates and absences. They offer what makes sense; the services decide."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from roles.form_layout import LaidOut, When
from roles.models import Mandate, Organisation, Territory, User
from roles.reach import Reach
from roles.role import KEEPS_ORGANISATIONS, Role
from roles.services import possible_deputies_of


class PeopleFilter(forms.Form):
    """What the list of people is narrowed by; all optional."""

    q = forms.CharField(label=_("Name, user name or e-mail"), required=False, max_length=100)
    role = forms.ChoiceField(label=_("Role"), required=False)
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Organisation"), required=False)
    state = forms.ChoiceField(
        label=_("Account"),
        required=False,
        choices=[("", _("open accounts")), ("closed", _("deactivated accounts")), ("all", _("all accounts"))],
    )

    def __init__(self, *arguments: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*arguments, **options)
        _offer(self, reach)
        self.fields["role"].choices = [("", _("any role")), *self.fields["role"].choices]  # type: ignore[attr-defined]
        self.fields["organisation"].empty_label = _("any organisation")  # type: ignore[attr-defined]


class MandateForm(LaidOut):
    """A role for an organisation within a territory, from a day to a day."""

    wanted_when = {"is_reserve": When("role", (Role.SUPERVISOR,), may_lack=True)}

    role = forms.ChoiceField(label=_("Role"))
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Organisation"))
    territory = forms.ModelChoiceField(
        Territory.objects.none(),
        label=_("Territory"),
        help_text=_("The mandate opens the organisation's cases in this territory and in what is part of it."),
    )
    valid_from = forms.DateField(label=_("First day"), initial=localdate, widget=forms.DateInput)
    valid_to = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput, help_text=_("An auditor's mandate needs one.")
    )
    is_reserve = forms.BooleanField(
        label=_("Reserve approver: decides when separation of duties leaves nobody else (supervisors only)"),
        required=False,
    )

    def __init__(self, *arguments: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*arguments, **options)
        _offer(self, reach)
        self.fields["role"].choices = [("", "---------"), *self.fields["role"].choices]  # type: ignore[attr-defined]
        self.fields["territory"].queryset = reach.territories  # type: ignore[attr-defined]


class InviteForm(MandateForm):
    """A new person with a first mandate."""

    first_name = forms.CharField(label=_("First name"), max_length=150)
    last_name = forms.CharField(label=_("Last name"), max_length=150)
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("The invitation goes there. Whoever already has an account keeps their own name."),
    )
    field_order = ["first_name", "last_name", "email"]


class EndMandateForm(forms.Form):
    """The last day of a mandate."""

    on = forms.DateField(
        label=_("Last day"),
        initial=localdate,
        widget=forms.DateInput,
        help_text=_("Choose yesterday to take the mandate away at once."),
    )


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person's name and telephone."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "phone"]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["first_name"].required = self.fields["last_name"].required = True


class OrganisationsFilter(forms.Form):
    """What the register of organisations is narrowed by."""

    q = forms.CharField(label=_("Name or NIP"), required=False, max_length=100)


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    """An organisation and its numbers in the registers."""

    class Meta:
        model = Organisation
        fields = ["name", "short_name", "type", "nip", "regon", "krs", "territory", "is_active"]

    def __init__(self, *arguments: Any, by: User, **options: Any) -> None:
        super().__init__(*arguments, **options)
        seats = Territory.objects.in_force(localdate()).of_mandates().by_name()
        if not by.is_superuser:
            held = Mandate.objects.of(by).in_force(localdate()).as_role(*KEEPS_ORGANISATIONS)
            below = Q(pk=self.instance.territory_id)
            for path in held.values_list("territory__path", flat=True):
                below |= Q(path__startswith=path)
            seats = seats.filter(below)
        self.fields["territory"].queryset = seats  # type: ignore[attr-defined]


class AbsenceForm(forms.Form):
    """Days away and who stands in."""

    starts_on = forms.DateField(label=_("First day"), initial=localdate, widget=forms.DateInput)
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput)
    deputy = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Deputy"),
        required=False,
        empty_label=_("nobody: the work waits"),
        help_text=_(
            "Colleagues with the same role for the same organisation. Due work there reaches the deputy meanwhile."
        ),
    )

    def __init__(self, *arguments: Any, user: User, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["deputy"].queryset = possible_deputies_of(user, localdate())  # type: ignore[attr-defined]


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """How the system speaks to a person."""

    class Meta:
        model = User
        fields = ["language", "notify", "shortcuts"]
        widgets = {"notify": forms.RadioSelect, "language": forms.RadioSelect}


def _offer(form: forms.Form, reach: Reach) -> None:
    form.fields["role"].choices = [(role.value, role.label) for role in reach.roles]  # type: ignore[attr-defined]
    form.fields["organisation"].queryset = reach.organisations  # type: ignore[attr-defined]
