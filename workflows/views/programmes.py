"""Programmes: the list, one with its parameters, setting one up, tuning it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from roles.http import Request
from workflows.doors import doors_of
from workflows.errors import Refusal
from workflows.lost_edits import Outdated, unless_changed
from workflows.models import ParameterValue, Programme
from workflows.parameters import PARAMETERS
from workflows.programme_forms import ParameterForm, ProgrammeForm
from workflows.programme_history import history_of
from workflows.programme_page import touched_by, touched_by_frame, tuned
from workflows.services.programmes import (
    drop_planned_value,
    edited_parameter,
    edited_programme,
    may_tune,
    programmes_of,
    save_programme,
    set_parameter,
    tuned_organisations,
)
from workflows.views.answers import posted, put_on, require_form, try_to
from workflows.views.forms_kept import PageForm


@require_safe
def programmes(request: Request) -> HttpResponse:
    """The programmes of my organisations."""
    on = localdate()
    found = programmes_of(request.user, on).prefetch_related("organisations")
    context = {"programmes": found, "may_add": tuned_organisations(request.user, on).exists(), "on": on}
    return render(request, "workflows/programmes.html", context)


@require_safe
def programme(request: Request, pk: int) -> HttpResponse:
    """One programme: dates, places, organisations, and every parameter over time."""
    found = _mine(request, pk)
    context = {
        "programme": found,
        "groups": tuned(found, localdate()),
        "may_tune": may_tune(found, request.user, localdate()),
        "doors": doors_of(found, localdate()),
        "on": localdate(),
        "history": history_of(found, before=request.GET.get("before", ""), at=now()),
    }
    return render(request, "workflows/programme.html", context)


@require_form
def new_programme(request: Request) -> HttpResponse:
    """Set up a programme."""
    if not tuned_organisations(request.user, localdate()).exists():
        raise PermissionDenied(_("Programmes are set up by those who supervise."))
    return _edit(request, Programme(), _("New programme"))


@require_form
def edit_programme(request: Request, pk: int) -> HttpResponse:
    """Change dates, places and organisations."""
    found = _mine(request, pk)
    if not may_tune(found, request.user, localdate()):
        raise PermissionDenied(_("This programme is tuned by those who supervise in every organisation that runs it."))
    return _edit(request, found, str(found))


@never_cache
@require_form
def parameter(request: Request, pk: int, name: str) -> HttpResponse:
    """Set a parameter from a day on, having seen what that touches."""
    found = _mine(request, pk)
    if name not in PARAMETERS:
        raise Http404
    if not may_tune(found, request.user, localdate()):
        raise PermissionDenied(_("This programme is tuned by those who supervise in every organisation that runs it."))
    declared = PARAMETERS[name]
    form = ParameterForm(posted(request), parameter=declared, worth=found.value(declared, localdate()))
    kept = PageForm(request, f"parameter:{name}", edited=edited_parameter(found, declared))
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            with unless_changed(kept.edited, kept.version):
                set_parameter(found, declared, by=request.user, at=now(), **form.cleaned_data)
            messages.success(request, _("Set. Work that begins from that day on follows it."))
            return redirect("workflows:programme", pk=pk)
        except Outdated as refusal:
            return kept.conflict(form, refusal, reverse("workflows:programme", args=[pk]))
        except Refusal as refusal:
            status = put_on(form, refusal)
    context = {"programme": found, "parameter": declared, "form": form, "touched": touched_by(found, declared)}
    return render(request, "workflows/parameter.html", context | {"version": kept.version}, status=status)


@require_POST
def drop_value(request: Request, pk: int) -> HttpResponse:
    """Call off a planned value."""
    mine = programmes_of(request.user, localdate())
    value = get_object_or_404(ParameterValue.objects.select_related("programme"), pk=pk, programme__in=mine)
    back = reverse("workflows:programme", args=[value.programme_id])
    return try_to(request, lambda: drop_planned_value(value, by=request.user, at=now()), _("It is called off."), back)


def _edit(request: Request, found: Programme, title: str) -> HttpResponse:
    offered = tuned_organisations(request.user, localdate())
    kept = PageForm(request, "programme", edited=edited_programme(found))
    touched = touched_by_frame(found) if found.pk else None
    form = ProgrammeForm(posted(request), instance=found, offered=offered)
    status = 422 if form.errors else 200
    if form.is_valid():
        organisations = form.cleaned_data["organisations"]
        try:
            with unless_changed(kept.edited, kept.version):
                saved = save_programme(form.save(commit=False), by=request.user, organisations=organisations, at=now())
            messages.success(request, _("The programme is saved."))
            return redirect("workflows:programme", pk=saved.pk)
        except Outdated as refusal:
            return kept.conflict(form, refusal, reverse("workflows:programme", args=[found.pk]))
        except Refusal as refusal:
            status = put_on(form, refusal)
    context = {"form": form, "programme": found, "title": title, "touched": touched, "version": kept.version}
    return render(request, "workflows/edit_programme.html", context, status=status)


def _mine(request: Request, pk: int) -> Programme:
    return get_object_or_404(programmes_of(request.user, localdate()).prefetch_related("parameter_values"), pk=pk)
