"""Forms of recruitment: eligibility, what is missing, the reserve list, an appeal."""

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.completeness import missing_at_entry
from cases.models import Criterion, CriterionLetter
from cases.participants import services
from cases.participants.forms.fields import (
    NOTHING,
    DayOfMove,
    DocumentChoice,
    PastDay,
    RowField,
    documents_for,
    prose,
    yes_or_no,
)
from cases.participants.likely import who_may_be_same
from cases.participants.models import ParticipantCase, Supplement
from cases.participants.parameters import SUPPLEMENTS
from cases.participants.places import free_places, place_of, places_in_words
from cases.participants.stages import RefusalReason
from roles.form_layout import Section, When
from roles.models import Mandate, User
from roles.role import Role
from workflows.forms import AskForm, WorkForm

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from cases.models import Document
    from workflows.batch import Batch
    from workflows.models import Case

#: How many criteria may be confirmed at once.
ROWS = 3
CRITERIA = tuple(f"criterion_{number}" for number in range(1, ROWS + 1))
ELIGIBLE, SUPPLEMENT, RESERVE, NOT_ELIGIBLE = "eligible", "supplement", "reserve", "not_eligible"

FINDINGS = [
    (ELIGIBLE, gettext_lazy("eligible: propose admission")),
    (SUPPLEMENT, gettext_lazy("something is missing: ask for it")),
    (RESERVE, gettext_lazy("eligible, but the programme is full: reserve list")),
    (NOT_ELIGIBLE, gettext_lazy("not eligible: propose refusal")),
]


class CriterionField(RowField):
    """A letter of art. 2(6) with its evidence, as a document where there is one."""

    may_lack: ClassVar[frozenset[str]] = frozenset({"document"})

    def __init__(self, *, documents: "QuerySet[Document]", **options: Any) -> None:
        self.documents = documents
        super().__init__(**options)

    def parts(self) -> dict[str, forms.Field]:
        letters = [NOTHING, *CriterionLetter.choices]
        return {
            "letter": forms.ChoiceField(label=gettext_lazy("Criterion"), choices=letters, required=False),
            "evidence": forms.ChoiceField(
                label=gettext_lazy("Evidence"), choices=[NOTHING, *Criterion.Evidence.choices], required=False
            ),
            "document": DocumentChoice(self.documents),
        }


