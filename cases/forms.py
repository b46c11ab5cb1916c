"""Forms of the facts that all kinds of case share: documents, notes, comments, sessions, confirmations."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.models import Attendance, Document, PsychologistNote, RetentionClass, Session, Visibility
from cases.takers import offered_people, possible_leaders
from cases.templatetags.hours import as_typed
from roles.form_layout import LaidOut, When
from roles.models import User
from roles.models.users import UserQuerySet
from workflows.models import Case


def text(label: Any, *, rows: int = 3, most: int = 2000, **options: Any) -> forms.CharField:
    """A field for some sentences."""
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **options)


class DocumentForm(forms.Form):
    """A new document, or the next version of one."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("PDF, JPEG, PNG, DOCX, XLSX or ODT, up to 20 MB.")
    )
    visibility = forms.ChoiceField(
        label=gettext_lazy("Who may see it"), choices=Visibility.choices, initial=Visibility.TEAM
    )
    retention = forms.ChoiceField(
        label=gettext_lazy("Retention class"), choices=RetentionClass.choices, initial=RetentionClass.B10
    )
    is_restricted = forms.BooleanField(
        label=gettext_lazy("Special category: health, convictions, evidence of a criterion"),
        required=False,
        help_text=gettext_lazy("Every reading is logged."),
    )
    replaces = forms.ModelChoiceField(
        label=gettext_lazy("New version of"), queryset=Document.objects.none(), required=False
    )

    def __init__(self, *args: Any, case: Case, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        here = Document.objects.visible_to(by).current().filter(case=case)
        self.fields["replaces"].queryset = here  # type: ignore[attr-defined]
        if not here:
            del self.fields["replaces"]

    @property
    def document(self) -> Document:
        """The document as described, without its file; a new version is never less protected than the old one."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "file"}
        old = given.get("replaces")
        given["is_restricted"] = given["is_restricted"] or (old is not None and old.is_restricted)
        return Document(case=self.case, **given)


class NoteForm(forms.Form):
    """A note, for the team or for more."""

    body = text(pgettext_lazy("about a case", "Note"), most=4000)
    visibility = forms.ChoiceField(
        label=gettext_lazy("Who may see it"), choices=Visibility.choices, initial=Visibility.TEAM
    )


class CommentForm(forms.Form):
    """Something said to the others on the case; those ticked, and those named in it after an @, are told."""

    body = text(
        gettext_lazy("Comment"),
        help_text=gettext_lazy("Tick below who is to be told, or write their @name; it stands beside each."),
    )
    visibility = forms.ChoiceField(label=gettext_lazy("Who may see it"), choices=Visibility.choices)
    tell = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Tell"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Only those who may see the comment are told."),
    )

    def __init__(self, *args: Any, people: UserQuerySet, visibilities: list[Visibility], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["visibility"].choices = [(each.value, each.label) for each in visibilities]  # type: ignore[attr-defined]
        tell = self.fields["tell"]
        tell.queryset = people  # type: ignore[attr-defined]
        tell.label_from_instance = lambda user: f"{user} (@{user.username})"  # type: ignore[attr-defined]


class PsychologistNoteForm(forms.Form):
    """A note that only psychologists of the case read, or a corrected one in place of one's own."""

    body = text(pgettext_lazy("about a case", "Note"), rows=5, most=4000)
    replaces = forms.ModelChoiceField(
        queryset=PsychologistNote.objects.none(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, case: Case, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = PsychologistNote.objects.visible_to(by).filter(case=case, author=by)
        self.fields["replaces"].queryset = own  # type: ignore[attr-defined]


class SessionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A session to come, or one that took place already, for one person or a group."""

    cases = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Who takes part"), queryset=Case.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    took_place = forms.BooleanField(label=gettext_lazy("It took place, and everybody chosen was there"), required=False)

    class Meta:
        model = Session
        fields = ("kind", "starts_at", "hours", "topic", "place", "leader")
        widgets = {"starts_at": forms.DateTimeInput}

    def __init__(self, *args: Any, by: User, chosen: list[int], offered: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = offered_people(by, offered, session=self.instance)
        field = self.fields["cases"]
        field.queryset = people  # type: ignore[attr-defined]
        field.label_from_instance = lambda case: f"{case.title} ({case.number})"  # type: ignore[attr-defined]
        field.initial = chosen
        leader = self.fields["leader"]
        leader.queryset = possible_leaders(by) | User.objects.filter(pk=self.instance.leader_id)  # type: ignore[attr-defined]
        leader.empty_label, leader.required = None, False  # type: ignore[attr-defined]
        self.order_fields(["cases", *self.Meta.fields, "took_place"])
        if self.instance.pk:
            del self.fields["took_place"]
        else:
            self.initial.update(starts_at=localtime().replace(minute=0, second=0, microsecond=0), hours=1)

    def clean_leader(self) -> User:
        """Who leads it; whoever does so far when nobody was chosen."""
        chosen: User = self.cleaned_data["leader"] or self.instance.leader
        return chosen

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("took_place") and given.get("starts_at") and given["starts_at"] > now():
            self.add_error("took_place", _("It has not started yet."))
        return given

    @property
    def facts(self) -> dict[str, Any]:
        """What the session itself says, without who takes part."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class AttendanceForm(forms.Form):
    """Who was there, with a person's own hours where they were fewer."""

    hours = forms.DecimalField(label=gettext_lazy("Hours"), min_value=0, max_value=24, decimal_places=2)

    def __init__(self, *args: Any, session: Session, attendances: list[Attendance], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hours"].initial = as_typed(session.hours)
        self.rows: list[tuple[Attendance, str, str]] = []
        for each in attendances:
            there, own = f"present_{each.pk}", f"hours_{each.pk}"
            self.fields[there] = forms.BooleanField(
                label=each.case.title, required=False, initial=each.present is not False
            )
            self.fields[own] = forms.DecimalField(
                label=_("%(person)s: hours, if fewer") % {"person": each.case.title},
                min_value=0,
                max_value=24,
                decimal_places=2,
                required=False,
                initial=as_typed(each.hours),
            )
            self.rows.append((each, there, own))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for _each, there, own in self.rows:
            if given.get(own) == 0 and given.get(there):
                self.add_error(own, _("Somebody without hours was not there."))
            if given.get(own) and given.get("hours") and given[own] > given["hours"]:
                self.add_error(own, _("Nobody has more hours than the session."))
        return given

    @property
    def present(self) -> dict[int, Any]:
        """Hours of their own, or None, by key of the case."""
        given = self.cleaned_data
        return {each.case_id: given[own] for each, there, own in self.rows if given[there]}


class ReasonForm(forms.Form):
    """Why something is called off, or needs to be read."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class SignatureForm(forms.Form):
    """Drawn on the screen, or typed as first name and surname."""

    strokes = forms.CharField(required=False, widget=forms.HiddenInput)
    typed = forms.CharField(
        label=gettext_lazy("Or type first name and surname, as a signature"), max_length=200, required=False
    )

    def clean_strokes(self) -> Any:
        """The lists of points that the page sent; nothing when nothing was drawn."""
        drawn = self.cleaned_data["strokes"]
        try:
            return json.loads(drawn) if drawn else None
        except ValueError:
            raise ValidationError(_("The signature could not be read; sign again.")) from None


class AnswerForm(LaidOut):
    """What the recipient says, with the code that was sent to them."""

    wanted_when = {"complaint": When("outcome", ("no",), may_lack=True)}

    code = forms.CharField(
        label=gettext_lazy("The code that we sent you"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("Did it take place?"),
        choices=[
            ("yes", gettext_lazy("Yes, it took place and I was there")),
            ("no", gettext_lazy("No, it did not happen")),
        ],
        widget=forms.RadioSelect,
    )
    complaint = text(gettext_lazy("What happened?"), most=500, required=False)
