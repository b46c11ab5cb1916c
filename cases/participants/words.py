"""Facts of a row in words: what each field is called and what it says."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from roles.templatetags.polish_dates import exact_date

Facts = list[tuple[str, str]]

#: What is told of each kind of row, in this order.
ENTRY = (
    "kind",
    "starts_on",
    "citizenship",
    "education",
    "labour_status",
    "labour_detail",
    "unemployed_since",
    "occupation",
    "workplace",
    "support_type",
    "support_starts_on",
    "support_ends_on",
)
DIAGNOSIS = (
    "diagnosed_on",
    "communication",
    "cooperation",
    "initiative",
    "organisation",
    "vocational",
    "digital",
    "transport",
    "housing",
    "strengths",
    "needs",
)
QUESTIONNAIRE = ("filled_in_on", "situation", "usefulness", "would_recommend", "remarks")
FOLLOW_UP = (
    "observed_on",
    "source",
    "in_sample",
    "labour_status",
    "contract",
    "weekly_hours",
    "skill_level",
    "improvements",
    "attempts",
)


def in_words(row: models.Model, names: Iterable[str]) -> Facts:
    """Label and value of each of these fields."""
    return [said(row, name) for name in names]


def said(row: models.Model, name: str) -> tuple[str, str]:
    """What one field is called, and what it says; empty for nothing."""
    field: Any = row._meta.get_field(name)
    value = getattr(row, name)
    label = str(capfirst(field.verbose_name))
    if value in (None, "", []):
        return label, ""
    if isinstance(value, bool):
        return label, _("yes") if value else _("no")
    if isinstance(value, list):
        words = dict(field.base_field.choices)
        return label, ", ".join(str(words.get(each, each)) for each in value)
    if field.choices:
        return label, str(getattr(row, f"get_{name}_display")())
    return label, exact_date(value) if isinstance(value, date) else str(value)
