"""Drafts of half-filled forms: sealed, seen by their author alone, gone when their work is finished or cancelled."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _

from roles.models import User
from roles.sealing import seal, unseal
from workflows.models import Case, Draft, PageDraft, WorkItem

#: What a form sends beside its own fields.
NOT_OF_THE_FORM = ("csrfmiddlewaretoken", "draft", "autosave")
#: How long a draft of a page waits for its author.
KEPT_FOR = timedelta(days=30)


def save_draft(item: WorkItem, *, by: User, data: QueryDict, at: datetime) -> Draft:
    """Keep what somebody has written so far on an item; a later draft takes the place of the earlier one."""
    draft = Draft(item=item, user=by, sealed=_sealed(data, _context(item, by)), saved_at=at)
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
    fill(form, _opened(draft.sealed, _context(draft.item, draft.user)))


def save_page_draft(page: str, case: Case | None, *, by: User, data: QueryDict, at: datetime) -> PageDraft:
    """Keep what somebody has written so far on a page that is no work item, about a case or about none."""
    sealed = _sealed(data, _context_of_page(page, case, by))
    found = PageDraft(user=by, page=page, case=case, sealed=sealed, saved_at=at)
    PageDraft.objects.bulk_create(
        [found], update_conflicts=True, unique_fields=["user", "page", "case"], update_fields=["sealed", "saved_at"]
    )
    return found


def page_draft_of(page: str, case: Case | None, user: User) -> PageDraft | None:
    """One's own draft on the page."""
    return PageDraft.objects.filter(user=user, page=page, case=case).first()


def discard_page_draft(page: str, case: Case | None, *, by: User) -> None:
    """Forget one's draft of the page."""
    PageDraft.objects.filter(user=by, page=page, case=case).delete()


def written_on(draft: PageDraft, case: Case | None, user: User) -> QueryDict:
    """What the draft of a page holds, as it was sent."""
    return _opened(draft.sealed, _context_of_page(draft.page, case, user))


def forget_page_drafts(at: datetime) -> int:
    """Delete drafts of pages that nobody has touched for long; how many."""
    return PageDraft.objects.filter(saved_at__lt=at - KEPT_FOR).delete()[0]


def fill(form: forms.BaseForm, written: QueryDict) -> None:
    """Open an unbound form with what was written; files have to be chosen again."""
    for name, field in form.fields.items():
        if not field.widget.needs_multipart_form:
            form.initial[name] = field.widget.value_from_datadict(written, {}, form.add_prefix(name))


def written_in(form: forms.BaseForm) -> list[tuple[str, str]]:
    """What a person wrote into a bound form, field by field, to be shown back to them."""
    return [(str(each.label), words) for each in form if not each.is_hidden and (words := said(each.field, each.data))]


def said(field: forms.Field, value: object) -> str:
    """An answer in words: the labels of what was chosen, the name of a file."""
    if value in (None, "", [], False):
        return ""
    if isinstance(value, UploadedFile):
        return value.name or ""
    if value is True:
        return _("yes")
    choices = dict(_flat(getattr(field, "choices", ())))
    chosen = value if isinstance(value, list | tuple) else [value]
    return ", ".join(str(choices.get(str(each), each)) for each in chosen)


def _flat(choices: Iterable[tuple[object, object]]) -> Iterable[tuple[str, object]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), label


def _sealed(data: QueryDict, context: str) -> bytes:
    kept = {name: values for name, values in data.lists() if name not in NOT_OF_THE_FORM}
    return seal(json.dumps(kept).encode(), context)


def _opened(sealed: bytes | memoryview, context: str) -> QueryDict:
    written = QueryDict(mutable=True)
    for name, values in json.loads(unseal(bytes(sealed), context)).items():
        written.setlist(name, values)
    return written


def _context_of_page(page: str, case: Case | None, user: models.Model) -> str:
    return f"workflows.page_draft.{page}.{case.pk if case else ''}.{user.pk}"


def _context(item: WorkItem, user: models.Model) -> str:
    return f"workflows.draft.{item.pk}.{user.pk}"