class EligibilityForm(WorkForm):
    """What the coordinator finds; criteria are written, never shown again here: reading them is logged elsewhere."""

    wanted_when = {
        "wanted": When("outcome", (SUPPLEMENT,)),
        "reason": When("outcome", (NOT_ELIGIBLE,)),
        "note": When("outcome", (NOT_ELIGIBLE,), may_lack=True),
        **dict.fromkeys((*CRITERIA, "seen"), When("outcome", (ELIGIBLE, SUPPLEMENT, RESERVE), may_lack=True)),
        "tutor": When("outcome", (ELIGIBLE, RESERVE), may_lack=True),
    }
    sections: ClassVar[tuple[Section, ...]] = (
        Section(gettext_lazy("What was found"), ("outcome", "checked_on", "wanted", "reason", "note")),
        Section(gettext_lazy("Criteria of art. 2(6)"), (*CRITERIA, "seen"), needs_some=True),
        Section(gettext_lazy("What comes next"), ("tutor", "remarks")),
    )

    case: ParticipantCase

    outcome = forms.ChoiceField(label=gettext_lazy("Finding"), choices=FINDINGS, widget=forms.RadioSelect)
    checked_on = PastDay(label=gettext_lazy("Checked on"), initial=localdate)
    seen = forms.BooleanField(
        label=gettext_lazy("I have seen the evidence of every criterion named here"), required=False
    )
    wanted = forms.CharField(
        label=gettext_lazy("What is missing"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("The person is asked for exactly this."),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason for refusal"), choices=[NOTHING, *RefusalReason.choices], required=False
    )
    note = prose(
        gettext_lazy("Note"),
        rows=2,
        required=False,
        help_text=gettext_lazy("The supervisor reads it; needed with another reason."),
    )
    tutor = forms.ModelChoiceField(
        label=gettext_lazy("Tutor"),
        queryset=User.objects.none(),
        required=False,
        help_text=gettext_lazy("Who accompanies the person from admission on. It can be decided later."),
    )
    remarks = prose(gettext_lazy("Remarks"), rows=2, required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.case.needs_criterion:
            papers = documents_for(self.case, self.by)
            for number, name in enumerate(CRITERIA, 1):
                label = _("Criterion %(number)s of art. 2(6)") % {"number": number}
                self.fields[name] = CriterionField(label=label, documents=papers)
            self.fields["criterion_1"].help_text = self._known_criteria()
        else:
            del self.fields["seen"]
        if not self.may_ask_again:
            self.fields["outcome"].choices = [each for each in FINDINGS if each[0] != SUPPLEMENT]  # type: ignore[attr-defined]
        self.fields["outcome"].help_text = format_html_join(" ", "{}", ((each,) for each in self._before_deciding()))
        self.fields["tutor"].queryset = self._tutors()  # type: ignore[attr-defined]
        self.order_by_sections()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        finding = given.get("outcome")
        if finding == SUPPLEMENT and not given.get("wanted"):
            self.add_error("wanted", _("Say what is missing."))
        if finding == NOT_ELIGIBLE and not given.get("reason"):
            self.add_error("reason", _("Say why."))
        if finding == NOT_ELIGIBLE and given.get("reason") == RefusalReason.OTHER and not given.get("note"):
            self.add_error("note", _("Say what the other reason is."))
        if self.claims and not given.get("seen"):
            self.add_error("seen", _("Evidence has to be seen before a criterion counts."))
        return given

    @property
    def claims(self) -> list[dict[str, Any]]:
        """The criteria named, each with its evidence."""
        rows = (self.cleaned_data.get(name) for name in CRITERIA)
        return [row for row in rows if row]

    @property
    def terms(self) -> dict[str, Any]:
        return super().terms if self.way == NOT_ELIGIBLE else {}

    def write(self, unit: "Batch", case: "Case") -> None:
        given = self.cleaned_data
        if given["outcome"] == RESERVE:
            unit.load_facts(case, ["places"])
            services.refuse_reserve_while_places_are_free(case)
        services.confirm_criteria(case, by=unit.by, claims=self.claims, on=given["checked_on"], at=unit.at)
        services.find(
            case,
            by=unit.by,
            finding=ELIGIBLE if given["outcome"] == RESERVE else given["outcome"],
            on=given["checked_on"],
            remarks=given["remarks"],
            at=unit.at,
        )
        if given["outcome"] == SUPPLEMENT:
            services.ask_for_supplement(case, by=unit.by, wanted=given["wanted"], on=unit.today, at=unit.at)
        if given["tutor"]:
            services.name_tutor(case, given["tutor"], on=unit.today)

    @property
    def may_ask_again(self) -> bool:
        """Whether the programme lets a supplement be asked for once more."""
        asked = Supplement.objects.filter(case=self.case).count()
        return asked < self.case.programme.value(SUPPLEMENTS, localdate())

    def _before_deciding(self) -> list[str]:
        """What stands in the way of admission, how many places are free, and who may be the same person."""
        programme = self.case.programme
        places = places_in_words(programme.places, free_places([programme])[programme.pk])
        alike = [each.sentence for each in who_may_be_same(self.case, self.by, now())]
        said = [self._missing_data(), places if programme.places is not None else "", *alike]
        return [text for text in said if text]

    def _missing_data(self) -> str:
        """What stands in the way of admission, with the page where it can be met."""
        case = self.case
        missing = missing_at_entry(
            case.person, getattr(case, "entry_data", None), getattr(case, "sensitive_answers", None)
        )
        if not missing:
            return ""
        link = format_html('<a href="{}">{}</a>', reverse("participants:entry", args=[case.pk]), _("entry data"))
        return format_html(_("Missing in the {link}: {fields}."), link=link, fields=", ".join(map(str, missing)))

    def _known_criteria(self) -> str:
        found = Criterion.objects.filter(case=self.case)
        confirmed = sum(criterion.is_met for criterion in found)
        if not found:
            return _("At least one, with evidence.")
        return _("Named so far: %(named)s, confirmed with evidence: %(confirmed)s.") % {
            "named": len(found),
            "confirmed": confirmed,
        }

    def _tutors(self) -> Any:
        held = Mandate.objects.in_force(localdate()).as_role(Role.TUTOR)
        return held.covering(self.case.organisation_id, self.case.territory).holders()


class SupplementForm(WorkForm):
    """Whether what was missing has come."""

    wanted_when = {"brought_on": When("came", ("yes",))}

    came = yes_or_no(gettext_lazy("Has it come?"))
    brought_on = PastDay(label=gettext_lazy("Brought on"), required=False)
    note = prose(gettext_lazy("Note"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = Supplement.objects.filter(case=self.case, brought_on=None).order_by("-pk").first()
        self.fields["came"].help_text = wanted.wanted if wanted else ""
        self._asked_on: date | None = wanted.asked_on if wanted else None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        day = given.get("brought_on")
        if given.get("came") and not day and "brought_on" not in self.errors:
            self.add_error("brought_on", _("Say when it came."))
        if day and self._asked_on and day < self._asked_on:
            self.add_error("brought_on", _("It was asked for later than that."))
        return given

    def write(self, unit: "Batch", case: "Case") -> None:
        if self.cleaned_data["came"]:
            services.receive_supplement(case, by=unit.by, on=self.cleaned_data["brought_on"], at=unit.at)


class PlaceForm(WorkForm):
    """The reserve list: a place has become free, or the person does not want it any more."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        choices=[
            ("place_taken", gettext_lazy("a place is free and the person takes it: propose admission")),
            ("declined", gettext_lazy("the person declines: propose refusal")),
        ],
        widget=forms.RadioSelect,
    )
    note = prose(gettext_lazy("Note"), required=False)
    case: ParticipantCase

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].help_text = self._where_it_stands()

    def _where_it_stands(self) -> str:
        """How many places are free, and at which place the person is on the list."""
        programme = self.case.programme
        place, total = place_of(self.case)
        free = free_places([programme])[programme.pk]
        link = format_html('<a href="{}">{}</a>', reverse("participants:reserve_list"), _("reserve list"))
        where = _("Number %(place)s of %(total)s on the {link}.") % {"place": place, "total": total}
        return format_html("{} {}", places_in_words(programme.places, free), format_html(where, link=link))

    @property
    def terms(self) -> dict[str, Any]:
        declined = {"reason": RefusalReason.DECLINED.value} if self.way == "declined" else {}
        return super().terms | declined


class Appealing(DayOfMove, AskForm):
    """An appeal, with the day that it came: that day has to lie within the time for it."""

    received_on = PastDay(label=gettext_lazy("Appeal received on"), initial=localdate)
    grounds = prose(gettext_lazy("Grounds"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].initial = localdate
        self.order_fields(["received_on", "grounds", "effective_on"])

    def write(self, unit: "Batch", case: "Case") -> None:
        given = self.cleaned_data
        services.lodge_appeal(case, by=unit.by, received_on=given["received_on"], grounds=given["grounds"], at=unit.at)


class AppealForm(Appealing):
    """The appeal against a refusal."""

    move = "reopen_on_appeal"


class ReinstatementForm(Appealing):
    """The appeal against an exclusion from pre-incubation."""

    move = "reinstate_in_pre_incubation"


class ReinstatementInIncubationForm(Appealing):
    """The appeal against an exclusion from incubation."""

    move = "reinstate_in_incubation"
