"""The import of a workbook: upload, report of the check, what unknown columns are, confirming, how far it is, the takeover."""

from collections.abc import Callable, Collection
from pathlib import PurePath

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.participants import importing
from cases.participants.forms.importing import ColumnsForm, TakeoverForm, UploadForm
from cases.participants.models import ParticipantImport
from cases.participants.models.imports import IMPORTERS, UPLOADERS
from cases.participants.stages import Stage
from cases.participants.views.answers import form_page
from roles.http import Request
from roles.models import User, roles_today
from roles.role import Role
from roles.views.paging import a_page_of
from workflows.errors import Refusal
from workflows.exporting import TYPES
from workflows.views.answers import posted, put_on, require_form

State = ParticipantImport.State
Verb = Callable[[ParticipantImport], ParticipantImport]

#: What a verb has led to.
DONE = {
    State.UPLOADED: gettext_lazy("The workbook is being checked."),
    State.CHECKED: gettext_lazy("The list went back to whoever uploaded it."),
    State.WAITING: gettext_lazy("The list waits for a supervisor, because it has people already in support."),
    State.RUNNING: gettext_lazy("The people are being taken in. You can leave this page."),
    State.CANCELLED: gettext_lazy("The import is cancelled; what was taken in stays."),
}
#: How many people with odd dates the supervisor sees first; all are in the list below.
MOST_EXCEPTIONS = 50


@never_cache
@require_safe
def imports(request: Request) -> HttpResponse:
    """The imports whose people I register or approve, the newest first."""
    _only_as(request.user, IMPORTERS)
    found = ParticipantImport.objects.visible_to(request.user).select_related("organisation", "uploaded_by")
    context = a_page_of(found, request) | {"may_upload": _holds(request.user, UPLOADERS)}
    return render(request, "participants/imports.html", context)


@never_cache
@require_form
def new_import(request: Request) -> HttpResponse:
    """A workbook to take in; nothing is taken before its check is confirmed."""
    _only_as(request.user, UPLOADERS)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = UploadForm(*sent, by=request.user)
    if not form.is_valid():
        return form_page(request, "participants/new_import.html", form, {})
    given = dict(form.cleaned_data)
    try:
        batch = importing.upload(given.pop("file"), by=request.user, at=now(), **given)
    except Refusal as refusal:
        return form_page(request, "participants/new_import.html", form, {}, status=put_on(form, refusal))
    return _and_on(request, batch)


@never_cache
@require_safe
def import_report(request: Request, pk: int) -> HttpResponse:
    """What the check found, how far it has come, what came of it; and the next step."""
    batch = _visible(request, pk)
    uploads = ParticipantImport.objects.open_to(request.user, UPLOADERS).filter(pk=pk).exists()
    problems = a_page_of(batch.problems.all(), request)
    context = problems | {
        "batch": batch,
        "may_confirm": uploads and batch.state == State.CHECKED and batch.good_rows > 0,
        "may_say_columns": uploads and bool(batch.file) and _may_be_read_anew(batch),
        "may_upload_another": uploads and batch.state == State.UNREADABLE,
        "may_cancel": batch.state in {State.CHECKED, State.WAITING, State.RUNNING},
        "may_get_back": batch.uploaded_by_id == request.user.pk and bool(batch.file and batch.bad_rows),
        "warnings": batch.problems.warnings().count(),
        "is_given_up": batch.is_given_up,
    }
    return render(request, "participants/import_report.html", context)


@never_cache
@require_safe
def import_progress(request: Request, pk: int) -> HttpResponse:
    """How far it is, for the bar that asks again and again; once it is over the whole page comes anew."""
    batch = _visible(request, pk)
    if not request.headers.get("HX-Request"):
        return redirect(batch)
    response = render(request, "participants/_import_progress.html", {"batch": batch})
    if not batch.is_at_work:
        response["HX-Refresh"] = "true"
    return response


import_progress.does_not_keep_awake = True  # type: ignore[attr-defined]


