"""The reserve lists: who waits for a place in which programme, in order."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.participants.places import lists_for
from roles.http import Request


@never_cache
@require_safe
def reserve_list(request: Request) -> HttpResponse:
    """Everybody I may see who waits for a place, by programme; the numbers count those I may not see too."""
    return render(request, "participants/reserve_list.html", {"lists": lists_for(request.user, now())})
