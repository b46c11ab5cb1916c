"""Registering a participant, by the animator; saying who an applicant is, by the coordinator."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from cases.participants.applications import known_like, may_compare, say_who_it_is
from cases.participants.forms.registering import RegistrationForm, SamePersonForm
from cases.participants.menu import registers_people
from cases.participants.registration import register
from cases.participants.views.answers import form_page, participant, save
from roles.http import Request
from workflows.errors import Refusal
from workflows.views.answers import posted, put_on, require_form
from workflows.views.forms_kept import PageForm

PAGE = "participants/new.html"


@never_cache
@require_form
def new(request: Request) -> HttpResponse:
    """A new participant; probable duplicates are asked about first."""
    if not registers_people(request.user):
        raise PermissionDenied
    kept = PageForm(request, "participants:new")
    if (answered := kept.answer()) is not None:
        return answered
    form = RegistrationForm(posted(request), by=request.user)
    kept.open(form)
    if not form.is_valid():
        return form_page(request, PAGE, form, kept.context)
    given = form.cleaned_data
    try:
        case = register(
            form.person,
            form.place,
            by=request.user,
            participation=given["participation"],
            source=given["source"],
            referred_by=given["referred_by"],
            entry=form.entry,
            answers=form.answers,
            notice_on=given["notice_on"],
            at=now(),
        )
    except Refusal as refusal:
        return form_page(request, PAGE, form, kept.context, status=put_on(form, refusal))
    kept.discard()
    messages.success(request, _("Registered: %(number)s.") % {"number": case.number})
    return redirect(case)


@never_cache
@require_form
def same_person(request: Request, pk: int) -> HttpResponse:
    """Whether somebody who applied on the public page is known already."""
    case = participant(request, pk)
    if not may_compare(case, request.user, now()):
        raise PermissionDenied
    application = case.applications.to_compare().order_by("pk").first()
    form = SamePersonForm(posted(request), likely=known_like(application) if application else [])
    verb = lambda: say_who_it_is(case, form.person, by=request.user, at=now())  # noqa: E731
    context = {"case": case, "application": application}
    done = _("Written down: the case is on the right record.")
    return save(request, "participants/same_person.html", form, verb, context, done=done, go=case)
