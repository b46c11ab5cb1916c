"""What an approver reads before deciding a move, beside its conditions: what was found, said and proposed, and by whom.

Special categories and the psychologist's notes stay where they are: here stands only that something is met, or supported.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.participants.stages import ExclusionReason, RefusalReason
from roles.templatetags.polish_dates import exact_date
from workflows.facts import Facts
from workflows.lifecycle import Move
from workflows.models.history import those_that_count
from workflows.panels import Evidence

if TYPE_CHECKING:
    from cases.participants.models import ParticipantCase

#: Reasons of the decisions that one may appeal against, in words.
REASONS = dict([*RefusalReason.choices, *ExclusionReason.choices])


def grounds_of(case: "ParticipantCase", move: Move) -> list[Evidence]:
    """What the move rests on, in words; loads what it reads."""
    if move.name not in GROUNDS:
        return []
    needs, tell = GROUNDS[move.name]
    Facts.load([case], needs)
    return [each for each in tell(case) if each.value]


def _appeal(case: "ParticipantCase") -> Iterator[Evidence]:
    """What is appealed against, when the appeal came, and its grounds."""
    appeal = max(case.facts.appeals, key=lambda each: each.pk, default=None)
    if appeal is not None:
        yield Evidence(_("Appeal received on"), _day(appeal.received_on))
        yield Evidence(_("Grounds of the appeal"), appeal.grounds)
    against = those_that_count(case.facts.stage_changes)[-1]
    detail = getattr(against, "detail", None)
    if detail is not None:
        reason = str(REASONS.get(detail.reason, detail.reason))
        yield Evidence(_("Against the decision of"), ", ".join(filter(None, (_day(against.effective_on), reason))))
        yield Evidence(_("What was written with it"), detail.note)


def _eligibility(case: "ParticipantCase") -> Iterator[Evidence]:
    """What the check found, what was remarked, and whether a criterion is met; never which."""
    check = case.facts.eligibility
    if check is not None:
        by = _("%(finding)s, %(day)s, %(person)s") % {
            "finding": check.get_finding_display(),
            "day": _day(check.checked_on),
            "person": check.recorded_by,
        }
        yield Evidence(_("Check of eligibility"), by)
        yield Evidence(_("Remarks on eligibility"), check.remarks)
    if case.needs_criterion:
        met = sum(each.is_met for each in case.facts.criteria)
        said = _("%(number)s met, with evidence") % {"number": met} if met else _("not confirmed yet")
        yield Evidence(_("Criteria of art. 2(6)"), said, case.get_absolute_url())


def _recommendation(case: "ParticipantCase") -> Iterator[Evidence]:
    """What the tutor recommends and why, and whether the psychologist supports it."""
    latest = max(case.facts.recommendations, key=lambda each: each.pk, default=None)
    if latest is None:
        return
    by = _("%(verdict)s, %(day)s, %(person)s") % {
        "verdict": latest.get_verdict_display(),
        "day": _day(latest.given_on),
        "person": latest.recorded_by,
    }
    yield Evidence(_("The tutor recommends"), by)
    yield Evidence(_("Group or idea to incubate"), latest.idea)
    yield Evidence(_("The tutor's reasons"), latest.reasons)
    opinion = getattr(latest, "opinion", None)
    if opinion is not None:
        said = _("The psychologist supports it.") if opinion.supports else _("The psychologist does not support it.")
        yield Evidence(_("Psychologist's opinion"), f"{said} ({_day(opinion.given_on)})")


def _plan(case: "ParticipantCase") -> Iterator[Evidence]:
    """The latest version of the plan: its goal, and each action with who, until when and how one will know."""
    plan = max(case.facts.plans, key=lambda each: each.version, default=None)
    if plan is not None:
        url = reverse("participants:plan", args=[case.pk]) + f"?version={plan.version}"
        yield Evidence(_("Plan"), _("version %(version)s") % {"version": plan.version}, url)
        yield Evidence(_("Goal"), plan.goal)
        yield Evidence(_("Actions"), "\n".join(_action(each) for each in plan.actions.all()))


def _incubation(case: "ParticipantCase") -> Iterator[Evidence]:
    yield from _recommendation(case)
    yield from _plan(case)


def _leaving(case: "ParticipantCase") -> Iterator[Evidence]:
    """What the person says when leaving, and what the tutor recommended last."""
    said = case.facts.exit_questionnaire
    if said is not None:
        yield Evidence(_("The person's situation now, from 1 to 5"), str(said.situation))
        yield Evidence(_("Usefulness of the support, from 1 to 5"), str(said.usefulness))
        yield Evidence(_("Would recommend it to others"), _("yes") if said.would_recommend else _("no"))
        yield Evidence(_("Remarks of the person"), said.remarks)
    yield from _recommendation(case)


def _action(action: Any) -> str:
    return f"{action.what} ({action.get_who_display()}, {_day(action.until)}): {action.measure}"


def _day(day: Any) -> str:
    return str(exact_date(day))


#: The facts that are read, and what is told of them.
Telling: TypeAlias = "tuple[tuple[str, ...], Callable[[ParticipantCase], Iterator[Evidence]]]"

RECOMMENDED = ("recommendations__opinion", "recommendations__recorded_by")
ELIGIBILITY: Telling = (("eligibility__recorded_by", "criteria"), _eligibility)
APPEAL: Telling = (("appeals", "stage_changes__detail"), _appeal)
PLAN: Telling = (("plans__actions",), _plan)
GROUNDS: dict[str, Telling] = {
    "admit": ELIGIBILITY,
    "refuse": ELIGIBILITY,
    "reopen_on_appeal": APPEAL,
    "reinstate_in_pre_incubation": APPEAL,
    "reinstate_in_incubation": APPEAL,
    "accept_plan": PLAN,
    "change_plan": PLAN,
    "change_plan_in_incubation": PLAN,
    "repeat": (RECOMMENDED, _recommendation),
    "enter_incubation": ((*RECOMMENDED, "plans__actions"), _incubation),
    "graduate": ((*RECOMMENDED, "exit_questionnaire"), _leaving),
}
