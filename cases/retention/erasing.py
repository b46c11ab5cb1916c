"""Forgetting one case: every table by its rule, files last, the stub left standing."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connection, models
from django.db.models import Max

from cases.models import Document, ErasedCase, Person
from cases.models.people import kinds_with_a_person
from cases.retention.rules import RULES, Rule
from roles.models import clock_of
from workflows.batch import batch
from workflows.erasing import erase_details
from workflows.models import Case

#: What stands where a name stood.
NOBODY = "–"
#: What is left of a person when nothing is kept about them any more.
LEFT_OF_A_PERSON: dict[str, Any] = {
    "first_name": NOBODY,
    "last_name": NOBODY,
    "sort_key": NOBODY,
    "search": "",
    "pesel": None,
    "pesel_index": None,
    "other_identifier": None,
    "identifier_index": None,
    "birth_date": None,
    "died_on": None,
    "gmina": "",
    "place": "",
    "street": "",
    "postcode": "",
    "phone": "",
    "email": "",
    "preferred_contact": "",
    "access_needs": [],
    "access_note": "",
}
FILES = "delete_erased_files"


def erase(erased: ErasedCase, at: datetime) -> None:
    """Forget one case of an approved erasure; done again it does nothing. In the clock's name: two people have decided."""
    with batch([erased.case_id], by=clock_of(), at=at) as unit:
        row = ErasedCase.objects.select_for_update(of=("self",)).get(pk=erased.pk)
        if row.erased_at is not None or not row.stands:
            return
        case = unit.cases[row.case_id]
        names = list(Document.objects.filter(case=case).values_list("file", flat=True))
        row.rows = _apply_all(case) + erase_details(list(case.stage_changes.all()), at=at)
        case.set_title(case.number)
        _forget_the_person(case)
        row.erased_at = at
        row.save(update_fields=["rows", "erased_at"])
        if names:
            unit.job(FILES, key=f"erased-files-{row.pk}", case=case, names=names)


def _apply_all(case: Case) -> int:
    """Do what the rules say to the rows of one case; how many rows were deleted. The rows are found first: some lead over others."""
    found = []
    for rule in RULES.values():
        model = apps.get_model(rule.label)
        keys = list(model._base_manager.filter(**{rule.path: case.pk}).values_list("pk", flat=True))
        if keys and (rule.deletes or rule.leaves):
            found.append((rule, model, keys))
    return sum(_apply(rule, model, keys) for rule, model, keys in found)


def _apply(rule: Rule, model: type[models.Model], keys: Sequence[Any]) -> int:
    if rule.deletes:
        with _passing_over(model, pgtrigger.Trigger):
            gone = _delete(model, keys)
        return gone + _forget_history(model, keys, but_the_latest=False)
    return _empty(model, keys, rule.leaves)


def _empty(model: type[models.Model], keys: Sequence[Any], leaves: Mapping[str, Any]) -> int:
    """Put these values in place of what tells of a person; of the history, only how the rows are now stays."""
    with _passing_over(model, pgtrigger.Protect):
        model._base_manager.filter(pk__in=keys).update(**leaves)
    return _forget_history(model, keys, but_the_latest=True)


def _forget_history(model: type[models.Model], keys: Sequence[Any], *, but_the_latest: bool) -> int:
    deleted = 0
    for history in getattr(model, "pgh_event_models", {}).values():
        rows = history._base_manager.filter(pgh_obj_id__in=keys)
        latest = rows.order_by().values("pgh_obj_id").annotate(latest=Max("pgh_id")).values("latest")
        gone = list((rows.exclude(pk__in=latest) if but_the_latest else rows).values_list("pk", flat=True))
        with _passing_over(history, pgtrigger.Trigger):
            deleted += _delete(history, gone)
    return deleted


def _forget_the_person(case: Case) -> None:
    for kind, field in kinds_with_a_person():
        key = kind._base_manager.filter(pk=case.pk).values_list(field, flat=True).first()
        if key is not None:
            forget_person(key, but=case)


def forget_person(key: int, *, but: Case) -> None:
    """Empty the row of a person of whom no case is kept any more, apart from this one, which lets go of them."""
    Person._base_manager.select_for_update(of=("self",)).get(pk=key)  # of two cases at once, one is the last
    if not _cases_that_are_kept(key, but=but):
        _empty(Person, [key], LEFT_OF_A_PERSON)


def _cases_that_are_kept(person: int, *, but: Case) -> bool:
    forgotten = ErasedCase.objects.filter(erased_at__isnull=False).values("case")
    return any(
        kind._base_manager.filter(**{field: person}).exclude(pk=but.pk).exclude(pk__in=forgotten).exists()
        for kind, field in kinds_with_a_person()
    )


def _delete(model: type[models.Model], keys: Sequence[Any]) -> int:
    """Delete rows by SQL alone: what refers to them goes in the same transaction, and is checked when it ends."""
    table, key = map(connection.ops.quote_name, (model._meta.db_table, str(model._meta.pk.column)))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {key} = ANY(%s)", [list(keys)])  # noqa: S608  names of the model
        return int(cursor.rowcount)


def _passing_over(model: type[models.Model], kind: type[pgtrigger.Trigger]) -> AbstractContextManager[None]:
    """Within it the model's triggers of that kind do not fire; where there are none, every other still does."""
    triggers = [each for each in getattr(model._meta, "triggers", []) if isinstance(each, kind)]
    names = [f"{model._meta.label}:{each.name}" for each in triggers]
    return pgtrigger.ignore(*names) if names else nullcontext()
