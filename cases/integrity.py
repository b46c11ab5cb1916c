"""Facts against their own history (django-pghistory): a row edited, removed or put in with triggers off does not fit its last event."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.apps import apps
from django.db import connection, models
from pghistory.models import Event
from psycopg import sql

from cases.secrets import BlindIndexField, SealedFieldMixin
from workflows.integrity import Found, integrity
from workflows.reports import MOST, Problem

# One row of each pair: the fact, and the event that last said what it is.
UNLIKE = sql.SQL(
    "SELECT coalesce(fact.{key}, event.pgh_obj_id), fact.{key} IS NULL, event.pgh_id IS NULL, ARRAY[{differs}]"
    " FROM {facts} fact FULL JOIN"
    " (SELECT DISTINCT ON (pgh_obj_id) * FROM {events} ORDER BY pgh_obj_id, pgh_id DESC) event"
    " ON event.pgh_obj_id = fact.{key}"
    " WHERE CASE WHEN fact.{key} IS NULL THEN event.pgh_label <> 'delete'"
    " WHEN event.pgh_id IS NULL THEN {told_from_the_start} ELSE true = ANY(ARRAY[{differs}]) END"
    " ORDER BY 1 LIMIT {most}"
)
DIFFERS = sql.SQL("fact.{column} IS DISTINCT FROM event.{column}")


@integrity("facts are what their history says")
def facts_are_what_their_history_says() -> Found:
    histories = [each for each in apps.get_models() if issubclass(each, Event) and each.pgh_trackers]
    count = sum(_facts_of(history)._base_manager.count() for history in histories)
    return count, chain.from_iterable(map(_unlike, histories))


def _facts_of(history: Any) -> type[models.Model]:
    facts: type[models.Model] = history.pgh_tracked_model
    return facts


def _unlike(history: Any) -> Iterator[Problem]:
    facts = _facts_of(history)._meta
    columns = [str(field.column) for field in history._meta.local_concrete_fields if _is_told(field)]
    differs: list[sql.Composable] = [DIFFERS.format(column=sql.Identifier(column)) for column in columns]
    query = UNLIKE.format(
        key=sql.Identifier(str(facts.pk.column)),
        facts=sql.Identifier(facts.db_table),
        events=sql.Identifier(history._meta.db_table),
        differs=sql.SQL(", ").join(differs),
        told_from_the_start=sql.Literal(any(tracker.label == "insert" for tracker in history.pgh_trackers)),
        most=sql.Literal(MOST),
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        for key, is_gone, is_untold, differing in cursor.fetchall():
            where = f"{facts.verbose_name} {key}"
            if is_gone:
                yield Problem(where, "is gone, and its history does not say so", key)
            elif is_untold:
                yield Problem(where, "has no history", key)
            else:
                names = ", ".join(column for column, other in zip(columns, differing, strict=True) if other)
                yield Problem(where, f"is not what its history says: {names}", key)


def _is_told(field: "models.Field[Any, Any]") -> bool:
    """Whether fact and event hold the same; what is sealed anew under another key differs."""
    return not field.name.startswith("pgh_") and not isinstance(field, (SealedFieldMixin, BlindIndexField))
