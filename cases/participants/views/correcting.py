"""Facts that work has written down, to be read and, for a reason, corrected: diagnosis, exit data, follow-up, a death."""

from django.http import HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from cases.models import Document, ExitData, FollowUpData, Person, PrivateBarriers
from cases.participants import services
from cases.participants.forms import DiagnosisForm, ExitDataForm, FollowUpForm
from cases.participants.forms.facts import DeathForm
from cases.participants.models import Diagnosis
from cases.participants.panels import reads_special
from cases.participants.views.answers import FactPage, anew, participant, recorded
from cases.participants.words import DIAGNOSIS, FOLLOW_UP, in_words
from roles.http import Request
from workflows.lost_edits import Edited, version_of
from workflows.models import Case
from workflows.views.answers import posted, require_form


@never_cache
@require_form
def diagnosis(request: Request, pk: int) -> HttpResponse:
    """What was found on the scales, strengths and needs; debts and family stand behind their door."""
    case = participant(request, pk)
    known = getattr(case, "diagnosis", None)
    form = DiagnosisForm(posted(request), case=case, by=request.user)
    context = {
        "case": case,
        "known": known,
        "facts": in_words(known, DIAGNOSIS) if known else [],
        "has_private": PrivateBarriers.objects.filter(case=case).exists(),
        "reads_special": reads_special(case, request.user),
    }
    edited = Edited(
        version=lambda: version_of(*recorded(Diagnosis, case), *recorded(PrivateBarriers, case)),
        rows=Case.objects.filter(pk=case.pk),
        stored=lambda: DiagnosisForm(case=anew(case), by=request.user).initial,
    )

    def verb() -> None:
        services.correct_diagnosis(case, by=request.user, private=form.private, at=now(), **form.facts)

    return FactPage(request, case, "diagnosis", edited, _("Corrected.")).respond(form, verb, context)


@never_cache
@require_form
def exit_data(request: Request, pk: int) -> HttpResponse:
    """How the person left and what was so within 28 days, with the documents that show it."""
    case = participant(request, pk)
    known = getattr(case, "exit_data", None)
    form = ExitDataForm(posted(request), case=case, by=request.user)
    context = {
        "case": case,
        "known": known,
        "facts": in_words(known, ("left_on", "as_planned", "attempts")) if known else [],
        "situations": list(known.situations.select_related("document").order_by("observed_on", "pk")) if known else [],
        "readable": set(
            Document.objects.visible_to(request.user, now()).filter(case=case).values_list("pk", flat=True)
        ),
    }
    edited = Edited(
        version=lambda: version_of(*recorded(ExitData, case)),
        rows=Case.objects.filter(pk=case.pk),
        stored=lambda: ExitDataForm(case=anew(case), by=request.user).initial,
    )

    def verb() -> None:
        given = form.cleaned_data
        facts = {"as_planned": given["as_planned"], "attempts": given["attempts"], "situations": form.situations}
        services.correct_exit_data(case, by=request.user, at=now(), **facts)

    return FactPage(request, case, "exit_data", edited, _("Corrected.")).respond(form, verb, context)


@never_cache
@require_form
def follow_up(request: Request, pk: int) -> HttpResponse:
    """Where the person stood six months after leaving, or why that could not be learnt."""
    case = participant(request, pk)
    known = getattr(case, "follow_up_data", None)
    form = FollowUpForm(posted(request), case=case, by=request.user)
    context = {
        "case": case,
        "known": known,
        "facts": in_words(known, FOLLOW_UP) if known else [],
    }
    edited = Edited(
        version=lambda: version_of(*recorded(FollowUpData, case)),
        rows=Case.objects.filter(pk=case.pk),
        stored=lambda: FollowUpForm(case=anew(case), by=request.user).initial,
    )

    def verb() -> None:
        services.correct_follow_up(case, by=request.user, at=now(), **form.cleaned_data)

    return FactPage(request, case, "follow_up", edited, _("Corrected.")).respond(form, verb, context)


@never_cache
@require_form
def death(request: Request, pk: int) -> HttpResponse:
    """That the person has died, on which day; or that this was written down by mistake."""
    case = participant(request, pk)
    form = DeathForm(posted(request), initial={"died_on": case.person.died_on})
    edited = Edited(
        version=lambda: version_of(*Person.objects.filter(pk=case.person_id).values_list("recorded_at", "died_on")),
        rows=Case.objects.filter(pk=case.pk),
        stored=lambda: {"died_on": anew(case).person.died_on},
    )

    def verb() -> None:
        services.record_death(case, by=request.user, on=form.cleaned_data["died_on"], at=now())

    page = FactPage(request, case, "death", edited, _("Saved."))
    return page.respond(form, verb, {"person": case.person})
