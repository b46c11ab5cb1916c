"""Facts of a participant's case outside any work: entry data, the information notice, the exit questionnaire, the person."""

from typing import Any

from django.db import models
from django.http import HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from cases.models import EntryData, Person, SensitiveAnswers
from cases.participants import services
from cases.participants.forms.facts import EntryDataForm, NoticeForm, PersonForm, QuestionnaireForm
from cases.participants.models import ExitQuestionnaire, Notice, ParticipantCase
from cases.participants.registration import correct_person
from cases.participants.views.answers import FactPage, participant
from roles.http import Request
from workflows.lost_edits import Edited, version_of
from workflows.models import Case
from workflows.views.answers import posted, require_form


@never_cache
@require_form
def entry(request: Request, pk: int) -> HttpResponse:
    """The situation on entry and the four answers."""
    case = participant(request, pk)
    form = EntryDataForm(posted(request), case=case)
    edited = Edited(
        version=lambda: version_of(*_recorded(EntryData, case), *_recorded(SensitiveAnswers, case)),
        rows=Case.objects.filter(pk=case.pk),
        stored=lambda: EntryDataForm(case=_anew(case)).initial,
    )

    def verb() -> None:
        services.record_entry(case, by=request.user, entry=form.entry, answers=form.answers, at=now())

    page = FactPage(request, case, "entry", edited, _("The entry data are saved."))
    return page.respond(form, verb, {"missing": form.missing})


@never_cache
@require_form
def notice(request: Request, pk: int) -> HttpResponse:
    """The information notice: which versions were given, when."""
    case = participant(request, pk)
    form = NoticeForm(posted(request), case=case)
    given = Notice.objects.filter(case=case).order_by("-delivered_on")
    edited = Edited(
        version=lambda: version_of(*_recorded(Notice, case)),
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
        version=lambda: version_of(*_recorded(ExitQuestionnaire, case)),
        rows=Case.objects.filter(pk=case.pk),
        stored=lambda: {
            **QuestionnaireForm(case=_anew(case), by=request.user).initial,
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
        stored=lambda: PersonForm(person=_anew(case).person).initial,
    )

    def verb() -> None:
        correct_person(case, form.put_on(_anew(case).person), by=request.user, at=now())

    return FactPage(request, case, "person", edited, _("Saved.")).respond(form, verb, {"person": case.person})


def _recorded(kind: type[models.Model], case: Case) -> list[Any]:
    """When the rows of this kind about the case were written last."""
    return list(kind._default_manager.filter(case=case).order_by("pk").values_list("pk", "recorded_at"))


def _anew(case: ParticipantCase) -> ParticipantCase:
    """The case as it is stored now, with nothing read before."""
    found: ParticipantCase = ParticipantCase._base_manager.select_related("person", "programme", "territory").get(
        pk=case.pk
    )
    return found
