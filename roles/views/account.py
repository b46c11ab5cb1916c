"""One's own account: how the system speaks to me, and when I am away."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods
from django.views.i18n import set_language as set_language_cookie

from roles import services
from roles.account_parts import parts_of
from roles.forms import PreferencesForm
from roles.http import Request
from roles.models import Absence, Mandate, User
from roles.second_factor import has_second_factor
from roles.views.answers import posted, status_of


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: Request) -> HttpResponse:
    """My preferences, mandates, absences, and the ways to my password, second factor and sessions."""
    form = PreferencesForm(posted(request), instance=request.user)
    if form.is_valid():
        services.choose_preferences(request.user, by=request.user, **form.cleaned_data)
        with override(form.cleaned_data["language"]):
            messages.success(request, _("Saved."))
        return redirect("roles:account")
    on = localdate()
    context = {
        "form": form,
        "mandates": Mandate.objects.of(request.user).in_force(on).select_related("organisation", "territory"),
        "offers": Mandate.objects.to_accept_by(request.user, on).select_related(
            "organisation", "territory", "given_by"
        ),
        "absences": request.user.absences.not_over(on).select_related("deputy").order_by("starts_on"),
        "stands_in": Absence.objects.not_over(on).filter(deputy=request.user).select_related("user"),
        "has_second_factor": has_second_factor(request.user),
        "on": on,
        "parts": parts_of(request.user),
    }
    return render(request, "roles/account.html", context, status=status_of(form))


@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own, and for somebody signed in their choice from now on."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(settings.LANGUAGES):
        user = request.user
        services.choose_preferences(user, by=user, language=language, notify=user.notify, shortcuts=user.shortcuts)
    return set_language_cookie(request)
