"""How a kind of case goes: lifecycle and workflow as pictures and tables, what waits where, and where one case stands."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from roles.http import Request
from roles.models import User, roles_today
from workflows.diagrams import flow_bpmn, flow_svg
from workflows.flow import CaseFlow
from workflows.kinds import flows, kind_choices, word_for
from workflows.lifecycle_diagram import lifecycle_svg
from workflows.lifecycle_tables import moves_told, steps_told
from workflows.models import Case, WorkItem

SVG = "image/svg+xml; charset=utf-8"

View = Callable[[Request, str], HttpResponse]


def _of_a_kind(show: Callable[[Request, type[CaseFlow]], HttpResponse]) -> View:
    """A page about one kind, for whoever holds a mandate today; 404 for a kind that there is not."""

    @wraps(show)
    def view(request: Request, kind: str) -> HttpResponse:
        _require_mandate(request)
        for flow in flows():
            if flow.process_class.kind == kind:
                return show(request, flow)
        raise Http404

    return never_cache(require_safe(view))


@never_cache
@require_safe
def diagrams(request: Request) -> HttpResponse:
    """The first kind; from there the others are a click away."""
    _require_mandate(request)
    return redirect("workflows:diagram", flows()[0].process_class.kind)


@_of_a_kind
def diagram(request: Request, flow: type[CaseFlow]) -> HttpResponse:
    """Pictures and tables of one kind."""
    case = _case(request, flow)
    context = {
        "kind": flow.process_class.kind,
        "word": word_for(flow.process_class),
        "kinds": kind_choices(),
        "case": case,
        "marked": f"?case={case.pk}" if case else "",
        "moves": moves_told(flow),
        "steps": steps_told(flow, _counts(request.user, flow)),
    }
    return render(request, "workflows/diagram.html", context)


@_of_a_kind
def flow_picture(request: Request, flow: type[CaseFlow]) -> HttpResponse:
    """The workflow as SVG, with the number of open items that one may see at each step."""
    case = _case(request, flow)
    waiting = set(WorkItem.objects.open().filter(process=case).values_list("node", flat=True)) if case else set()
    return HttpResponse(flow_svg(flow, _counts(request.user, flow), waiting), content_type=SVG)


@_of_a_kind
def lifecycle_picture(request: Request, flow: type[CaseFlow]) -> HttpResponse:
    """The lifecycle as SVG."""
    case = _case(request, flow)
    return HttpResponse(lifecycle_svg(flow, case.stage if case else ""), content_type=SVG)


@_of_a_kind
def bpmn(request: Request, flow: type[CaseFlow]) -> HttpResponse:
    """The workflow as a BPMN 2.0 file."""
    name = f"{flow.process_class.kind}.bpmn"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(flow_bpmn(flow), content_type="application/xml; charset=utf-8", headers=headers)


def _require_mandate(request: Request) -> None:
    if not roles_today(request.user):
        raise PermissionDenied(_("Workflows are shown to those who hold a mandate."))


def _case(request: Request, flow: type[CaseFlow]) -> Case | None:
    """The case that `?case=` names; 404 for one that is of another kind, or not to be seen."""
    wanted = request.GET.get("case", "")
    if not wanted:
        return None
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        raise Http404
    mine = Case.objects.visible_to(request.user).filter(kind_name=flow.process_class.kind)
    return get_object_or_404(mine, pk=wanted)


def _counts(user: User, flow: type[CaseFlow]) -> dict[str, int]:
    """How many open items of this kind, among those that the person may see, wait at each step."""
    seen = Case.objects.visible_to(user).filter(kind_name=flow.process_class.kind)
    return dict(WorkItem.objects.open().filter(process__in=seen).values_list("node").annotate(Count("pk")))


urlpatterns = [
    path("workflows/", diagrams, name="diagrams"),
    path("workflows/<slug:kind>/", diagram, name="diagram"),
    path("workflows/<slug:kind>/flow.svg", flow_picture, name="flow_picture"),
    path("workflows/<slug:kind>/lifecycle.svg", lifecycle_picture, name="lifecycle_picture"),
    path("workflows/<slug:kind>/flow.bpmn", bpmn, name="bpmn"),
]
