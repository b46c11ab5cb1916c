"""The participant's work, in the order it happens."""

from datetime import date

from django.utils.translation import gettext_lazy as _
from viewflow import this

from cases.participants import forms
from cases.participants.guards import has_died, is_followed_up, support_has_begun
from cases.participants.models import ParticipantCase
from cases.participants.parameters import (
    APPEAL_DAYS,
    DIAGNOSIS_DAYS,
    ELIGIBILITY_DAYS,
    INCUBATION_MONTHS,
    OPINION,
    PLAN_DAYS,
    PRE_INCUBATION_MONTHS,
    RESERVE_DAYS,
    SUPPLEMENT_DAYS,
)
from cases.participants.stages import Stage
from roles.role import Role
from workflows.deadlines import days, extended, months, working_days
from workflows.flow import CaseFlow
from workflows.ladder import Ladder
from workflows.nodes import Approval, ByTheClock, End, If, JobNode, Start, Wait, Whenever, Work


def admission(case: ParticipantCase) -> date | None:
    """The day of admission."""
    return case.admitted_on


def leaving(case: ParticipantCase) -> date | None:
    """The last day of participation."""
    return case.left_on


def opinion_is_wanted(case: ParticipantCase) -> bool:
    """Whether the programme asks for a psychologist's opinion."""
    return case.programme.value(OPINION, case.stage_since)


