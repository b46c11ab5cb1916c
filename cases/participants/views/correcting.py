"""Facts that work has written down, to be read and, for a reason, corrected: diagnosis, exit data, follow-up, a death."""

from django.http import HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from cases.models import Document, PrivateBarriers
from cases.participants import services
from cases.participants.forms import DiagnosisForm, ExitDataForm, FollowUpForm
from cases.participants.forms.facts import DeathForm
from cases.participants.panels import reads_special
from cases.participants.views.answers import form_page, participant, save, writes_here
from cases.participants.words import DIAGNOSIS, FOLLOW_UP, in_words
from roles.http import Request
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
        "writes": writes_here(request, case),
    }
    if request.method != "POST":
        return form_page(request, "participants/diagnosis.html", form, context)

    def verb() -> None:
        services.correct_diagnosis(case, by=request.user, private=form.private, at=now(), **form.facts)

    return save(request, "participants/diagnosis.html", form, verb, context, done=_("Corrected."), go=case)


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
        "writes": writes_here(request, case),
    }
    if request.method != "POST":
        return form_page(request, "participants/exit_data.html", form, context)

    def verb() -> None:
        given = form.cleaned_data
        facts = {"as_planned": given["as_planned"], "attempts": given["attempts"], "situations": form.situations}
        services.correct_exit_data(case, by=request.user, at=now(), **facts)

    return save(request, "participants/exit_data.html", form, verb, context, done=_("Corrected."), go=case)


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
        "writes": writes_here(request, case),
    }
    if request.method != "POST":
        return form_page(request, "participants/follow_up.html", form, context)

    def verb() -> None:
        services.correct_follow_up(case, by=request.user, at=now(), **form.cleaned_data)

    return save(request, "participants/follow_up.html", form, verb, context, done=_("Corrected."), go=case)


@never_cache
@require_form
def death(request: Request, pk: int) -> HttpResponse:
    """That the person has died, on which day; or that this was written down by mistake."""
    case = participant(request, pk)
    form = DeathForm(posted(request), initial={"died_on": case.person.died_on})
    context = {"case": case, "person": case.person, "writes": writes_here(request, case)}
    if request.method != "POST":
        return form_page(request, "participants/death.html", form, context)

    def verb() -> None:
        services.record_death(case, by=request.user, on=form.cleaned_data["died_on"], at=now())

    return save(request, "participants/death.html", form, verb, context, done=_("Saved."), go=case)