@never_cache
@require_form
def import_columns(request: Request, pk: int) -> HttpResponse:
    """What unknown columns are and at which stage people are; the workbook is then checked anew."""
    batch = _visible(request, pk)
    form = ColumnsForm(posted(request), batch=batch)
    page, context = "participants/import_columns.html", {"batch": batch}
    if not form.is_valid():
        return form_page(request, page, form, context)
    try:
        batch = importing.read_anew(
            batch, by=request.user, mapping=form.mapping, stage=form.cleaned_data["stage"], at=now()
        )
    except Refusal as refusal:
        return form_page(request, page, form, context, status=put_on(form, refusal))
    return _and_on(request, batch)


@require_POST
def confirm_import(request: Request, pk: int) -> HttpResponse:
    """Take the good rows in, or ask the supervisor to let people in support in."""
    return _do(request, pk, lambda batch: importing.confirm(batch, by=request.user, at=now()))


@require_POST
def cancel_import(request: Request, pk: int) -> HttpResponse:
    """Stop it; what was taken in stays."""
    return _do(request, pk, lambda batch: importing.cancel(batch, by=request.user, at=now()))


@never_cache
@require_form
def import_takeover(request: Request, pk: int) -> HttpResponse:
    """Who is taken over at which stage since when, with the exceptions, and the supervisor's decision for all of them."""
    batch = _visible(request, pk)
    form = TakeoverForm(posted(request))
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            return _and_on(request, _decide(batch, form, request.user))
        except Refusal as refusal:
            status = put_on(form, refusal)
    exceptions = batch.takeovers.exceptions()
    context = a_page_of(batch.takeovers.all(), request) | {
        "batch": batch,
        "form": form,
        "stages": [each | {"stage": Stage(each["stage"]).label} for each in batch.takeovers.by_stage()],
        "exceptions": exceptions[:MOST_EXCEPTIONS],
        "more_exceptions": max(exceptions.count() - MOST_EXCEPTIONS, 0),
        "is_to_decide": batch.state == State.WAITING,
        "why_not": importing.why_not_decide(batch, request.user, now()),
    }
    return render(request, "participants/import_takeover.html", context, status=status)


@never_cache
@require_POST
def import_bad_rows(request: Request, pk: int) -> HttpResponseBase:
    """The rows that were not taken, back to whoever uploaded them, with the reasons."""
    batch = get_object_or_404(ParticipantImport.objects.visible_to(request.user), pk=pk, uploaded_by=request.user)
    try:
        file = importing.give_back(batch, by=request.user, at=now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(batch)
    name = _("%(list)s to correct") % {"list": PurePath(batch.name).stem} + ".xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES["xlsx"])


def _may_be_read_anew(batch: ParticipantImport) -> bool:
    return batch.state == State.CHECKED or (batch.state == State.UNREADABLE and bool(batch.headings_to_say))


def _visible(request: Request, pk: int) -> ParticipantImport:
    found = ParticipantImport.objects.visible_to(request.user)
    people = ("uploaded_by", "confirmed_by", "approved_by", "returned_by")
    return get_object_or_404(found.select_related("organisation", "programme", *people), pk=pk)


def _do(request: Request, pk: int, verb: Verb) -> HttpResponse:
    batch = _visible(request, pk)
    try:
        return _and_on(request, verb(batch))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(batch)


def _and_on(request: Request, batch: ParticipantImport) -> HttpResponse:
    messages.success(request, str(DONE[State(batch.state)]))
    return redirect(batch)


def _decide(batch: ParticipantImport, form: TakeoverForm, by: User) -> ParticipantImport:
    if form.cleaned_data["outcome"] == TakeoverForm.APPROVE:
        return importing.approve_takeover(batch, by=by, at=now())
    return importing.return_takeover(batch, by=by, reason=form.cleaned_data["reason"], at=now())


def _only_as(user: User, roles: Collection[Role]) -> None:
    if not _holds(user, roles):
        raise PermissionDenied


def _holds(user: User, roles: Collection[Role]) -> bool:
    return not roles_today(user).isdisjoint(roles)
