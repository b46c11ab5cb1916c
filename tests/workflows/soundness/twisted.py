"""The errand's lifecycle over a flow with everything inside everything, for walking the engine beside the model."""

from django import forms
from viewflow import this

from roles.role import Role
from tests.errands.flow import AmendForm, DropForm, NoteForm
from tests.errands.models import Errand
from workflows.deadlines import days
from workflows.flow import CaseFlow
from workflows.forms import WorkForm
from workflows.nodes import Approval, ByTheClock, End, If, JobNode, Join, Split, Start, Wait, Whenever, Work
from workflows.registry import job

WEEK = days(7)


@job("twisted.nothing")
def nothing(job: object, **args: object) -> None:
    """Done as soon as it is begun."""


class AnyOutcome(WorkForm):
    outcome = forms.ChoiceField(choices=[])


class TwistedFlow(CaseFlow):
    """Twisted"""

    process_class = Errand

    start = Start(opened_by=(Role.COORDINATOR,)).Next(this.outer)

    # a parallel part in a parallel part, a loop and a timeout in branches, a timer beside one
    outer = Split().Next(this.one).Next(this.two).Next(this.inner)
    one = Work(AnyOutcome, role=Role.TUTOR, within=WEEK).On("on", this.met).On("again", this.one_more)
    one_more = Work(NoteForm, role=Role.TUTOR, within=WEEK).Next(this.one)
    two = (
        Work(NoteForm, role=Role.TUTOR, within=WEEK)
        .OnTimeout(WEEK, this.two_late)
        .OnTimeout(WEEK, this.pause, interrupting=False)
        .Next(this.met)
    )
    two_late = Work(NoteForm, role=Role.TUTOR, within=WEEK).Next(this.met)
    pause = Wait(WEEK).Next(this.paused)
    paused = End()
    inner = Split().Next(this.left).Next(this.is_counted)
    left = Work(NoteForm, role=Role.ANIMATOR, within=WEEK).Next(this.inner_met)
    is_counted = If(lambda case: case.counted).Then(this.right).Else(this.inner_met)
    right = JobNode("twisted.nothing").Next(this.inner_met)
    inner_met = Join().Next(this.after_inner)
    after_inner = Work(AnyOutcome, role=Role.TUTOR, within=WEEK).On("on", this.met).On("again", this.inner)
    met = Join().Next(this.prepare)

    # approvals, and work that may outlive its stage
    prepare = (
        Work(NoteForm, role=Role.COORDINATOR, within=WEEK)
        .Every(WEEK, this.tell)
        .OnTimeout(WEEK, this.ask_why, interrupting=False)
        .OnTimeout(days(9), this.prepare_late)
        .Next(this.approve_begin)
    )
    tell = Work(NoteForm, role=Role.TUTOR, within=WEEK).OnTimeout(WEEK, this.told).Next(this.told)
    told = End()
    ask_why = Work(NoteForm, role=Role.ANIMATOR, within=WEEK).Next(this.answer)
    answer = JobNode("twisted.nothing").Next(this.answered)
    answered = End()
    prepare_late = Work(NoteForm, role=Role.COORDINATOR, within=WEEK).Next(this.approve_begin)
    approve_begin = (
        Approval(Errand.begin, within=WEEK)
        .OnTimeout(WEEK, this.prepare_late)
        .Approved(this.deliver)
        .Returned(this.prepare)
        .Refused(this.outer)
    )

    deliver = Work(AnyOutcome, role=Role.TUTOR, within=WEEK).On("finish", this.approve_finish).On("pair", this.pair)
    pair = Split().Next(this.first).Next(this.second)
    first = Work(NoteForm, role=Role.TUTOR, within=WEEK).Next(this.paired)
    second = Wait(WEEK).Next(this.paired)
    paired = Join().Next(this.deliver)
    approve_finish = Approval(Errand.finish, within=WEEK).Approved(this.put_away).Returned(this.deliver)

    amending = Whenever(Errand.amend, form=AmendForm, within=WEEK).Approved(this.note_it)
    note_it = Work(NoteForm, role=Role.TUTOR, within=WEEK).Next(this.noted)
    noted = End()
    dropping = Whenever(Errand.drop, form=DropForm, within=WEEK).Approved(this.cool)
    cool = Wait(WEEK).Next(this.put_away)
    put_away = ByTheClock(Errand.archive).Next(this.end)
    end = End()
