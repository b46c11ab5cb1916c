"""Verbs at the end of pre-incubation: recommend, give an opinion, confirm."""

from datetime import date, datetime

from django.utils.timezone import now
from django.utils.translation import gettext as _

from cases.participants.models import Opinion, Recommendation
from cases.participants.services.writing import write
from cases.talk import write_psychologist_note
from roles.models import User
from roles.services.acting import acting
from workflows.errors import NotYet
from workflows.models import Case


def recommend(
    case: Case, *, by: User, verdict: str, reasons: str, on: date, idea: str = "", at: datetime | None = None
) -> Recommendation:
    """Write a new recommendation; the latest counts."""
    return write(Recommendation(case=case), by=by, at=at, verdict=verdict, reasons=reasons, idea=idea, given_on=on)


def give_opinion(
    case: Case, *, by: User, supports: bool, on: date, notes: str = "", at: datetime | None = None
) -> Opinion:
    """Say whether the latest recommendation has the psychologist's support; notes go into their restricted place."""
    latest = the_latest(case)
    opinion = Opinion.objects.filter(recommendation=latest).first() or Opinion(recommendation=latest)
    if notes.strip():
        write_psychologist_note(case, notes, by=by, at=at)
    return write(opinion, by=by, at=at, supports=supports, given_on=on)


def confirm_recommendation(case: Case, *, by: User, on: date, at: datetime | None = None) -> Recommendation:
    """Stand behind the latest recommendation. It stays the tutor's: only the day of confirmation is added."""
    latest = the_latest(case)
    latest.confirmed_on = on
    with acting(by, at or now()):
        latest.save(update_fields=["confirmed_on"])
    return latest


def the_latest(case: Case) -> Recommendation:
    """The recommendation that counts. Raises NotYet when there is none."""
    latest = Recommendation.objects.filter(case=case).order_by("-pk").first()
    if latest is None:
        raise NotYet(_("There is no recommendation yet."))
    return latest
