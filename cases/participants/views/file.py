"""The case file: a PDF for an inspection, made for a reason that is logged."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cases.participants.case_file import case_file as make
from cases.participants.views.answers import participant
from roles.http import Request
from workflows.errors import Refusal
from workflows.views.throttling import REVEALS, throttled


@never_cache
@require_POST
@throttled(REVEALS)
def case_file(request: Request, pk: int) -> HttpResponse:
    """Make the case file and hand it out."""
    case = participant(request, pk)
    try:
        content = make(case, by=request.user, reason=request.POST.get("reason", ""), at=now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(case)
    name = case.number.replace("/", "-")
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}.pdf"', "X-Content-Type-Options": "nosniff"},
    )
