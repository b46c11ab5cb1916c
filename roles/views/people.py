"""People and their mandates, within what one's own mandates let one manage."""

from functools import partial

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from roles import services
from roles.forms import EndMandateForm, InviteForm, MandateForm, PeopleFilter, PersonForm
from roles.http import Request
from roles.invitations import send_invitation
from roles.models import Absence, Mandate, User, mandate_elsewhere, people_managed_by
from roles.models.mandates import MandateQuerySet
from roles.models.users import UserQuerySet
from roles.reach import reach_of
from roles.reserve import scopes_without_reserve
from roles.services.people import may_reset_second_factors
from roles.views.answers import people_crumb, posted, refusals_on, status_of, trail_to, try_to
from roles.views.mandates import offer_made
from roles.views.paging import a_page_of

require_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def people(request: Request) -> HttpResponse:
    """The people I may manage, by name."""
    on = localdate()
    form = PeopleFilter(request.GET, reach=reach_of(request.user, on))
    found = _narrowed(people_managed_by(request.user, on), form, _mandates_shown_to(request.user)).prefetch_related(
        Prefetch("mandates", _mandates_shown_to(request.user).in_force(on).by_role(), to_attr="in_force"),
        Prefetch("absences", Absence.objects.on(on), to_attr="away"),
    )
    active = sum(bool(request.GET.get(name)) for name in form.fields)
    context = {"form": form, "active": active, "without_reserve": scopes_without_reserve(request.user, on)}
    context["waiting"] = Mandate.objects.to_confirm_by(request.user, on).exists()
    return render(request, "roles/people.html", context | a_page_of(found.by_name(), request))


@require_safe
def person(request: Request, pk: int) -> HttpResponse:
    """One person: data, mandates, absences, and what I may do about them."""
    found = _managed(request, pk)
    mandates = _mandates_shown_to(request.user).filter(user=found).newest_first()
    context = {
        "person": found,
        "mandates": mandates,
        "mine_to_end": set(mandates.settled().within_reach_of(request.user, localdate()).values_list("pk", flat=True)),
        "absences": found.absences.kept().select_related("deputy").order_by("-starts_on"),
        "elsewhere": mandate_elsewhere(found, request.user, localdate()),
        "may_reset": may_reset_second_factors(request.user),
        "trail": [people_crumb()],
        "on": localdate(),
    }
    return render(request, "roles/person.html", context)


@require_form
def invite_person(request: Request) -> HttpResponse:
    """Invite somebody, with a first mandate."""
    form = InviteForm(posted(request), reach=reach_of(request.user, localdate()))
    if form.is_valid():
        with refusals_on(form):
            mandate = services.invite(**form.cleaned_data, by=request.user)
            return _invited(request, mandate.user, mandate)
    context = {"form": form, "trail": [people_crumb()]}
    return render(request, "roles/invite_person.html", context, status=status_of(form))


@require_form
def edit_person(request: Request, pk: int) -> HttpResponse:
    """Correct a name or a telephone."""
    found = _managed(request, pk)
    form = PersonForm(posted(request), instance=found)
    if form.is_valid():
        with refusals_on(form):
            services.rename(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("roles:person", pk=pk)
    context = {"form": form, "person": found, "trail": trail_to(found)}
    return render(request, "roles/edit_person.html", context, status=status_of(form))


@require_form
def new_mandate(request: Request, pk: int) -> HttpResponse:
    """Give a mandate to somebody I manage."""
    found = _managed(request, pk)
    form = MandateForm(posted(request), reach=reach_of(request.user, localdate()))
    if form.is_valid():
        with refusals_on(form):
            mandate = services.give_mandate(found, by=request.user, **form.cleaned_data)
            if mandate.waits_for:
                return offer_made(request, mandate)
            messages.success(request, _("The mandate was given."))
            return redirect("roles:person", pk=pk)
    context = {"form": form, "person": found, "trail": trail_to(found)}
    return render(request, "roles/new_mandate.html", context, status=status_of(form))


@require_form
def finish_mandate(request: Request, pk: int) -> HttpResponse:
    """Set the last day of a mandate."""
    ended = _mandates_shown_to(request.user).settled().within_reach_of(request.user, localdate())
    mandate = get_object_or_404(ended, pk=pk)
    form = EndMandateForm(posted(request))
    if form.is_valid():
        with refusals_on(form):
            services.end_mandate(mandate, by=request.user, on=form.cleaned_data["on"])
            messages.success(request, _("The mandate has a last day."))
            return redirect("roles:person", pk=mandate.user_id)
    context = {"form": form, "mandate": mandate, "trail": trail_to(mandate.user)}
    return render(request, "roles/finish_mandate.html", context, status=status_of(form))


@require_POST
def close_account(request: Request, pk: int) -> HttpResponse:
    """Deactivate somebody."""
    found = _managed(request, pk)
    return try_to(request, partial(services.deactivate, found, by=request.user), _("The account is closed."), found)


@require_POST
def open_account(request: Request, pk: int) -> HttpResponse:
    """Open a closed account again."""
    found = _managed(request, pk)
    return try_to(request, partial(services.reactivate, found, by=request.user), _("The account is open again."), found)


@require_POST
def sign_out(request: Request, pk: int) -> HttpResponse:
    """End all sessions of somebody."""
    found = _managed(request, pk)
    verb = partial(services.end_sessions, found, by=request.user)
    return try_to(request, verb, _("All sessions of this person were ended."), found)


@require_POST
def remove_second_factor(request: Request, pk: int) -> HttpResponse:
    """Take away a lost second factor."""
    found = _managed(request, pk)
    verb = partial(services.reset_second_factor, found, by=request.user)
    return try_to(request, verb, _("The second factor was taken away; the next sign-in sets up a new one."), found)


@require_POST
def send_invitation_again(request: Request, pk: int) -> HttpResponse:
    """Send the link for setting the first password once more."""
    return _invited(request, _managed(request, pk))


def _invited(request: Request, user: User, mandate: Mandate | None = None) -> HttpResponse:
    if mandate is not None and mandate.waits_for:
        if mandate.waits_for == Mandate.WaitsFor.SECOND_PERSON and not user.has_usable_password():
            send_invitation(user, request)
        return offer_made(request, mandate)
    if user.has_usable_password():
        messages.success(request, _("%(person)s has the mandate, and signs in as before.") % {"person": user})
    elif send_invitation(user, request):
        messages.success(request, _("The invitation was sent to %(email)s.") % {"email": user.email})
    else:
        messages.error(request, _("The account is there, but the invitation could not be sent. Send it again later."))
    return redirect("roles:person", pk=user.pk)


def _managed(request: Request, pk: int) -> User:
    return get_object_or_404(people_managed_by(request.user, localdate()), pk=pk)


def _mandates_shown_to(manager: User) -> MandateQuerySet:
    return Mandate.objects.visible_to(manager, localdate()).select_related("organisation", "territory", "user")


def _narrowed(people: UserQuerySet, form: PeopleFilter, mandates: MandateQuerySet) -> UserQuerySet:
    wanted = form.cleaned_data if form.is_valid() else {}
    if wanted.get("state") != "all":
        people = people.filter(is_active=wanted.get("state") != "closed")
    if wanted.get("q"):
        people = people.called(wanted["q"])
    held = {name: wanted[name] for name in ("role", "organisation") if wanted.get(name)}
    if held:
        people = people.filter(pk__in=mandates.in_force(localdate()).filter(**held).values("user"))
    return people
