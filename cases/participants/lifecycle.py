"""Every move of a participant's case: from, to, who asks, who approves, only if what. Declares; does nothing."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.participants.guards import (
    another_decides_than_excluded,
    another_decides_than_refused,
    appeal_came_in_time,
    attendance_is_sufficient,
    eligibility_is_confirmed,
    entry_data_is_complete,
    exit_questionnaire_is_filled_in,
    follow_ups_are_done,
    minimum_hours_are_reached,
    no_appeal_is_pending,
    notice_is_given,
    place_is_free,
    plan_is_agreed,
    plan_is_in_force,
    recommended_to_go,
    repeats_are_left,
    was_excluded_from_incubation,
    was_excluded_from_pre_incubation,
)
from cases.participants.stages import (
    ExclusionReason,
    LeavingOutcome,
    RefusalReason,
    ReturnReason,
    Stage,
    WithdrawalReason,
)
from roles.role import Role
from workflows.lifecycle import move

#: Whoever leaves support leaves a place: those who wait for one are to hear of it.
TELL_OF_FREE_PLACES = "participants.tell_of_free_places"


class ParticipantLifecycle(models.Model):
    """The moves, in the order of life."""

    class Meta:
        abstract = True

    # recruitment

    @move(
        source=Stage.RECRUITMENT,
        target=Stage.PRE_INCUBATION,
        label=_("Admit to pre-incubation"),
        asked_by=Role.COORDINATOR,
        approved_by=Role.SUPERVISOR,
        only_if=[
            eligibility_is_confirmed,
            entry_data_is_complete,
            notice_is_given,
            place_is_free,
            another_decides_than_refused,
        ],
        day="admitted_on",
    )
    def admit(self) -> None:
        """The person meets the criteria and knows what happens to their data."""

    @move(
        source=Stage.RECRUITMENT,
        target=Stage.REFUSED,
        label=_("Refuse admission"),
        asked_by=Role.COORDINATOR,
        approved_by=Role.SUPERVISOR,
        only_if=[another_decides_than_refused],
        reasons=RefusalReason,
        why="exit_reason",
    )
    def refuse(self) -> None:
        """The person cannot be supported here, and knows why and how to appeal."""

    @move(
        source=Stage.REFUSED,
        target=Stage.RECRUITMENT,
        label=_("Reopen on appeal"),
        asked_by=Role.COORDINATOR,
        approved_by=Role.SUPERVISOR,
        only_if=[appeal_came_in_time],
        clears=["exit_reason"],
    )
    def reopen_on_appeal(self) -> None:
        """The appeal came in time; somebody other than who refused lets it be looked at again."""

    # support

    @move(
        source=Stage.PRE_INCUBATION,
        target=Stage.PRE_INCUBATION,
        label=_("Accept the plan"),
        asked_by=Role.TUTOR,
        approved_by=Role.SUPERVISOR,
        only_if=[plan_is_agreed],
    )
    def accept_plan(self) -> None:
        """Participant and tutor agree on goals, actions, dates and measures."""

    @move(
        source=Stage.PRE_INCUBATION,
        target=Stage.PRE_INCUBATION,
        label=_("Change the plan"),
        asked_by=Role.TUTOR,
        approved_by=Role.SUPERVISOR,
        only_if=[plan_is_agreed],
    )
    def change_plan(self) -> None:
        """Participant and tutor agree on another plan than the one accepted."""

    @move(
        source=Stage.PRE_INCUBATION,
        target=Stage.PRE_INCUBATION,
        label=_("Repeat pre-incubation"),
        asked_by=Role.TUTOR,
        approved_by=Role.COORDINATOR,
        only_if=[repeats_are_left],
    )
    def repeat(self) -> None:
        """More time will help, and the programme allows it."""

    @move(
        source=Stage.PRE_INCUBATION,
        target=Stage.INCUBATION,
        label=_("Enter incubation"),
        asked_by=Role.COORDINATOR,
        approved_by=Role.SUPERVISOR,
        only_if=[plan_is_in_force, minimum_hours_are_reached, attendance_is_sufficient, recommended_to_go],
    )
    def enter_incubation(self) -> None:
        """Tutor and psychologist recommend it, the coordinator confirms; there is a group or an idea to incubate."""

    @move(
        source=Stage.INCUBATION,
        target=Stage.INCUBATION,
        label=_("Change the plan"),
        asked_by=Role.TUTOR,
        approved_by=Role.SUPERVISOR,
        only_if=[plan_is_agreed],
    )
    def change_plan_in_incubation(self) -> None:
        """Participant and tutor agree on another plan than the one accepted."""

    @move(
        source=Stage.INCUBATION,
        target=Stage.PRE_INCUBATION,
        label=_("Return to pre-incubation"),
        asked_by=Role.TUTOR,
        approved_by=Role.COORDINATOR,
        reasons=ReturnReason,
    )
    def return_to_pre_incubation(self) -> None:
        """It was too early; the reason is written down."""

    # leaving

    @move(
        source=[Stage.PRE_INCUBATION, Stage.INCUBATION],
        target=Stage.GRADUATED,
        label=_("Graduate"),
        asked_by=Role.TUTOR,
        approved_by=Role.SUPERVISOR,
        only_if=[exit_questionnaire_is_filled_in],
        reasons=LeavingOutcome,
        day="left_on",
        why="leaving",
        job=TELL_OF_FREE_PLACES,
    )
    def graduate(self) -> None:
        """The person leaves with an outcome; an idea tested and given up is one."""

    @move(
        source=[Stage.RECRUITMENT, Stage.PRE_INCUBATION, Stage.INCUBATION],
        target=Stage.WITHDRAWN,
        label=_("Withdraw"),
        asked_by=Role.TUTOR,
        approved_by=Role.COORDINATOR,
        reasons=WithdrawalReason,
        sensitive=[WithdrawalReason.HEALTH],
        day="left_on",
        why="exit_reason",
        job=TELL_OF_FREE_PLACES,
    )
    def withdraw(self) -> None:
        """Support ends early: own wish, health, moved, death."""

    @move(
        source=[Stage.PRE_INCUBATION, Stage.INCUBATION],
        target=Stage.WITHDRAWN,
        label=_("Exclude for a breach of rules"),
        asked_by=Role.COORDINATOR,
        approved_by=Role.SUPERVISOR,
        only_if=[another_decides_than_excluded],
        reasons=ExclusionReason,
        day="left_on",
        why="exit_reason",
        job=TELL_OF_FREE_PLACES,
    )
    def exclude(self) -> None:
        """The rules were broken; the person has been heard and may appeal."""

    @move(
        source=Stage.WITHDRAWN,
        target=Stage.PRE_INCUBATION,
        label=_("Reinstate in pre-incubation"),
        asked_by=Role.COORDINATOR,
        approved_by=Role.SUPERVISOR,
        only_if=[was_excluded_from_pre_incubation, appeal_came_in_time],
        clears=["left_on", "exit_reason"],
    )
    def reinstate_in_pre_incubation(self) -> None:
        """The appeal against an exclusion is upheld by somebody other than who excluded."""

    @move(
        source=Stage.WITHDRAWN,
        target=Stage.INCUBATION,
        label=_("Reinstate in incubation"),
        asked_by=Role.COORDINATOR,
        approved_by=Role.SUPERVISOR,
        only_if=[was_excluded_from_incubation, appeal_came_in_time],
        clears=["left_on", "exit_reason"],
    )
    def reinstate_in_incubation(self) -> None:
        """The appeal against an exclusion is upheld by somebody other than who excluded."""

    @move(
        source=[Stage.GRADUATED, Stage.WITHDRAWN],
        target=Stage.CLOSED,
        label=_("Close"),
        asked_by=Role.CLOCK,
        approved_by=Role.CLOCK,
        only_if=[follow_ups_are_done, no_appeal_is_pending],
    )
    def close(self) -> None:
        """Nothing more is owed: follow-ups are done, or documented as impossible."""
