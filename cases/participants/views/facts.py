"""Facts of a participant's case outside any work: entry data, the information notice, the exit questionnaire, the person."""

from typing import Any

from django.http import HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from cases.models import Convictions, EntryData, Person, SensitiveAnswers
from cases.participants import services
from cases.participants.forms.facts import EntryDataForm, NoticeForm, PersonForm, QuestionnaireForm
from cases.participants.models import ExitQuestionnaire, Notice, ParticipantCase
from cases.participants.registration import correct_person
from cases.participants.views.answers import FactPage, anew, participant, recorded
from roles.http import Request
from workflows.lost_edits import Edited, version_of
from workflows.models import Case
from workflows.views.answers import posted, require_form


@never_cache
@require_form
def entry(request: Request, pk: int) -> HttpResponse:
    """The situation on entry and the four answers."""
    case = participant(request, pk)
    form = EntryDataForm(posted(request), case=case, by=request.user)
    edited = Edited(
        version=lambda: version_of(
            *recorded(EntryData, case), *recorded(SensitiveAnswers, case), *recorded(Convictions, case)
        ),
        rows=Case.objects.filter(pk=case.pk),
        stored=lambda: EntryDataForm(case=anew(case), by=request.user).initial,
    )

    def verb() -> None:
        said: dict[str, Any] = {"entry": form.entry, "answers": form.answers, "convictions": form.declared}
        services.record_entry(case, by=request.user, **said, at=now())

    page = FactPage(request, case, "entry", edited, _("The entry data are saved."))
    return page.respond(form, verb, {"entry": getattr(case, "entry_data", None), "missing": form.missing})


@never_cache
@require_form
def notice(request: Request, pk: int) -> HttpResponse:
    """The information notice: which versions were given, when."""
    case = participant(request, pk)
    form = NoticeForm(posted(request), case=case)
    given = Notice.objects.filter(case=case).order_by("-delivered_on")
    edited = Edited(
        version=lambda: version_of(*recorded(Notice, case)),
        rows=Case.objects.filter(pk=case.pk),
        stored=lambda: Notice.objects.filter(case=case).order_by("-recorded_at").values("version", "delivered_on")[0],
    )

    def verb() -> None:
        said = form.cleaned_data
        services.give_notice(case, by=request.user, version=said["version"], on=said["delivered_on"], at=now())

    return FactPage(request, case, "notice", edited, _("Written down.")).respond(form, verb, {"given": given})


@never_cache
@require_form
def questionnaire(request: Request, pk: int) -> HttpResponse:
    """What the person says when leaving."""
    case = participant(request, pk)
    form = QuestionnaireForm(posted(request), case=case, by=request.user)
    edited = Edited(
        version=lambda: version_of(*recorded(ExitQuestionnaire, case)),
        rows=Case.objects.filter(pk=case.pk),
        stored=lambda: {
            **QuestionnaireForm(case=anew(case), by=request.user).initial,
            **ExitQuestionnaire.objects.filter(case=case).values("filled_in_on")[0],
        },
    )

    def verb() -> None:
        on = form.cleaned_data["filled_in_on"]
        services.fill_in_questionnaire(case, by=request.user, on=on, at=now(), **form.answers)

    page = FactPage(request, case, "questionnaire", edited, _("The exit questionnaire is saved."))
    return page.respond(form, verb, {})


@never_cache
@require_form
def person(request: Request, pk: int) -> HttpResponse:
    """Correct who the person is and how to reach them."""
    case = participant(request, pk)
    form = PersonForm(posted(request), person=case.person)
    edited = Edited(
        version=lambda: version_of(*Person.objects.filter(pk=case.person_id).values_list("recorded_at", flat=True)),
        rows=Case.objects.filter(pk__in=ParticipantCase.objects.filter(person=case.person_id).values("pk")),
        stored=lambda: PersonForm(person=anew(case).person).initial,
    )

    def verb() -> None:
        correct_person(case, form.put_on(anew(case).person), by=request.user, at=now())

    return FactPage(request, case, "person", edited, _("Saved.")).respond(form, verb, {"person": case.person})
