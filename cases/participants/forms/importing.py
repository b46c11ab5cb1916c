"""Forms of the import: the workbook, what its unknown columns are, and the supervisor's decision about a takeover."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.participants.flow import ParticipantFlow
from cases.participants.models import ParticipantImport
from cases.participants.models.imports import UPLOADERS, powiats_of
from cases.participants.stages import Stage
from cases.workbook import COLUMNS, WorkbookRefused
from cases.workbook.guard import MAX_MEGABYTES, check
from roles.models import Organisation, User
from workflows.models import Programme


def stage_choices() -> list[tuple[str, str]]:
    """The stages at which people may come in; recruitment, where everybody begins, is said by nothing."""
    later = [(str(stage), str(Stage(stage).label)) for stage in ParticipantFlow.taken_over_at]
    return [("", _("recruitment: they are new")), *later]


class UploadForm(forms.Form):
    """A workbook, and where its people belong."""

    file = forms.FileField(
        label=gettext_lazy("Workbook"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )
    organisation = forms.ModelChoiceField(label=gettext_lazy("Organisation"), queryset=Organisation.objects.none())
    programme = forms.ModelChoiceField(label=gettext_lazy("Programme"), queryset=Programme.objects.none())
    stage = forms.ChoiceField(
        label=gettext_lazy("Stage of the people in it"),
        widget=forms.RadioSelect,
        required=False,
        help_text=gettext_lazy(
            "Where a column “Etap” says it, the column goes first. People already in support need a supervisor's approval."
        ),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = localdate()
        mine = Organisation.objects.filter(pk__in=powiats_of(by, UPLOADERS)).by_name()
        running = Q(starts_on__lte=today, ends_on__gte=today, organisations__in=mine)
        for name, choices in (("organisation", mine), ("programme", Programme.objects.filter(running).distinct())):
            field = self.fields[name]
            field.queryset = choices  # type: ignore[attr-defined]
            found = list(choices[:2])
            field.initial = found[0] if len(found) == 1 else None
        self.fields["stage"].choices = stage_choices()  # type: ignore[attr-defined]
        self.fields["file"].help_text = _(
            "A list as .xlsx, up to %(megabytes)s MB; a row a person, headings on top."
        ) % {"megabytes": MAX_MEGABYTES}

    def clean_file(self) -> "UploadedFile[Any]":
        """Refuse at once what no worker would read."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        try:
            check(file)
        except WorkbookRefused as refused:
            raise ValidationError(str(refused.reason), code="workbook") from None
        return file


class ColumnsForm(forms.Form):
    """What the columns are that the reader did not recognise, and at which stage the people in the list are."""

    def __init__(self, *args: Any, batch: ParticipantImport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headings = {f"column_{place}": heading for place, heading in enumerate(batch.headings_to_say)}
        taken = {*batch.known_columns} - {*batch.mapping.values()}
        free = [(column.name, column.heading) for column in COLUMNS if column.name not in taken]
        for name, heading in self.headings.items():
            self.fields[name] = forms.ChoiceField(
                label=heading,
                choices=[("", _("leave it out")), *free],
                required=False,
                initial=batch.mapping.get(heading, ""),
            )
        self.fields["stage"] = forms.ChoiceField(
            label=_("Stage of the people in it"),
            choices=stage_choices(),
            widget=forms.RadioSelect,
            required=False,
            initial=batch.stage,
            help_text=_("For rows whose column “Etap” is empty.")
            if "stage" in batch.known_columns
            else _("The list has no column “Etap”."),
        )

    @property
    def mapping(self) -> dict[str, str]:
        """From headings to names of columns, empty for what is left out."""
        return {heading: self.cleaned_data[name] for name, heading in self.headings.items()}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        seen: set[str] = set()
        for name in self.headings:
            column = given.get(name)
            if column and column in seen:
                self.add_error(name, _("Another column is this already."))
            seen.add(column or "")
        return given


class TakeoverForm(forms.Form):
    """Let the people in support in, or send the list back with a reason."""

    APPROVE, RETURN = "approve", "return"

    outcome = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[(APPROVE, gettext_lazy("Approve")), (RETURN, gettext_lazy("Return for more work"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it goes back"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed for a return; whoever uploaded the list reads it."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("outcome") == self.RETURN and not given.get("reason"):
            self.add_error("reason", _("Say why."))
        return given
