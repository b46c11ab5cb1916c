"""Sealing everything anew under the first key: rows, their history, and files. May be stopped and started again."""

from collections.abc import Iterator
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import models, transaction
from django.db.models import Q

from cases.secrets import BlindIndexField, EncryptedJSONField, EncryptedTextField
from cases.storage import Vault
from roles.sealing import is_current

CHUNK = 500
Fields = list[Any]


def reseal_rows() -> int:
    """Every encrypted value of every table, history included; how many were not under the first key."""
    return sum(_reseal(model, fields) for model, fields in _with_fields(EncryptedTextField, EncryptedJSONField))


def reseal_files() -> int:
    """Every file in the vault that a row still names; how many were not under the first key."""
    count = 0
    for model, fields in _with_fields(models.FileField):
        for field in fields:
            if isinstance(field.storage, Vault):
                names = model._base_manager.exclude(**{field.attname: ""}).values_list(field.attname, flat=True)
                count += sum(
                    field.storage.reseal(name) for name in names.iterator() if name and field.storage.exists(name)
                )
    return count


def reindex() -> int:
    """Every keyed hash, computed from the value that it is of; how many rows have one."""
    count = 0
    for model, fields in _with_fields(BlindIndexField):
        for rows in _chunks(model, [field.source for field in fields]):
            for row in rows:
                for field in fields:
                    field.pre_save(row, add=False)
            model._base_manager.bulk_update(rows, [field.attname for field in fields])
            count += len(rows)
    return count


def _reseal(model: type[models.Model], fields: Fields) -> int:
    count = 0
    for rows in _chunks(model, [field.attname for field in fields]):
        stale = [
            (row, field, sealed)
            for row in rows
            for field in fields
            if (sealed := getattr(row, field.attname)) and not is_current(sealed.token)
        ]
        for row, field, sealed in stale:
            setattr(row, field.attname, sealed.open())
        changed = list({row.pk: row for row, _field, _sealed in stale}.values())
        model._base_manager.bulk_update(changed, [field.attname for field in fields])
        count += len(stale)
    return count


def _with_fields(*kinds: type) -> Iterator[tuple[type[models.Model], Fields]]:
    for model in apps.get_models():
        fields = [field for field in model._meta.local_concrete_fields if isinstance(field, kinds)]
        if fields:
            yield model, fields


def _chunks(model: type[models.Model], names: list[str]) -> Iterator[list[models.Model]]:
    """Rows with any of these, locked, a transaction a chunk; triggers stand back, for nothing changes but the key."""
    there = Q()
    for name in names:
        there |= Q(**{f"{name}__isnull": False})
    last = 0
    while True:
        with transaction.atomic(), pgtrigger.ignore():
            rows = list(model._base_manager.select_for_update().filter(there, pk__gt=last).order_by("pk")[:CHUNK])
            if not rows:
                return
            last = rows[-1].pk
            yield rows
