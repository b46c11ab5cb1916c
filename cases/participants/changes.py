"""Facts of a participant, recorded, changed and removed, as the timeline tells them: old value and new, who and when.

Of special-category facts only that they were.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from cases.models import Comment, Document, Note
from cases.secrets import Sealed
from roles.models import User
from workflows.histories import (
    ABOUT_THE_ROW,
    INSERT,
    NOTHING,
    Entry,
    after_the_first,
    differences,
    entries_of,
    people_behind,
    said,
)
from workflows.panels import OTHER, Event

if TYPE_CHECKING:
    from cases.participants.models import ParticipantCase

Reach: TypeAlias = "Callable[[ParticipantCase, User], Q]"
AFTER_THE_FIRST = ~Q(pgh_label=INSERT)


def through(path: str) -> Reach:
    """Rows that lead to the case by this path."""
    return lambda case, user: Q(**{path: case})


def seen_of(kind: type[models.Model]) -> Reach:
    """Rows of the case that this person may read."""
    return lambda case, user: Q(case=case, pgh_obj__in=kind._default_manager.visible_to(user).values("pk"))  # type: ignore[attr-defined]


OF_THE_CASE, ALL = through("case"), Q()


@dataclass(frozen=True)
class Fact:
    """A history of facts: which of its rows are about a case, which entries are told here, and whether what they say is."""

    history: str
    reach: Reach = OF_THE_CASE
    which: Q = ALL
    #: The first entry of a row that another record on the timeline tells of, if it is not the one by which it was written.
    told_elsewhere: Q | None = None
    left_out: frozenset[str] = ABOUT_THE_ROW
    is_kept_back: bool = False


FACTS = (
    Fact("cases.PersonEvent", lambda case, user: Q(pgh_obj=case.person_id), AFTER_THE_FIRST),
    Fact("cases.EntryDataEvent"),
    Fact("cases.ExitDataEvent"),
    Fact("cases.ExitSituationEvent", through("exit_data__case"), left_out=ABOUT_THE_ROW | {"exit_data_id"}),
    Fact("cases.FollowUpDataEvent"),
    Fact(
        "cases.SessionEvent",
        lambda case, user: Q(pgh_obj__in=case.attendances.values("session")),
        AFTER_THE_FIRST,
        told_elsewhere=~Q(status="planned"),
    ),
    Fact(
        "cases.AttendanceEvent",
        which=AFTER_THE_FIRST,
        told_elsewhere=Q(present__isnull=False),
        left_out=ABOUT_THE_ROW | {"session_id"},
    ),
    Fact("cases.DocumentEvent", seen_of(Document), AFTER_THE_FIRST),
    Fact("cases.NoteEvent", seen_of(Note)),
    Fact("cases.CommentEvent", seen_of(Comment)),
    Fact("participants.NoticeEvent"),
    Fact("participants.EligibilityCheckEvent"),
    Fact("participants.SupplementEvent"),
    Fact("participants.AppealEvent"),
    Fact("participants.DiagnosisEvent"),
    Fact("participants.PlanEvent", which=AFTER_THE_FIRST),
    Fact(
        "participants.PlanActionEvent",
        through("plan__case"),
        AFTER_THE_FIRST,
        left_out=ABOUT_THE_ROW | {"plan_id"},
    ),
    Fact("participants.ReviewEvent", which=AFTER_THE_FIRST),
    Fact("participants.RecommendationEvent"),
    Fact(
        "participants.OpinionEvent",
        through("recommendation__case"),
        left_out=ABOUT_THE_ROW | {"recommendation_id"},
    ),
    Fact("participants.ExitQuestionnaireEvent"),
    Fact("cases.SensitiveAnswersEvent", is_kept_back=True),
    Fact("cases.CriterionEvent", is_kept_back=True),
    Fact("cases.ConvictionsEvent", is_kept_back=True),
    Fact("cases.PrivateBarriersEvent", is_kept_back=True),
)


def changes_of(case: "ParticipantCase", user: User, before: datetime, limit: int) -> Iterator[Event]:
    """At most so many entries of each kind of fact, the latest up to a moment; two queries a kind, and one for the names."""
    found = [(fact, entry) for fact in FACTS for entry in _entries(fact, case, user, before, limit)]
    people = people_behind(entry for _fact, entry in found)
    for fact, entry in found:
        changed = differences(entry, left_out=fact.left_out, differ=_differ, say=_say)
        if changed:
            yield _event(entry, "" if fact.is_kept_back else "; ".join(changed), people.get(entry.by))


def _entries(fact: Fact, case: "ParticipantCase", user: User, before: datetime, limit: int) -> list[Entry]:
    history = apps.get_model(fact.history)
    which = fact.reach(case, user) & fact.which
    if fact.told_elsewhere is not None:
        which &= after_the_first(history, fact.told_elsewhere)
    return entries_of(history, which, before, limit)


def _differ(value: Any, before: Any) -> bool:
    """Whether it says something else; a value that was only encrypted anew does not."""
    return bool(value != before and (_bare(value) != _bare(before)))


def _bare(value: Any) -> Any:
    return value.open() if isinstance(value, Sealed) else value


def _say(row: Any, field: "models.Field[Any, Any]") -> str:
    """A document by its number: its title may be for few to read."""
    if field.related_model is Document:
        key = getattr(row, field.attname)
        return _("document no. %(number)s") % {"number": key} if key else NOTHING
    return said(row, field)


def _event(entry: Entry, text: str, who: User | None) -> Event:
    says = (
        _("Recorded: %(fact)s")
        if entry.is_first
        else _("Removed: %(fact)s")
        if entry.is_last
        else _("Changed: %(fact)s")
    )
    title = says % {"fact": entry.row.pgh_tracked_model._meta.verbose_name}
    return Event(
        at=entry.at, key=entry.key, group=OTHER, kind="field", title=title, who=str(who) if who else "", text=text
    )
