"""Facts of a participant's case outside any work: entry data, the information notice, the exit questionnaire, the person."""

from typing import Any

from django.http import HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from cases.participants import services
from cases.participants.forms.facts import EntryDataForm, NoticeForm, PersonForm, QuestionnaireForm
from cases.participants.registration import correct_person
from cases.participants.views.answers import form_page, participant, save, writes_here
from roles.http import Request
from workflows.views.answers import posted, require_form


@never_cache
@require_form
def entry(request: Request, pk: int) -> HttpResponse:
    """The situation on entry and the four answers."""
    case = participant(request, pk)
    form = EntryDataForm(posted(request), case=case, by=request.user)
    context = {
        "case": case,
        "entry": getattr(case, "entry_data", None),
        "missing": form.missing,
        "writes": writes_here(request, case),
    }
    if request.method != "POST":
        return form_page(request, "participants/entry.html", form, context)

    def verb() -> None:
        said: dict[str, Any] = {"entry": form.entry, "answers": form.answers, "convictions": form.declared}
        services.record_entry(case, by=request.user, **said, at=now())

    return save(request, "participants/entry.html", form, verb, context, done=_("The entry data are saved."), go=case)


@never_cache
@require_form
def notice(request: Request, pk: int) -> HttpResponse:
    """The information notice: which versions were given, when."""
    case = participant(request, pk)
    form = NoticeForm(posted(request), case=case)
    context = {"case": case, "given": case.notices.order_by("-delivered_on"), "writes": writes_here(request, case)}
    if request.method != "POST":
        return form_page(request, "participants/notice.html", form, context)

    def verb() -> None:
        given = form.cleaned_data
        services.give_notice(case, by=request.user, version=given["version"], on=given["delivered_on"], at=now())

    return save(request, "participants/notice.html", form, verb, context, done=_("Written down."), go=case)


@never_cache
@require_form
def questionnaire(request: Request, pk: int) -> HttpResponse:
    """What the person says when leaving."""
    case = participant(request, pk)
    form = QuestionnaireForm(posted(request), case=case, by=request.user)
    context = {"case": case, "writes": writes_here(request, case)}
    if request.method != "POST":
        return form_page(request, "participants/questionnaire.html", form, context)

    def verb() -> None:
        on = form.cleaned_data["filled_in_on"]
        services.fill_in_questionnaire(case, by=request.user, on=on, at=now(), **form.answers)

    done = _("The exit questionnaire is saved.")
    return save(request, "participants/questionnaire.html", form, verb, context, done=done, go=case)


@never_cache
@require_form
def person(request: Request, pk: int) -> HttpResponse:
    """Correct who the person is and how to reach them."""
    case = participant(request, pk)
    form = PersonForm(posted(request), person=case.person)
    context = {"case": case, "person": case.person, "writes": writes_here(request, case)}
    if request.method != "POST":
        return form_page(request, "participants/person.html", form, context)

    def verb() -> None:
        correct_person(case, form.put_on(case.person), by=request.user, at=now())

    return save(request, "participants/person.html", form, verb, context, done=_("Saved."), go=case)
