"""Facts that were corrected, old value and new, as the timeline tells them; of special-category facts only that they were."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

from cases.secrets import Sealed
from workflows.panels import Event

if TYPE_CHECKING:
    from cases.participants.models import ParticipantCase

#: Histories of facts whose values everybody on the case may read, and of those whose values nobody is told here.
OF_THE_PERSON = "cases.PersonEvent"
TOLD = (
    OF_THE_PERSON,
    "cases.EntryDataEvent",
    "cases.ExitDataEvent",
    "cases.FollowUpDataEvent",
    "participants.DiagnosisEvent",
    "participants.EligibilityCheckEvent",
    "participants.ExitQuestionnaireEvent",
)
KEPT_BACK = (
    "cases.SensitiveAnswersEvent",
    "cases.CriterionEvent",
    "cases.ConvictionsEvent",
    "cases.PrivateBarriersEvent",
)
#: Columns that say when and by whom rather than what.
ABOUT_THE_ROW = frozenset({"id", "recorded_at", "recorded_by_id", "case_id"})
LONGEST = 80


def corrections_of(case: "ParticipantCase", before: datetime, limit: int) -> Iterator[Event]:
    """At most so many corrections of each kind of fact, the latest up to a moment; one query a kind."""
    for name in (*TOLD, *KEPT_BACK):
        history = apps.get_model(name)
        of_case = {"pgh_obj": case.person_id} if name == OF_THE_PERSON else {"case": case}
        rows = history._default_manager.filter(**of_case, recorded_at__lte=before).select_related("recorded_by")
        found = list(rows.order_by("-pgh_id")[: limit + 1])
        for later, row in enumerate(found):
            earlier = next((each for each in found[later + 1 :] if each.pgh_obj_id == row.pgh_obj_id), None)
            changed = _changed(row, earlier) if earlier is not None else []
            if changed:
                yield _event(row, "" if name in KEPT_BACK else "; ".join(changed))


def _changed(row: Any, earlier: Any) -> list[str]:
    """Each field that differs, with its old and its new value."""
    fields = [field for field in row.pgh_tracked_model._meta.concrete_fields if field.attname not in ABOUT_THE_ROW]
    return [
        f"{field.verbose_name}: {_said(earlier, field)} → {_said(row, field)}"
        for field in fields
        if hasattr(row, field.attname) and _differ(getattr(row, field.attname), getattr(earlier, field.attname))
    ]


def _differ(value: Any, before: Any) -> bool:
    """Whether it says something else; a value that was only encrypted anew does not."""
    return bool(value != before and (_bare(value) != _bare(before)))


def _bare(value: Any) -> Any:
    return value.open() if isinstance(value, Sealed) else value


def _said(row: Any, field: "models.Field[Any, Any]") -> str:
    value = getattr(row, field.name)
    if value in (None, "", []):
        return "–"
    if isinstance(value, Sealed):
        return str(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    shown = dict(field.flatchoices).get(value, value) if field.choices else value
    text = ", ".join(map(str, shown)) if isinstance(shown, list) else str(shown)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _event(row: Any, text: str) -> Event:
    said = _("Changed: %(fact)s") % {"fact": row.pgh_tracked_model._meta.verbose_name}
    key = f"x{row.pgh_tracked_model.__name__}{row.pgh_id:012d}"
    return Event(
        at=row.recorded_at, key=key, group="other", kind="field", title=said, who=str(row.recorded_by), text=text
    )