class ParticipantFlow(CaseFlow):
    """Participant

    From first contact to six months after leaving.
    """

    process_class = ParticipantCase
    process_title = _("Participant")
    taken_over_at = {
        Stage.PRE_INCUBATION: "diagnose",
        Stage.INCUBATION: "propose_graduation",
    }

    register = Start(opened_by=(Role.ANIMATOR, Role.COORDINATOR)).Next(this.check_eligibility)

    # recruitment

    check_eligibility = (
        Work(
            forms.EligibilityForm,
            role=Role.COORDINATOR,
            within=working_days(ELIGIBILITY_DAYS),
            title=_("Check eligibility"),
        )
        .On("eligible", this.approve_admission)
        .On("supplement", this.bring_supplement)
        .On("reserve", this.wait_for_place)
        .On("not_eligible", this.approve_refusal)
    )
    bring_supplement = Work(
        forms.SupplementForm, role=Role.ANIMATOR, within=days(SUPPLEMENT_DAYS), title=_("Bring what is missing")
    ).Next(this.check_eligibility)
    wait_for_place = (
        Work(forms.PlaceForm, role=Role.COORDINATOR, within=days(RESERVE_DAYS), title=_("Reserve list: offer a place"))
        .On("place_taken", this.approve_admission)
        .On("declined", this.approve_refusal)
    )
    approve_admission = (
        Approval(ParticipantCase.admit, within=working_days(5)).Approved(this.diagnose).Returned(this.check_eligibility)
    )
    approve_refusal = (
        Approval(ParticipantCase.refuse, within=working_days(5))
        .Approved(this.appeal_window)
        .Returned(this.check_eligibility)
    )
    # the last day for an appeal is still a day for it
    appeal_window = Wait(extended(days(APPEAL_DAYS), days(1))).Next(this.end)
    appeal = Whenever(ParticipantCase.reopen_on_appeal, form=forms.AppealForm, within=working_days(14)).Approved(
        this.check_eligibility
    )

    # pre-incubation

    diagnose = Work(
        forms.DiagnosisForm, role=Role.TUTOR, within=days(DIAGNOSIS_DAYS), counted_from=admission, title=_("Diagnose")
    ).Next(this.agree_plan)
    agree_plan = Work(
        forms.PlanForm, role=Role.TUTOR, within=days(PLAN_DAYS), counted_from=admission, title=_("Agree the plan")
    ).Next(this.approve_plan)
    approve_plan = (
        Approval(ParticipantCase.accept_plan, within=working_days(5)).Approved(this.recommend).Returned(this.agree_plan)
    )
    recommend = (
        Work(
            forms.RecommendationForm,
            role=Role.TUTOR,
            within=months(PRE_INCUBATION_MONTHS),
            title=_("Recommend: GO, REPEAT or REDIRECT"),
        )
        .Every(months(1), this.review_month, title=_("every month"))
        .Every(months(3), this.review_plan, title=_("every quarter"))
        .On("go", this.opinion_wanted)
        .On("repeat", this.approve_repeat)
        .On("redirect", this.approve_redirection)
    )
    review_month = Work(forms.MonthlyReviewForm, role=Role.TUTOR, within=days(7), title=_("Review the month")).Next(
        this.month_reviewed
    )
    month_reviewed = End()
    review_plan = Work(forms.PlanReviewForm, role=Role.TUTOR, within=days(14), title=_("Review the plan")).Next(
        this.plan_reviewed
    )
    plan_reviewed = End()
    approve_repeat = (
        Approval(ParticipantCase.repeat, within=working_days(5)).Approved(this.recommend).Returned(this.recommend)
    )
    approve_redirection = (
        Approval(ParticipantCase.graduate, within=working_days(5))
        .Approved(this.collect_exit_data)
        .Returned(this.recommend)
    )
    opinion_wanted = If(opinion_is_wanted).Then(this.give_opinion).Else(this.confirm_recommendation)
    give_opinion = Work(
        forms.OpinionForm, role=Role.PSYCHOLOGIST, within=working_days(10), title=_("Psychologist's opinion")
    ).Next(this.confirm_recommendation)
    confirm_recommendation = (
        Work(
            forms.ConfirmationForm, role=Role.COORDINATOR, within=working_days(5), title=_("Confirm the recommendation")
        )
        .On("confirmed", this.approve_incubation)
        .On("sent_back", this.recommend)
    )
    approve_incubation = (
        Approval(ParticipantCase.enter_incubation, within=working_days(5))
        .Approved(this.propose_graduation)
        .Returned(this.recommend)
    )

    # incubation

    propose_graduation = (
        Work(
            forms.GraduationForm,
            role=Role.TUTOR,
            within=months(INCUBATION_MONTHS),
            title=_("Propose graduation"),
        )
        .Every(months(1), this.review_incubation, title=_("every month"))
        .Every(months(3), this.review_incubation_plan, title=_("every quarter"))
        .On("graduate", this.approve_graduation)
        .On("return", this.approve_return)
    )
    review_incubation = Work(
        forms.MonthlyReviewForm, role=Role.TUTOR, within=days(7), title=_("Review the month of incubation")
    ).Next(this.incubation_reviewed)
    incubation_reviewed = End()
    review_incubation_plan = Work(
        forms.PlanReviewForm, role=Role.TUTOR, within=days(14), title=_("Review the plan")
    ).Next(this.incubation_plan_reviewed)
    incubation_plan_reviewed = End()
    approve_return = (
        Approval(ParticipantCase.return_to_pre_incubation, within=working_days(5))
        .Approved(this.recommend)
        .Returned(this.propose_graduation)
    )
    approve_graduation = (
        Approval(ParticipantCase.graduate, within=working_days(5))
        .Approved(this.collect_exit_data)
        .Returned(this.propose_graduation)
    )

    # whenever the plan does not fit any more

    change_of_plan = Whenever(ParticipantCase.change_plan, form=forms.PlanChangeForm, within=working_days(5)).Approved(
        this.plan_changed
    )
    change_of_plan_in_incubation = Whenever(
        ParticipantCase.change_plan_in_incubation, form=forms.PlanChangeInIncubationForm, within=working_days(5)
    ).Approved(this.plan_changed)
    plan_changed = End()

    # leaving early

    withdrawal = Whenever(ParticipantCase.withdraw, form=forms.WithdrawalForm, within=working_days(5)).Approved(
        this.died
    )
    died = If(has_died).Then(this.stop_contacts).Else(this.had_support)
    stop_contacts = JobNode("stop_contacts", title=_("Stop all contacts")).Next(this.had_support)
    exclusion = Whenever(ParticipantCase.exclude, form=forms.ExclusionForm, within=working_days(5)).Approved(
        this.had_support
    )
    reinstatement = Whenever(
        ParticipantCase.reinstate_in_pre_incubation, form=forms.ReinstatementForm, within=working_days(14)
    ).Approved(this.recommend)
    reinstatement_in_incubation = Whenever(
        ParticipantCase.reinstate_in_incubation, form=forms.ReinstatementInIncubationForm, within=working_days(14)
    ).Approved(this.propose_graduation)
    had_support = If(support_has_begun).Then(this.collect_exit_data).Else(this.close_without_support)
    close_without_support = ByTheClock(ParticipantCase.close).Next(this.end)

    # after leaving

    collect_exit_data = Work(
        forms.ExitDataForm,
        role=Role.TUTOR,
        within=days(28).statutory(),
        counted_from=leaving,
        title=_("Collect exit data"),
        # nothing moves these 28 days: a week before they end somebody must know, and on the last day whoever answers for it
        ladder=Ladder(remind_days_before=7, remind_supervisor_after=0, show_overdue_after=1),
    ).Next(this.followed_up)
    followed_up = If(is_followed_up).Then(this.six_months).Else(this.close)
    six_months = Wait(months(6).statutory(), counted_from=leaving).Next(this.follow_up)
    follow_up = Work(
        forms.FollowUpForm,
        role=Role.TUTOR,
        within=days(28).statutory(),
        title=_("Follow up after six months"),
    ).Next(this.close)
    close = ByTheClock(ParticipantCase.close).Next(this.end)
    end = End()
