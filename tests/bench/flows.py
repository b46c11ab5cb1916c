"""The same small flow twice: on the engine, and on stock viewflow."""

from django import forms
from django.http import HttpRequest, HttpResponse
from viewflow import this
from viewflow.workflow import flow, lock

from roles.role import Role
from tests.bench.models import RequestCase
from workflows.deadlines import working_days
from workflows.flow import CaseFlow
from workflows.nodes import Approval, End, Start, Work


class RequestForm(forms.Form):
    pass


class RequestFlow(CaseFlow):
    """Request"""

    process_class = RequestCase

    register = Start(opened_by=(Role.COORDINATOR,)).Next(this.write)
    write = Work(RequestForm, role=Role.COORDINATOR, within=working_days(5)).Next(this.approve)
    approve = Approval(RequestCase.grant, within=working_days(5)).Approved(this.end).Returned(this.write)
    end = End()


def nothing(request: HttpRequest) -> HttpResponse:
    """The peer's view; its activations are driven directly."""
    return HttpResponse()


class PeerFlow(flow.Flow):
    """Request, by stock viewflow"""

    lock_impl = lock.SelectForUpdateLock(nowait=False, attempts=1)

    register = flow.StartHandle().Next(this.write)
    write = flow.View(nothing).Permission("bench.work_coordinator").Next(this.approve)
    approve = flow.View(nothing).Permission("bench.work_supervisor").Next(this.end)
    end = flow.End()
