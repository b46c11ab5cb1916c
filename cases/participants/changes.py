"""Facts of a participant, recorded, changed and removed, as the timeline tells them: old value and new, who and when.

Of special-category facts only that they were.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from django.apps import apps
from django.db import connection, models
from django.db.models import Q, Value
from django.utils.translation import gettext as _

from cases.models import Comment, Document, Note
from cases.secrets import Sealed
from roles.models import User
from workflows.histories import (
    ABOUT_THE_ROW,
    ALL,
    INSERT,
    NOTHING,
    Entry,
    Pair,
    after_the_first,
    differences,
    latest,
    people_behind,
    read,
    said,
)
from workflows.panels import OTHER, Event

if TYPE_CHECKING:
    from cases.participants.models import ParticipantCase

Reach: TypeAlias = "Callable[[ParticipantCase, User], Q]"
AFTER_THE_FIRST = ~Q(pgh_label=INSERT)
#: For reaches that ask nobody.
NOBODY = User()


def through(path: str) -> Reach:
    """Rows that lead to the case by this path."""
    return lambda case, user: Q(**{path: case})


def shown(kind: type[models.Model], case: "ParticipantCase", user: User) -> list[int]:
    """Keys of the case's rows of this kind that the person may read; asked once for each object that stands for the case."""
    known: dict[tuple[type[models.Model], int], list[int]] = case.__dict__.setdefault("_shown", {})
    if (kind, user.pk) not in known:
        seen = kind._default_manager.visible_to(user).filter(case=case)  # type: ignore[attr-defined]
        known[kind, user.pk] = list(seen.values_list("pk", flat=True))
    return known[kind, user.pk]


def seen_of(kind: type[models.Model]) -> Reach:
    """Rows of the case that this person may read."""
    return lambda case, user: Q(case=case, pgh_obj__in=shown(kind, case, user))


OF_THE_CASE = through("case")


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
    #: Who may read the case may not read every row: whose rows these are stands in `reach`, that there are some does not.
    is_for_some: bool = False

    @property
    def table(self) -> type[models.Model]:
        """The history."""
        return apps.get_model(self.history)

    def condition(self, reached: Q) -> Q:
        """Which of the entries reached are told here."""
        elsewhere = after_the_first(self.table, self.told_elsewhere) if self.told_elsewhere is not None else ALL
        return reached & self.which & elsewhere


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
    Fact("cases.DocumentEvent", seen_of(Document), AFTER_THE_FIRST, is_for_some=True),
    Fact("cases.NoteEvent", seen_of(Note), is_for_some=True),
    Fact("cases.CommentEvent", seen_of(Comment), is_for_some=True),
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


#: What stands in a statement that is compiled once for every case: its keys, and the moment up to which one reads.
CASE, PERSON, MOMENT = -(10**15), -(10**15) - 1, datetime.min.replace(tzinfo=UTC)
#: Entries beyond those asked for, since some turn out to change nothing that is told.
SPARE = 10


@dataclass(frozen=True)
class Statement:
    """SQL with its parameters, the stand-ins above among them."""

    sql: str
    values: Sequence[Any]

    def given(self, known: Mapping[Any, Any]) -> list[Any]:
        """The parameters for one case."""
        return [known.get(value, value) if isinstance(value, (int, datetime)) else value for value in self.values]


@cache
def _statement(kind: "type[ParticipantCase]", limit: int) -> Statement:
    """Where there are entries of a case: place of the fact, key, and key of the entry before; the latest of all facts together."""
    some = kind(id=CASE, case_ptr_id=CASE, person_id=PERSON)
    parts = [_part(place, fact, some)[:limit].query.sql_with_params() for place, fact in enumerate(FACTS)]
    union = " UNION ALL ".join(f"({sql})" for sql, _values in parts)
    values = [value for _sql, values in parts for value in values]
    sql = f"SELECT which_fact, pgh_id, earlier_id FROM ({union}) AS entry ORDER BY told_at DESC, pgh_id DESC LIMIT {limit}"  # noqa: S608
    return Statement(sql, values)


def _part(place: int, fact: Fact, case: "ParticipantCase") -> "models.QuerySet[Any, Any]":
    reach = OF_THE_CASE if fact.is_for_some else fact.reach
    found = latest(fact.table, fact.condition(reach(case, NOBODY)), MOMENT)
    return found.annotate(which_fact=Value(place)).values_list("which_fact", "pgh_id", "earlier_id", "told_at")


def changes_of(case: "ParticipantCase", user: User, before: datetime, limit: int) -> Iterator[Event]:
    """Entries of all these facts, the latest up to a moment: so many at least, if there are, and none left out between them.

    One query says where there are any; then one for each table that has some, and one for the names of who acted. Again, further
    back, if too many of them were not to be told.
    """
    reach = limit + SPARE
    while True:
        latest_of = _latest(case, before, reach)
        told = list(_told(case, user, latest_of))
        if len(told) >= limit or sum(map(len, latest_of.values())) < reach:
            return iter(told)
        reach *= 4


def _told(case: "ParticipantCase", user: User, latest_of: Mapping[Fact, list[Pair]]) -> Iterator[Event]:
    found = [
        (fact, entry)
        for fact, pairs in latest_of.items()
        for entry in read(fact.table, pairs, fact.reach(case, user) if fact.is_for_some else ALL)
    ]
    people = people_behind(entry for _fact, entry in found)
    for fact, entry in found:
        changed = differences(entry, left_out=fact.left_out, differ=_differ, say=_say)
        if changed:
            yield _event(entry, "" if fact.is_kept_back else "; ".join(changed), people.get(entry.by))


def _latest(case: "ParticipantCase", before: datetime, limit: int) -> dict[Fact, list[Pair]]:
    """Of the latest entries over all facts, by fact: the key of each, and of the one before it about the same row."""
    statement = _statement(type(case), limit)
    found: defaultdict[Fact, list[Pair]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.given({CASE: case.pk, PERSON: case.person_id, MOMENT: before}))
        for place, key, earlier in cursor.fetchall():
            found[FACTS[place]].append((key, earlier))
    return found


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
