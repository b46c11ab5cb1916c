"""The register of organisations, for those who keep it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from roles import services
from roles.forms import OrganisationForm, OrganisationsFilter
from roles.http import Request
from roles.menu import keeps_organisations
from roles.models import organisations_kept_by
from roles.polish import containing
from roles.views.answers import posted, refusals_on, status_of
from roles.views.paging import a_page_of

require_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def organisations(request: Request) -> HttpResponse:
    """The organisations that I keep, by name."""
    _refuse_others(request)
    kept = organisations_kept_by(request.user, localdate()).select_related("territory").by_name()
    form = OrganisationsFilter(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    if words:
        kept = kept.filter(containing("search", words))
    return render(
        request, "roles/organisations.html", {"form": form, "active": int(bool(words))} | a_page_of(kept, request)
    )


@require_form
def new_organisation(request: Request) -> HttpResponse:
    """Add an organisation."""
    _refuse_others(request)
    form = OrganisationForm(posted(request), by=request.user)
    if form.is_valid():
        with refusals_on(form):
            organisation = services.register_organisation(by=request.user, **form.cleaned_data)
            messages.success(request, _("%(organisation)s is in the register.") % {"organisation": organisation})
            return redirect("roles:organisations")
    return _answer(request, "roles/new_organisation.html", form)


@require_form
def edit_organisation(request: Request, pk: int) -> HttpResponse:
    """Correct an organisation, or close it."""
    found = get_object_or_404(organisations_kept_by(request.user, localdate()), pk=pk)
    form = OrganisationForm(posted(request), by=request.user, instance=found)
    if form.is_valid():
        with refusals_on(form):
            services.correct_organisation(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("roles:organisations")
    return _answer(request, "roles/edit_organisation.html", form)


def _answer(request: Request, page: str, form: OrganisationForm) -> HttpResponse:
    trail = [(_("Organisations"), reverse("roles:organisations"))]
    return render(request, page, {"form": form, "trail": trail}, status=status_of(form))


def _refuse_others(request: Request) -> None:
    if not keeps_organisations(request.user):
        raise PermissionDenied
