"""The errand: every kind of node once."""

from django import forms
from viewflow import this

from roles.role import Role
from tests.errands.jobs import TELL
from tests.errands.models import Errand
from workflows.deadlines import days, months, working_days
from workflows.flow import CaseFlow
from workflows.forms import AskForm, WorkForm
from workflows.ladder import Ladder
from workflows.nodes import Approval, ByTheClock, End, If, Join, Split, Start, Wait, Whenever, Work
from workflows.parameters import parameter

PREPARE_DAYS = parameter("errand_prepare_days", 10, "Days to prepare", unit="working days", kind="errand")


class NoteForm(WorkForm):
    note = forms.CharField(required=False)
    tell = forms.BooleanField(required=False)

    def write(self, unit, case):
        if self.cleaned_data["tell"]:
            unit.job(TELL, key=f"tell-{self.item.pk}", case=case)


class PrepareForm(NoteForm):
    outcome = forms.ChoiceField(choices=[("ready", "Ready"), ("again", "Once more")], widget=forms.RadioSelect)


class DropForm(AskForm):
    move = "drop"


class AmendForm(AskForm):
    move = "amend"


class ErrandFlow(CaseFlow):
    """Errand"""

    process_class = Errand

    start = Start(opened_by=(Role.ANIMATOR, Role.COORDINATOR)).Next(this.prepare)

    prepare = (
        Work(PrepareForm, role=Role.COORDINATOR, within=working_days(PREPARE_DAYS))
        .On("ready", this.approve_begin)
        .On("again", this.prepare)
    )
    approve_begin = Approval(Errand.begin, within=working_days(5)).Approved(this.part).Returned(this.prepare)

    part = Split().Next(this.walk).Next(this.count)
    walk = Work(NoteForm, role=Role.TUTOR, within=days(20)).Next(this.meet)
    count = Work(
        NoteForm,
        role=Role.ANIMATOR,
        within=days(28).statutory(),
        ladder=Ladder(remind_days_before=7, remind_supervisor_after=0),
    ).Next(this.meet)
    meet = Join().Next(this.deliver)

    deliver = (
        Work(NoteForm, role=Role.TUTOR, within=days(60))
        .Every(months(1), this.report, title="monthly")
        .OnTimeout(days(90), this.late)
        .Next(this.is_small)
    )
    report = Work(NoteForm, role=Role.TUTOR, within=days(7)).Next(this.end_report)
    end_report = End()
    late = Work(NoteForm, role=Role.COORDINATOR, within=days(5)).Next(this.is_small)
    is_small = If(lambda case: case.counted or case.remark == "small").Then(this.approve_finish).Else(this.recount)
    recount = Work(NoteForm, role=Role.TUTOR, within=days(5)).Next(this.approve_finish)
    approve_finish = (
        Approval(Errand.finish, within=working_days(5), quorum=2).Approved(this.cool).Returned(this.recount)
    )

    amending = Whenever(Errand.amend, form=AmendForm, within=working_days(5)).Approved(this.amended)
    amended = End()

    dropping = Whenever(Errand.drop, form=DropForm, within=working_days(5)).Approved(this.cool)

    cool = Wait(months(6)).Next(this.put_away)
    put_away = ByTheClock(Errand.archive).Next(this.end)
    end = End()
