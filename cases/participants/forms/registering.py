"""Registering somebody: by the animator, or on the public page."""

from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.duplicates import Likeness
from cases.models import Person
from cases.participants.forms.fields import PastDay
from cases.participants.forms.people import AboutSensitiveMatters, AboutTheEntry, AboutThePerson, only, powiats
from cases.participants.models import ParticipantCase
from cases.participants.registration import Place
from roles.form_layout import Section, When
from roles.models import Mandate, Organisation, Territory, User
from roles.role import Role
from roles.templatetags.polish_dates import exact_date
from workflows.models import Programme

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SOMEBODY_ELSE = "new"
KNOWN_ELSEWHERE = gettext_lazy(
    "Your organisation knows somebody with this number already, in cases that your mandates do not open. "
    "Ask a coordinator or supervisor of your organisation whose mandate covers all its powiats to register the person."
)
LIKE_SOMEBODY_ELSEWHERE = gettext_lazy(
    "Your organisation knows somebody very like this person, in cases that your mandates do not open. "
    "Before you register a new person, ask a coordinator or supervisor of your organisation whose mandate covers all its powiats."
)
Source = ParticipantCase.Source


class RegistrationForm(AboutSensitiveMatters, AboutTheEntry, AboutThePerson):
    """A new participant, with whatever is known of the entry already. Probable duplicates are asked about before anything is kept."""

    LEFT_OUT: ClassVar[frozenset[str]] = frozenset(
        {"powiat", "starts_on", "kind", "gmina_unit", "support_type", "support_starts_on", "support_ends_on"}
    )
    sections: ClassVar[tuple[Section, ...]] = (
        Section(
            gettext_lazy("Programme and place"),
            ("programme", "organisation", "territory", "participation", "source", "referred_by"),
        ),
        *AboutThePerson.sections,
        AboutTheEntry.sections[1],
        *AboutSensitiveMatters.sections,
        Section(gettext_lazy("Information notice"), ("notice_on",)),
    )
    wanted_when = {**AboutTheEntry.wanted_when, "referred_by": When("source", (Source.REFERRAL,))}

    who = forms.ChoiceField(label=gettext_lazy("Is it one of these people?"), widget=forms.RadioSelect, required=False)
    programme = forms.ModelChoiceField(label=gettext_lazy("Programme"), queryset=Programme.objects.none())
    organisation = forms.ModelChoiceField(label=gettext_lazy("Organisation"), queryset=Organisation.objects.none())
    territory = forms.ModelChoiceField(label=gettext_lazy("Powiat"), queryset=Territory.objects.none())
    participation = forms.ChoiceField(
        label=gettext_lazy("Takes part as"),
        choices=ParticipantCase.Participation.choices,
        initial=ParticipantCase.Participation.PARTICIPANT,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("A supporting member, a student or graduate in a mixed group, needs no criterion."),
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Came by"),
        choices=[(Source.ANIMATOR, Source.ANIMATOR.label), (Source.REFERRAL, Source.REFERRAL.label)],
        initial=Source.ANIMATOR,
        widget=forms.RadioSelect,
    )
    referred_by = forms.CharField(label=gettext_lazy("Referred by"), max_length=120, required=False)
    notice_on = PastDay(
        label=gettext_lazy("Information notice given on"),
        required=False,
        help_text=gettext_lazy("Without it nobody is admitted; it can be added later."),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.likely: list[Likeness] = []
        self.elsewhere: str | _StrPromise = ""
        self._offer(Mandate.objects.of(by).in_force(localdate()).as_role(Role.ANIMATOR, Role.COORDINATOR))
        del self.fields["who"]
        self.order_by_sections()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("source") == Source.REFERRAL and not given.get("referred_by"):
            self.add_error("referred_by", _("Say who referred the person."))
        programme, organisation = given.get("programme"), given.get("organisation")
        if programme and organisation and not programme.organisations.filter(pk=organisation.pk).exists():
            self.add_error("organisation", _("This organisation does not take part in the programme."))
        if not self.errors:
            self._ask_about_duplicates()
        return given

    @property
    def person(self) -> Person:
        """The person chosen among the likely ones, else a new one as written."""
        chosen = self.data.get("who", "")
        for likeness in self.likely:
            if chosen == str(likeness.person.pk):
                return Person.objects.get(pk=likeness.person.pk)
        return self._written()

    @property
    def place(self) -> Place:
        """Where the case belongs."""
        given = self.cleaned_data
        return Place(given["programme"], given["organisation"], given["territory"])

    @property
    def entry(self) -> dict[str, Any]:
        """The situation on entry as far as it was stated; participation starts with admission at the earliest."""
        facts = only(self, [name for name in self.ENTRY if name not in self.LEFT_OUT])
        return facts | {"powiat": self.cleaned_data["territory"]} if any(facts.values()) else {}

    def _written(self) -> Person:
        person = self.put_on(Person(organisation=self.cleaned_data["organisation"]))
        person.powiat = self.cleaned_data["territory"]
        person.citizenship, person.education = self.cleaned_data["citizenship"], self.cleaned_data["education"]
        return person

    def _ask_about_duplicates(self) -> None:
        """Show who may be the same, and insist on an answer; a number that is known leaves no choice.

        Of somebody whom the reader may not see, only that the organisation knows them: nothing of theirs is shown, nobody is chosen.
        """
        person = self._written()
        people = Person.objects.of(person.organisation)
        same_number = list(_with_same_number(people, person))
        same = [Likeness(each, 1.0, _("the same number")) for each in same_number]
        found = same or people.probable_duplicates_of(person)
        asked = Person.objects.filter(pk__in=[each.person.pk for each in found])
        hidden = set(asked.hidden_from(self.by).values_list("pk", flat=True)) if found else set()
        self.likely = [each for each in found if each.person.pk not in hidden]
        if same and not self.likely:
            self.add_error(None, KNOWN_ELSEWHERE)
            return
        if not found:
            return
        if len(self.likely) < len(found):
            self.elsewhere = LIKE_SOMEBODY_ELSEWHERE
        choices = [(str(each.person.pk), _in_words(each)) for each in self.likely]
        if not same:
            choices.append((SOMEBODY_ELSE, _("Somebody else: register a new person")))
        question = deepcopy(self.declared_fields["who"])
        question.choices = choices  # type: ignore[attr-defined]
        self.fields = {"who": question, **self.fields}
        if self.data.get("who") not in dict(choices):
            question.help_text = self.elsewhere
            self.add_error(
                "who", _("There are people who may be the same. Choose one, or say that it is somebody else.")
            )

    def _offer(self, mandates: Any) -> None:
        scopes = mandates.scopes()
        organisations = {scope.organisation_id for scope in scopes}
        territories = {key for scope in scopes for key in scope.territory_ids}
        today = localdate()
        running = Q(starts_on__lte=today, ends_on__gte=today, organisations__in=organisations)
        offered = {
            "programme": Programme.objects.filter(running).distinct(),
            "organisation": Organisation.objects.filter(pk__in=organisations).by_name(),
            "territory": powiats().filter(pk__in=territories),
        }
        for name, choices in offered.items():
            field = self.fields[name]
            field.queryset = choices  # type: ignore[attr-defined]
            found = list(choices[:2])
            if len(found) == 1:
                field.initial = found[0]


def _with_same_number(people: Any, person: Person) -> Any:
    if person.pesel:
        return people.with_pesel(person.pesel.open())
    if person.other_identifier:
        return people.with_identifier(person.other_identifier.open())
    return people.none()


def _in_words(likeness: Likeness) -> str:
    person = likeness.person
    parts = [str(person), exact_date(person.birth_date) if person.birth_date else "", person.place]
    return f"{', '.join(filter(None, parts))} – {likeness.because}"


class SamePersonForm(forms.Form):
    """Whose application it is: one of the people who are alike, or somebody new."""

    who = forms.ChoiceField(label=gettext_lazy("Who is it?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, likely: list[Likeness], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.likely = likely
        choices = [(str(each.person.pk), _in_words(each)) for each in likely]
        self.fields["who"].choices = [*choices, (SOMEBODY_ELSE, _("Somebody else: they stay a person of their own"))]  # type: ignore[attr-defined]

    @property
    def person(self) -> Person | None:
        """The person chosen; None for somebody new."""
        chosen = self.cleaned_data["who"]
        return next((each.person for each in self.likely if str(each.person.pk) == chosen), None)


class ApplicationForm(AboutThePerson):
    """The public application: short, in plain words, with a trap for robots."""

    programme: Programme
    sections: ClassVar[tuple[Section, ...]] = (
        Section(gettext_lazy("Where you apply"), ("organisation", "territory")),
        Section(gettext_lazy("You"), ("first_name", "last_name", "pesel", "birth_date")),
        Section(
            gettext_lazy("How we reach you"),
            ("phone", "email", "preferred_contact", "street", "postcode", "place"),
            gettext_lazy("A telephone number or an e-mail address is needed."),
            needs_some=True,
        ),
        Section(gettext_lazy("What you need"), ("access_needs", "access_note")),
        Section(gettext_lazy("Your data"), ("read_notice",)),
    )

    organisation = forms.ModelChoiceField(
        label=gettext_lazy("Which organisation do you want to apply to?"), queryset=Organisation.objects.none()
    )
    territory = forms.ModelChoiceField(
        label=gettext_lazy("Which powiat do you live in?"), queryset=Territory.objects.none()
    )
    read_notice = forms.BooleanField(label=gettext_lazy("I have read how my data are used"))
    website = forms.CharField(required=False)

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programme = programme
        organisations = programme.organisations.active().by_name()
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]
        self.fields["territory"].queryset = powiats()  # type: ignore[attr-defined]
        for name in ("sex", "gmina", "other_identifier"):
            del self.fields[name]
        self.fields["pesel"].help_text = _("If you have one. You can also give it later.")
        self.fields["access_needs"].help_text = _("What do you need in order to take part?")
        self.order_by_sections()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("phone") and not given.get("email") and not {"phone", "email"} & self.errors.keys():
            self.add_error("phone", _("Give a telephone number or an e-mail address, so that we can answer you."))
        organisation, territory = given.get("organisation"), given.get("territory")
        if organisation and territory and not _serves(organisation, territory):
            self.add_error("organisation", _("This organisation does not work in your powiat. Choose another one."))
        return given

    @property
    def is_robot(self) -> bool:
        """Whether something was written into the field that no human being sees."""
        return bool(self.data.get("website"))

    @property
    def person(self) -> Person:
        """The applicant, not saved."""
        given = dict.fromkeys(("sex", "gmina", "other_identifier"), "") | self.cleaned_data
        self.cleaned_data = given
        person = self.put_on(Person(organisation=given["organisation"]))
        person.powiat = given["territory"]
        return person

    @property
    def place(self) -> Place:
        """Where the case belongs."""
        return Place(self.programme, self.cleaned_data["organisation"], self.cleaned_data["territory"])


def _serves(organisation: Organisation, territory: Territory) -> bool:
    """Whether somebody of the organisation checks eligibility in the powiat: else nobody would ever see the application."""
    today = localdate()
    return Mandate.objects.in_force(today).as_role(Role.COORDINATOR).covering(organisation.pk, territory).exists()
