"""Drafts of half-filled forms: sealed, seen by their author alone, gone when their work is finished or cancelled."""

import json
from collections.abc import Iterable
from datetime import datetime

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import QueryDict

from roles.models import User
from roles.sealing import seal, unseal
from workflows.models import Draft, WorkItem

#: What a form sends beside its own fields.
NOT_OF_THE_FORM = ("csrfmiddlewaretoken", "draft", "autosave")


def save_draft(item: WorkItem, *, by: User, data: QueryDict, at: datetime) -> Draft:
    """Keep what somebody has written so far on an item; a later draft takes the place of the earlier one."""
    kept = {name: values for name, values in data.lists() if name not in NOT_OF_THE_FORM}
    draft = Draft(item=item, user=by, sealed=seal(json.dumps(kept).encode(), _context(item, by)), saved_at=at)
    Draft.objects.bulk_create(
        [draft], update_conflicts=True, unique_fields=["item", "user"], update_fields=["sealed", "saved_at"]
    )
    return draft


def draft_of(item: WorkItem, user: User) -> Draft | None:
    """One's own draft on the item."""
    return Draft.objects.filter(item=item, user=user).first()


def discard_draft(item: WorkItem, *, by: User) -> None:
    """Forget one's draft: one begins anew."""
    Draft.objects.filter(item=item, user=by).delete()


def restore(form: forms.BaseForm, draft: Draft) -> None:
    """Open an unbound form with what the draft holds; what was wrong in it is said when it is sent on, not before."""
    written = QueryDict(mutable=True)
    for name, values in json.loads(unseal(bytes(draft.sealed), _context(draft.item, draft.user))).items():
        written.setlist(name, values)
    for name, field in form.fields.items():
        if not field.widget.needs_multipart_form:
            form.initial[name] = field.widget.value_from_datadict(written, {}, form.add_prefix(name))


def written_in(form: forms.BaseForm) -> list[tuple[str, str]]:
    """What a person wrote into a bound form, field by field, to be shown back to them."""
    return [(str(field.label), said) for field in form if not field.is_hidden and (said := _said(field))]


def _said(field: forms.BoundField) -> str:
    """The answer in words: the labels of what was chosen, the name of a file."""
    value = field.data
    if value in (None, "", [], False):
        return ""
    if isinstance(value, UploadedFile):
        return value.name or ""
    choices = dict(_flat(getattr(field.field, "choices", ())))
    chosen = value if isinstance(value, list | tuple) else [value]
    return ", ".join(str(choices.get(str(each), each)) for each in chosen)


def _flat(choices: Iterable[tuple[object, object]]) -> Iterable[tuple[str, object]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), label


def _context(item: WorkItem, user: models.Model) -> str:
    return f"workflows.draft.{item.pk}.{user.pk}"
