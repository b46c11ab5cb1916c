"""The recipient's confirmation: asked for and witnessed by the staff, given by the recipient on a page of their own."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases import sms
from cases.confirmation import (
    confirm_by_card,
    confirm_by_code,
    confirm_by_signature,
    dispute_by_code,
    record_dispute,
    request_confirmation,
)
from cases.documents import store_document
from cases.forms import AnswerForm, SignatureForm
from cases.links import attendance_of
from cases.models import Attendance, ConfirmationCode, Document
from cases.models.base import may_write
from cases.people import person_of, read_signature
from cases.signature import HEIGHT, WIDTH, as_svg
from roles.http import Request
from workflows.errors import NotYet, Refusal
from workflows.views.answers import put_on, require_form

Channel = ConfirmationCode.Channel


@never_cache
@require_safe
def confirm(request: Request, pk: int) -> HttpResponse:
    """The ways in which a recipient may confirm a session."""
    return _page(request, _attendance(request, pk), SignatureForm())


@require_POST
def send_code(request: Request, pk: int) -> HttpResponse:
    """Send the recipient a one-time code."""
    attendance = _attendance(request, pk)
    channel = Channel.SMS if request.POST.get("channel") == Channel.SMS else Channel.EMAIL
    return _try(
        request,
        attendance,
        lambda: request_confirmation(attendance, by=request.user, channel=channel, at=now()),
        _("The code is on its way to the recipient."),
    )


@require_POST
def sign(request: Request, pk: int) -> HttpResponse:
    """The recipient signs on this screen."""
    attendance, form = _attendance(request, pk), SignatureForm(request.POST)
    if not form.is_valid():
        return _page(request, attendance, form, status=422)
    given = form.cleaned_data
    return _try(
        request,
        attendance,
        lambda: confirm_by_signature(attendance, by=request.user, **given, at=now()),
        _("The recipient has confirmed."),
    )


@never_cache
@require_POST
def signature(request: Request, pk: int) -> HttpResponse:
    """Show what the recipient signed with, to somebody who says why; the reading is logged."""
    attendance = _attendance(request, pk)
    try:
        signed = read_signature(attendance, by=request.user, reason=request.POST.get("reason", ""), at=now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("cases:session", pk=attendance.session_id)
    context = {
        "case": attendance.case.room,
        "attendance": attendance,
        "typed": signed.typed.open() if signed and signed.typed else "",
        "drawing": as_svg(signed.strokes.open()) if signed and signed.strokes else "",
    }
    return render(request, "cases/signature.html", context)


@require_POST
def scan(request: Request, pk: int) -> HttpResponse:
    """A scanned card stands for the confirmation."""
    attendance = _attendance(request, pk)

    @transaction.atomic
    def verb() -> None:
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            raise NotYet(_("Choose the scan first."))
        title = _("Session card: %(session)s") % {"session": attendance.session}
        card = store_document(Document(case=attendance.case, title=title), file, by=request.user, at=now())
        confirm_by_card(attendance, by=request.user, card=card, at=now())

    return _try(request, attendance, verb, _("The recipient has confirmed."))


@require_POST
def dispute(request: Request, pk: int) -> HttpResponse:
    """Write down that the person says it did not happen; the supervisor gets it to look into."""
    attendance = _attendance(request, pk)
    return _try(
        request,
        attendance,
        lambda: record_dispute(attendance, by=request.user, complaint=request.POST.get("reason", ""), at=now()),
        _("Written down; it is with the supervisor now."),
    )


@login_not_required
@never_cache
@require_form
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Where the recipient says, with the code, whether it took place. Day, kind and hours stand here, and no name."""
    attendance = attendance_of(token)
    if attendance is None:
        raise Http404
    form = AnswerForm(request.POST if request.method == "POST" else None)
    status = 422 if form.errors else 200
    if form.is_valid():
        given = form.cleaned_data
        try:
            if given["outcome"] == "yes":
                confirm_by_code(attendance, code=given["code"], at=now())
            else:
                dispute_by_code(attendance, code=given["code"], complaint=given["complaint"], at=now())
            return redirect("cases:answered", token=token)
        except Refusal as refusal:
            status = put_on(form, refusal)
    return render(request, "cases/answer.html", {"session": attendance.session, "form": form}, status=status)


@login_not_required
@never_cache
@require_safe
def answered(request: HttpRequest, token: str) -> HttpResponse:
    """Thanks."""
    if attendance_of(token) is None:
        raise Http404
    return render(request, "cases/answered.html", {})


def _attendance(request: Request, pk: int) -> Attendance:
    found: Attendance = get_object_or_404(
        Attendance.objects.visible_to(request.user, now()).select_related("session", "case"), pk=pk
    )
    return found


def _page(request: Request, attendance: Attendance, form: SignatureForm, status: int = 200) -> HttpResponse:
    person = person_of(attendance.case)
    context = {
        "attendance": attendance,
        "session": attendance.session,
        "case": attendance.case.room,
        "form": form,
        "by_email": bool(person and person.email),
        "by_sms": bool(person and person.phone) and sms.is_available(),
        "width": WIDTH,
        "height": HEIGHT,
        "writes": may_write(request.user, now()).filter(pk=attendance.case_id).exists(),
    }
    return render(request, "cases/confirm.html", context, status=status)


def _try(request: Request, attendance: Attendance, verb: Callable[[], object], done: str) -> HttpResponse:
    try:
        verb()
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("cases:confirm", pk=attendance.pk)
    messages.success(request, done)
    return redirect("cases:session", pk=attendance.session_id)
