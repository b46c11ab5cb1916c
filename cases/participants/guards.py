"""The conditions of the participant's moves. Each completes the sentence "only if …"."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from cases.completeness import missing_at_entry, missing_at_exit, missing_at_follow_up
from cases.participants.parameters import APPEAL_DAYS, ATTENDANCE, FOLLOW_UP, MINIMUM_HOURS, REPEATS
from cases.participants.plans import plan_in_force
from cases.participants.stages import ExclusionReason, Stage
from workflows.lifecycle import guard
from workflows.models.history import those_that_count

if TYPE_CHECKING:
    from cases.participants.models import ParticipantCase
    from workflows.models import StageChange


def recorded_by(*names: str) -> "Callable[[ParticipantCase], set[int]]":
    """Who wrote these facts down: they may not approve what rests on them."""

    def authors(case: "ParticipantCase") -> set[int]:
        return {row.recorded_by_id for name in names for row in _rows(getattr(case.facts, name))}

    return authors


def _rows(fact: Any) -> list[Any]:
    return fact if isinstance(fact, list) else [] if fact is None else [fact]


# admission


def who_checked_eligibility(case: "ParticipantCase") -> set[int]:
    """Who found the person eligible, who wrote a criterion down, and who confirmed its evidence."""
    confirmed = {criterion.confirmed_by_id for criterion in case.facts.criteria if criterion.confirmed_by_id}
    return recorded_by("eligibility", "criteria")(case) | confirmed


@guard(
    _("Eligibility has not been confirmed with evidence."),
    met=_("Eligibility is confirmed with evidence."),
    needs=("eligibility", "criteria"),
    fix="participants:eligibility",
    authors=who_checked_eligibility,
)
def eligibility_is_confirmed(case: "ParticipantCase") -> bool:
    check = case.facts.eligibility
    if check is None or check.finding != check.Finding.ELIGIBLE:
        return False
    return not case.needs_criterion or any(criterion.is_met for criterion in case.facts.criteria)


@guard(
    _("The entry data are not complete."),
    met=_("The entry data are complete."),
    needs=("person", "entry_data", "sensitive_answers"),
    fix="participants:entry",
    authors=recorded_by("entry_data", "sensitive_answers"),
)
def entry_data_is_complete(case: "ParticipantCase") -> bool:
    return not missing_at_entry(case.facts.person, case.facts.entry_data, case.facts.sensitive_answers)


@guard(
    _("The information notice has not been given yet."),
    met=_("The information notice was given."),
    needs="notices",
    fix="participants:notice",
)
def notice_is_given(case: "ParticipantCase") -> bool:
    return bool(case.facts.notices)


@guard(
    _("The programme is full; there is the reserve list."),
    met=_("The programme has a free place."),
    needs="places",
)
def place_is_free(case: "ParticipantCase") -> bool:
    return bool(case.facts.places.is_free)


# refusal, exclusion and appeal


def last_change(case: "ParticipantCase") -> "StageChange":
    """The move by which the case came to where it stands."""
    return those_that_count(case.facts.stage_changes)[-1]


def who_decided_last(case: "ParticipantCase") -> set[int]:
    """Whoever made the latest move, and whomever they stood in for: an appeal against it is for others to decide."""
    detail = getattr(last_change(case), "detail", None)
    return {key for key in (detail.approved_by_id, detail.on_behalf_of_id) if key} if detail else set()


def who_decided(move: str) -> "Callable[[ParticipantCase], set[int]]":
    """Who made this move of the case before, and whomever they stood in for; one that was taken back does not count."""

    def deciders(case: "ParticipantCase") -> set[int]:
        made = [change for change in those_that_count(case.facts.stage_changes) if change.move == move]
        details = [detail for change in made if (detail := getattr(change, "detail", None))]
        return {key for detail in details for key in (detail.approved_by_id, detail.on_behalf_of_id) if key}

    return deciders


@guard(
    _("An earlier refusal was decided by the same person."),
    needs="stage_changes__detail",
    authors=who_decided("refuse"),
    only_bars=True,
)
def another_decides_than_refused(_case: "ParticipantCase") -> bool:
    """Always holds: after an appeal the matter comes before another approver, so those who refused are barred."""
    return True


@guard(
    _("An earlier exclusion was decided by the same person."),
    needs="stage_changes__detail",
    authors=who_decided("exclude"),
    only_bars=True,
)
def another_decides_than_excluded(_case: "ParticipantCase") -> bool:
    """Always holds: after a reinstatement those who excluded are barred from doing so again."""
    return True


@guard(
    _("No appeal came in the time for it."),
    met=_("An appeal came in time."),
    needs=("appeals", "stage_changes__detail"),
    authors=who_decided_last,
)
def appeal_came_in_time(case: "ParticipantCase") -> bool:
    last_day = case.stage_since + timedelta(days=case.programme.value(APPEAL_DAYS, case.stage_since))
    return any(case.stage_since <= appeal.received_on <= last_day for appeal in case.facts.appeals)


@guard(
    _("There was no exclusion from pre-incubation."),
    met=_("The exclusion was from pre-incubation."),
    needs="stage_changes__detail",
)
def was_excluded_from_pre_incubation(case: "ParticipantCase") -> bool:
    last = last_change(case)
    return last.move == "exclude" and last.source == Stage.PRE_INCUBATION


@guard(
    _("There was no exclusion from incubation."),
    met=_("The exclusion was from incubation."),
    needs="stage_changes__detail",
)
def was_excluded_from_incubation(case: "ParticipantCase") -> bool:
    last = last_change(case)
    return last.move == "exclude" and last.source == Stage.INCUBATION


# support


def who_recorded_sessions(case: "ParticipantCase") -> set[int]:
    """Who led or wrote down the sessions that count."""
    sessions = [attendance.session for attendance in case.facts.attendances if attendance.present]
    return {key for session in sessions for key in (session.leader_id, session.recorded_by_id)}


@guard(
    _("Participant and tutor have not both agreed to the plan."),
    met=_("Participant and tutor have agreed to the plan."),
    needs="plans__actions",
    fix="participants:plan",
    authors=recorded_by("plans"),
)
def plan_is_agreed(case: "ParticipantCase") -> bool:
    plan = max(case.facts.plans, key=lambda plan: plan.version, default=None)
    return plan is not None and plan.is_agreed and bool(plan.actions.all())


def authors_of_the_plan_in_force(case: "ParticipantCase") -> set[int]:
    """Who wrote down the plan that the case goes by."""
    plan = plan_in_force(case.facts.plans, case.facts.stage_changes)
    return {plan.recorded_by_id} if plan else set()


@guard(
    _("There is no plan that a supervisor has approved."),
    met=_("There is an approved plan."),
    needs=("plans__actions", "stage_changes__detail"),
    fix="participants:plan",
    authors=authors_of_the_plan_in_force,
)
def plan_is_in_force(case: "ParticipantCase") -> bool:
    plan = plan_in_force(case.facts.plans, case.facts.stage_changes)
    return plan is not None and plan.is_agreed


@guard(
    _("The minimum of hours of support has not been reached."),
    met=_("The minimum of hours of support is reached."),
    needs="attendances__session",
    fix="participants:hours",
    authors=who_recorded_sessions,
)
def minimum_hours_are_reached(case: "ParticipantCase") -> bool:
    hours = sum((attendance.counted_hours for attendance in case.facts.attendances), Decimal(0))
    return hours >= case.programme.value(MINIMUM_HOURS, case.stage_since)


@guard(
    _("Attendance is below the programme's threshold."),
    met=_("Attendance is at the programme's threshold or above."),
    needs="attendances__session",
    fix="participants:hours",
)
def attendance_is_sufficient(case: "ParticipantCase") -> bool:
    told = [attendance for attendance in case.facts.attendances if attendance.present is not None]
    there = sum(bool(attendance.present) for attendance in told)
    return bool(told) and 100 * there >= len(told) * case.programme.value(ATTENDANCE, case.stage_since)


@guard(
    _("There is no confirmed recommendation GO with a group or an idea."),
    met=_("GO is recommended and confirmed, with a group or an idea."),
    needs="recommendations",
    fix="participants:recommendation",
    authors=recorded_by("recommendations"),
)
def recommended_to_go(case: "ParticipantCase") -> bool:
    latest = max(case.facts.recommendations, key=lambda each: each.pk, default=None)
    return latest is not None and latest.verdict == "go" and bool(latest.idea and latest.confirmed_on)


@guard(
    _("Pre-incubation has been repeated as often as the programme allows."),
    met=_("The programme allows pre-incubation to be repeated."),
    needs="repeats",
)
def repeats_are_left(case: "ParticipantCase") -> bool:
    return bool(case.facts.repeats < case.programme.value(REPEATS, case.stage_since))


# leaving


@guard(
    _("The exit questionnaire has not been filled in."),
    met=_("The exit questionnaire is filled in."),
    needs="exit_questionnaire",
    fix="participants:questionnaire",
    authors=recorded_by("exit_questionnaire"),
)
def exit_questionnaire_is_filled_in(case: "ParticipantCase") -> bool:
    return case.facts.exit_questionnaire is not None


@guard(
    _("Exit data and follow-up are neither done nor documented as impossible."),
    met=_("Exit data and follow-up are done, or documented as impossible."),
    needs=("person", "exit_data__situations", "follow_up_data"),
)
def follow_ups_are_done(case: "ParticipantCase") -> bool:
    if case.admitted_on is None:
        return True
    exit_data = case.facts.exit_data
    if missing_at_exit(exit_data, exit_data.situations.all() if exit_data else []):
        return False
    return not is_followed_up(case) or not missing_at_follow_up(case.facts.follow_up_data)


@guard(
    _("An appeal has not been decided yet."),
    met=_("No appeal waits for a decision."),
    needs="open_appeals",
)
def no_appeal_is_pending(case: "ParticipantCase") -> bool:
    return not case.facts.open_appeals


# choices of the flow


def was_excluded(case: "ParticipantCase") -> bool:
    """Whether support ended by an exclusion, against which there is an appeal."""
    return case.exit_reason in ExclusionReason.values


def support_has_begun(case: "ParticipantCase") -> bool:
    """Whether there is anything to report on leaving: the person had been admitted."""
    return case.admitted_on is not None


def has_died(case: "ParticipantCase") -> bool:
    """Whether the person died: contacts stop."""
    return case.contacts_are_stopped


def is_followed_up(case: "ParticipantCase") -> bool:
    """Whether the person is in the programme's sample; the same answer every time it is asked. The dead are not asked."""
    if has_died(case):
        return False
    share = case.programme.value(FOLLOW_UP, case.left_on or case.stage_since)
    return (case.pk * 7919) % 100 < share
