"""No edit is lost unseen: a form carries the version of what it was opened with, and whoever comes second sees both."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from workflows.drafts import said
from workflows.errors import TooLate

#: What a form sends it as.
VERSION = "seen_version"


class Outdated(TooLate):
    """Somebody has saved the same thing since the form was opened."""


@dataclass(frozen=True)
class Edited:
    """What several people may correct: its version as it is now, the rows that are locked meanwhile, and its values by field."""

    version: Callable[[], str]
    rows: "QuerySet[Any, Any]"
    stored: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Difference:
    """A field whose stored value is not the one that was sent."""

    label: str
    stored: str
    sent: str


def version_of(*facts: object) -> str:
    """A word that changes with these facts and tells nothing of them; empty while there are none."""
    return salted_hmac("workflows.lost_edits", repr(facts)).hexdigest()[:24] if any(facts) else ""


@contextmanager
def unless_changed(edited: Edited | None, sent: str) -> Iterator[None]:
    """Write in one transaction with the check that nobody has written since. Raises Outdated."""
    if edited is None:
        yield
        return
    with transaction.atomic():
        list(edited.rows.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
        if edited.version() != sent:
            raise Outdated(_("Somebody has saved this since you opened it."))
        yield


def differences(form: forms.BaseForm, stored: Mapping[str, Any]) -> list[Difference]:
    """Field by field what is stored and what was sent, where they differ; what the form never shows is not shown here either."""
    return list(_differences(form, stored))


def _differences(form: forms.BaseForm, stored: Mapping[str, Any]) -> Iterable[Difference]:
    for bound in form:
        if bound.is_hidden:
            continue
        sent = said(bound.field, bound.data)
        if bound.name not in stored:
            if sent:
                yield Difference(str(bound.label), _("not shown here"), sent)
        elif bound.field.has_changed(stored[bound.name], bound.data):
            yield Difference(str(bound.label), said(bound.field, _as_typed(bound.field, stored[bound.name])), sent)


def _as_typed(field: forms.Field, value: Any) -> Any:
    """The value as the field would show it to be typed over."""
    value = field.prepare_value(value)
    return value if hasattr(field, "choices") or isinstance(value, bool) else field.widget.format_value(value)
