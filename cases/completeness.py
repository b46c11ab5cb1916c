"""What is still missing before a form counts as complete; pure. Each answer is a list of the labels of empty fields."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.records import ALONE, UNEMPLOYED, ExitSituation, FollowUpData, LabourStatus

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from cases.models import EntryData, ExitData, Person, SensitiveAnswers

Labels = list["str | _StrPromise"]

OF_PERSON = ("first_name", "last_name", "birth_date", "sex", "place", "postcode")
OF_ENTRY = ("starts_on", "citizenship", "education", "powiat", "labour_status", "labour_detail")
OF_ANSWERS = ("disability", "minority", "foreign_origin", "homelessness", "asked_on")

#: How long after leaving a situation counts as an immediate result, in calendar days.
RESULT_DAYS = 28


def missing_at_entry(person: "Person", entry: "EntryData | None", answers: "SensitiveAnswers | None") -> Labels:
    """What ESF+ needs of somebody who enters; refusing to answer is an answer, a gmina is not insisted on."""
    missing = _empty(person, OF_PERSON)
    if not (person.pesel or person.other_identifier):
        missing.append(_("PESEL or another identifier"))
    if not (person.phone or person.email):
        missing.append(_("phone or e-mail"))
    if entry is None:
        return [*missing, _("entry data"), *([] if answers else [_("special-category answers")])]
    missing += _empty(entry, OF_ENTRY)
    if entry.labour_status in UNEMPLOYED and not entry.unemployed_since:
        missing += _labels(entry, ["unemployed_since"])
    if answers is None:
        return [*missing, _("special-category answers")]
    return missing + _empty(answers, OF_ANSWERS)


def missing_at_exit(exit_data: "ExitData | None", situations: Iterable[ExitSituation]) -> Labels:
    """What ESF+ needs of somebody who has left; whoever could not be reached needs the attempts written down."""
    if exit_data is None:
        return [_("exit data")]
    found = {situation.situation for situation in situations}
    missing = _labels(exit_data, ["as_planned"]) if exit_data.as_planned is None else []
    if not found:
        missing.append(_("situation after leaving"))
    if ExitSituation.Situation.NO_CONTACT in found:
        missing += _empty(exit_data, ["attempts"])
    return missing


def missing_at_follow_up(follow_up: FollowUpData | None) -> Labels:
    """What ESF+ needs six months after leaving; that it could not be learnt is an answer, once explained."""
    if follow_up is None:
        return [_("follow-up data")]
    if follow_up.source == FollowUpData.Source.IMPOSSIBLE:
        return _empty(follow_up, ["attempts"])
    missing = _empty(follow_up, ["observed_on", "labour_status"])
    if follow_up.labour_status == LabourStatus.EMPLOYED:
        missing += _empty(follow_up, ["contract"])
    return missing


def faults_of_the_start(
    starts_on: date, programme_starts_on: date, first_support_on: date | None, today: date
) -> Labels:
    """What cannot be so of the day on which participation starts."""
    faults: Labels = []
    if starts_on > today:
        faults.append(_("Participation does not start in the future."))
    if starts_on < programme_starts_on:
        faults.append(_("Participation does not start before the programme."))
    if first_support_on is not None and starts_on > first_support_on:
        faults.append(_("Participation starts with the first support at the latest."))
    return faults


def faults_at_exit(left_on: date, situations: Iterable[ExitSituation]) -> Labels:
    """What cannot be so among the situations after leaving."""
    situations = list(situations)
    last = left_on + timedelta(days=RESULT_DAYS)
    days_of = {each.situation: each.observed_on for each in situations}
    faults: Labels = []
    if any(not left_on <= each.observed_on <= last for each in situations):
        faults.append(_("A situation counts from the day of leaving for 28 days."))
    if len(days_of) > 1 and days_of.keys() & ALONE:
        faults.append(_("“Unchanged”, “none of these” and “could not be reached” stand alone."))
    job, search = (
        days_of.get(each) for each in (ExitSituation.Situation.EMPLOYMENT, ExitSituation.Situation.JOB_SEARCH)
    )
    if job and job == search:
        faults.append(_("Nobody looks for work and is employed on the same day: the last event counts."))
    return faults


def _empty(row: models.Model, names: Iterable[str]) -> Labels:
    return _labels(row, [name for name in names if _value(row, name) in (None, "")])


def _value(row: models.Model, name: str) -> Any:
    return getattr(row, row._meta.get_field(name).attname)  # type: ignore[union-attr]


def _labels(row: models.Model, names: Iterable[str]) -> Labels:
    return [row._meta.get_field(name).verbose_name for name in names]  # type: ignore[union-attr]
