"""Notes and comments of a case, and the psychologist's notes behind their door."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.forms import CommentForm, NoteForm, PsychologistNoteForm
from cases.models import Comment, Note, PsychologistNote
from cases.models.base import cases_open_to, may_write
from cases.people import read_restricted
from cases.talk import people_on, visibilities_for, write_comment, write_note, write_psychologist_note
from roles.http import Request
from roles.role import READS_PSYCHOLOGIST_NOTES
from workflows.errors import Refusal
from workflows.models import Case
from workflows.views.answers import put_on, visible_case
from workflows.views.throttling import REVEALS, throttled

PAGE = 100


@never_cache
@require_safe
def talk(request: Request, pk: int) -> HttpResponse:
    """What was noted and said, the latest first."""
    return _page(request, visible_case(request, pk))


@require_POST
def note(request: Request, pk: int) -> HttpResponse:
    """Write a note."""
    case, form = visible_case(request, pk), NoteForm(request.POST, prefix="note")
    return _write(request, case, form, lambda given: write_note(case, by=request.user, at=now(), **given), "note")


@require_POST
def comment(request: Request, pk: int) -> HttpResponse:
    """Say something; those mentioned are told."""
    case = visible_case(request, pk)
    form = _comment_form(request, case, request.POST)
    return _write(request, case, form, lambda given: write_comment(case, by=request.user, at=now(), **given), "comment")


@never_cache
@require_POST
@throttled(REVEALS)
def psychologist(request: Request, pk: int) -> HttpResponse:
    """Read the psychologist's notes, for a reason that is logged, or write one."""
    case = visible_case(request, pk)
    if not cases_open_to(request.user, READS_PSYCHOLOGIST_NOTES, now()).filter(pk=pk).exists():
        raise PermissionDenied
    form = PsychologistNoteForm(request.POST if "body" in request.POST else None, case=case, by=request.user)
    try:
        if form.is_valid():
            write_psychologist_note(case, by=request.user, at=now(), **form.cleaned_data)
            messages.success(request, _("The note is kept; only psychologists of this case read it."))
            return redirect(case)
        rows = read_restricted(PsychologistNote, case, by=request.user, reason=request.POST.get("reason", ""), at=now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(case)
    replaced = {row.replaces_id for row in rows}
    return render(request, "cases/psychologist.html", {"case": case, "rows": rows, "replaced": replaced, "form": form})


def _write(
    request: Request, case: Case, form: forms.Form, verb: Callable[[dict[str, Any]], Note | Comment], name: str
) -> HttpResponse:
    if not form.is_valid():
        return _page(request, case, status=422, **{name: form})
    try:
        written = verb(form.cleaned_data)
    except Refusal as refusal:
        return _page(request, case, status=put_on(form, refusal), **{name: form})
    messages.success(request, _("Written down."))
    if isinstance(written, Comment) and (told := list(written.mentions.by_name())):
        messages.success(request, _("Told: %(people)s.") % {"people": ", ".join(map(str, told))})
    return redirect("cases:talk", pk=case.pk)


def _comment_form(request: Request, case: Case, sent: QueryDict | None = None) -> CommentForm:
    people = people_on(case, now()).exclude(pk=request.user.pk)
    visibilities = visibilities_for(case, request.user, now())
    return CommentForm(sent, prefix="comment", people=people, visibilities=visibilities)


def _page(
    request: Request,
    case: Case,
    *,
    note: forms.Form | None = None,
    comment: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    user, at = request.user, now()
    context: dict[str, Any] = {
        "case": case,
        "note_form": note or NoteForm(prefix="note"),
        "comment_form": comment or _comment_form(request, case),
        "notes": Note.objects.visible_to(user, at).filter(case=case).select_related("author").order_by("-pk")[:PAGE],
        "comments": Comment.objects.visible_to(user, at)
        .filter(case=case)
        .select_related("author")
        .order_by("-pk")[:PAGE],
        "writes": may_write(user, at).filter(pk=case.pk).exists(),
    }
    context["comments_here"] = bool(context["comment_form"].fields["visibility"].choices)
    return render(request, "cases/talk.html", context, status=status)
