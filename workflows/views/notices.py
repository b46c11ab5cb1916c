"""What I was told: the page of my notices, putting them away, choosing how they come, watching a case."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from roles.http import Request
from workflows import services
from workflows.models import Notice
from workflows.notice_list import notices_of
from workflows.verb_forms import PacesForm
from workflows.views.answers import try_to, visible_case


@never_cache
@require_safe
def notices(request: Request) -> HttpResponse:
    """What happened about my work, the latest first."""
    before = request.GET.get("before", "")
    page = notices_of(request.user, before=before, at=now())
    return render(request, "workflows/notices.html", {"page": page, "is_first": not before})


@require_POST
def read_notice(request: Request, pk: int) -> HttpResponse:
    """I have read one."""
    services.mark_read(get_object_or_404(Notice.objects.of(request.user), pk=pk), by=request.user, at=now())
    return redirect("workflows:notices")


@require_POST
def read_notices(request: Request) -> HttpResponse:
    """I have read all that the page has shown me, and all before."""
    up_to = request.POST.get("up_to", "")
    if up_to.isascii() and up_to.isdigit() and len(up_to) < 19:
        services.mark_all_read(by=request.user, up_to=int(up_to), at=now())
    return redirect("workflows:notices")


@require_POST
def choose_paces(request: Request) -> HttpResponse:
    """How I want to be told of each event; the form stands on my account page."""
    form = PacesForm(request.POST, of=request.user)
    if not form.is_valid():
        messages.error(request, _("This choice does not exist."))
        return redirect("roles:account")
    return try_to(
        request, partial(services.choose_paces, form.cleaned_data, by=request.user), _("Saved."), "roles:account"
    )


@require_POST
def watch(request: Request, pk: int) -> HttpResponse:
    """Be told of what happens on the case."""
    case = visible_case(request, pk)
    verb = partial(services.watch, case, by=request.user, at=now())
    return try_to(
        request, verb, _("You watch this case: you are told of its moves and comments."), case.get_absolute_url()
    )


@require_POST
def stop_watching(request: Request, pk: int) -> HttpResponse:
    """Be told of it no more."""
    case = visible_case(request, pk)
    verb = partial(services.stop_watching, case, by=request.user)
    return try_to(request, verb, _("You watch this case no more."), case.get_absolute_url())


urlpatterns = [
    path("notices/", notices, name="notices"),
    path("notices/<int:pk>/read/", read_notice, name="read_notice"),
    path("notices/read/", read_notices, name="read_notices"),
    path("notices/choices/", choose_paces, name="choose_paces"),
    path("cases/<int:pk>/watch/", watch, name="watch"),
    path("cases/<int:pk>/watch/end/", stop_watching, name="stop_watching"),
]
