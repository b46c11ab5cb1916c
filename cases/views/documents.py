"""Documents of a case: the list, a new one, and handing one out to who may have it."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cases.documents import Damaged, open_document, store_document
from cases.forms import DocumentForm
from cases.models import Document
from cases.models.base import may_write
from roles.http import Request
from workflows.errors import Refusal
from workflows.views.answers import put_on, require_form, visible_case
from workflows.views.throttling import REVEALS, throttled


@never_cache
@require_form
def documents(request: Request, pk: int) -> HttpResponse:
    """The documents of a case that the reader may see, and a form for a new one."""
    case = visible_case(request, pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = DocumentForm(*sent, case=case, by=request.user)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            store_document(form.document, form.cleaned_data["file"], by=request.user, at=now())
            messages.success(request, _("The document is stored."))
            return redirect("cases:documents", pk=pk)
        except Refusal as refusal:
            status = put_on(form, refusal)
    found = Document.objects.visible_to(request.user, now()).filter(case=case)
    context = {
        "case": case,
        "form": form,
        "rows": found.select_related("uploaded_by").order_by("-uploaded_at", "-pk"),
        "writes": may_write(request.user, now()).filter(pk=pk).exists(),
    }
    return render(request, "cases/documents.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@throttled(REVEALS)
def document(request: Request, pk: int) -> HttpResponseBase:
    """The file itself, never shown within our pages; a restricted one asks why first, and its reading is logged."""
    found = get_object_or_404(Document.objects.visible_to(request.user, now()).select_related("case"), pk=pk)
    if found.is_restricted and request.method != "POST":
        return render(request, "cases/document.html", {"document": found, "case": found.case.room})
    try:
        file = open_document(found, by=request.user, reason=request.POST.get("reason", ""), at=now())
    except Damaged as refusal:
        messages.error(request, refusal.sentence)
        return redirect("cases:documents", pk=found.case_id)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("cases:document", pk=pk)
    response = FileResponse(file, as_attachment=True, filename=found.name, content_type=found.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response
