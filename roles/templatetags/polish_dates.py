"""Dates as people say them: "in 3 days", "2 days overdue", and the exact date beside."""

from datetime import date, datetime
from typing import Literal

from django import template
from django.utils import formats
from django.utils.timezone import is_aware, localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

#: From how many days before a deadline it is shown as coming soon.
SOON = 2


@register.filter
def in_days(due: date | datetime, today: date | None = None) -> str:
    """How far away a day is, in calendar days: "today", "in 3 days", "2 days overdue"."""
    days = _days_left(due, today)
    if days < 0:
        return ngettext("%(days)d day overdue", "%(days)d days overdue", -days) % {"days": -days}
    if days == 0:
        return _("today")
    return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}


@register.filter
def days_ago(day: date | datetime, today: date | None = None) -> str:
    """How long ago something was, in calendar days, without calling it late."""
    days = -_days_left(day, today)
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days} if days > 0 else _("today")


@register.filter
def urgency(due: date | datetime, today: date | None = None) -> Literal["late", "soon", "later"]:
    """How pressing a deadline is, for colour and icon; the words say it too."""
    days = _days_left(due, today)
    return "late" if days < 0 else "soon" if days <= SOON else "later"


@register.filter
def exact_date(day: date | datetime) -> str:
    """The date in full, in the reader's language: "23 listopada 2026"."""
    return formats.date_format(_as_day(day), "DATE_FORMAT")


@register.filter
def exact_moment(moment: date | datetime) -> str:
    """The date in full and the hour, where there is one: "23 listopada 2026, 14:05"."""
    if not isinstance(moment, datetime):
        return exact_date(moment)
    return f"{exact_date(moment)}, {formats.date_format(localtime(moment) if is_aware(moment) else moment, 'H:i')}"


@register.filter
def machine_date(day: date | datetime) -> str:
    """The date for the `datetime` attribute of `<time>`."""
    return day.isoformat()


def _days_left(due: date | datetime, today: date | None) -> int:
    return (_as_day(due) - (today or localdate())).days


def _as_day(day: date | datetime) -> date:
    """The local calendar day."""
    if not isinstance(day, datetime):
        return day
    return (localtime(day) if is_aware(day) else day).date()
