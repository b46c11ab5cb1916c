"""Forms of work: what a person fills in to finish an item, to ask for a move, or to decide one."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from roles.form_layout import LaidOut, When
from roles.models import User
from workflows.models import Case, Outcome, WorkItem

if TYPE_CHECKING:
    from workflows.batch import Batch


class WorkForm(LaidOut):
    """The form of a piece of work on one case.

    Its fields are facts of the room; `write` puts them down inside the unit of work, after the case is locked. `outcome` chooses the way
    on among the node's ways: a form with several has a field of that name.
    """

    #: Fields that stand on the work item itself rather than on the case.
    of_the_item: ClassVar[tuple[str, ...]] = ("note", "reason", "effective_on")

    def __init__(self, *args: Any, case: Case, by: User, item: WorkItem | None = None, **kwargs: Any) -> None:
        self.case, self.by, self.item = case, by, item
        super().__init__(*args, **kwargs)
        for name, value in self.proposed().items():
            self.initial.setdefault(name, value)

    def proposed(self) -> dict[str, Any]:
        """What the form opens with: facts known already."""
        return {}

    def write(self, unit: "Batch", case: Case) -> None:
        """Put the facts down; called inside the transaction, with the locked case."""

    @property
    def way(self) -> str:
        """The way on that was chosen."""
        return str(self.cleaned_data.get("outcome") or "done")

    @property
    def terms(self) -> dict[str, Any]:
        """What goes to the item: note, reason and the day it takes effect, as far as the form asks for them."""
        return {name: self.cleaned_data[name] for name in self.of_the_item if self.cleaned_data.get(name)}


class AskForm(WorkForm):
    """Asks for a move: the day it takes effect and, where the move has coded reasons, which."""

    move: ClassVar[str]
    effective_on = forms.DateField(label=_("Takes effect on"))
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = self.case.move(self.move).terms.reasons
        if reasons is not None:
            self.fields["reason"] = forms.ChoiceField(label=_("Reason"), choices=reasons.choices)
            self.order_fields(["reason", "effective_on"])


class NoReason(models.TextChoices):
    """Why an approval is returned or refused."""

    INCOMPLETE = "incomplete", _("something is missing")
    UNCLEAR = "unclear", _("something is unclear")
    EVIDENCE = "evidence", _("the evidence does not show it")
    TERMS = "terms", _("it is against the rules of the programme")
    OTHER = "other", _("another reason, see the note")


#: What an approver may choose, in the order of the form.
DECISIONS = {
    Outcome.APPROVED: _("Approve"),
    Outcome.RETURNED: _("Return for more work"),
    Outcome.REFUSED: _("Refuse"),
}


class DecisionForm(LaidOut):
    """One decision, on one approval or on many: approve with the day it takes effect, or say no with a coded reason."""

    wanted_when = {
        "effective_on": When("outcome", (Outcome.APPROVED,), may_lack=True),
        "reason": When("outcome", (Outcome.RETURNED, Outcome.REFUSED)),
    }

    outcome = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    effective_on = forms.DateField(label=_("Takes effect on"), required=False)
    reason = forms.ChoiceField(
        label=_("Reason for return or refusal"), required=False, choices=[("", "—"), *NoReason.choices]
    )
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 2}), required=False)

    def __init__(self, *args: Any, outcomes: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(value, label) for value, label in DECISIONS.items() if value in outcomes]
        self.fields["outcome"].choices = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("outcome") not in (None, Outcome.APPROVED) and not given.get("reason"):
            self.add_error("reason", _("Say why."))
        return given
