"""What pages with a form share beside work items: a draft that survives a time-out, and no edit lost to somebody faster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from roles.http import Request
from workflows.drafts import NOT_OF_THE_FORM, discard_page_draft, fill, page_draft_of, save_page_draft, written_on
from workflows.lost_edits import VERSION, Edited, Outdated, differences
from workflows.models import Case, PageDraft


@dataclass
class PageForm:
    """The form of one page for one person, about a case or about none: its draft, and the version it was opened with."""

    request: Request
    page: str
    case: Case | None = None
    edited: Edited | None = None

    def answer(self) -> HttpResponse | None:
        """Keep the draft, or throw it away, when that is what the page asks for; None when its form is opened or sent on."""
        request, sent = self.request, self.request.POST
        if "begin_anew" in sent:
            self.discard()
            messages.success(request, _("The draft is gone; the form begins anew."))
            return redirect(request.get_full_path())
        if "draft" not in sent and "autosave" not in sent:
            return None
        kept = save_page_draft(self.page, self.case, by=request.user, data=sent, at=now())
        if "autosave" in sent:
            return HttpResponse(status=204)
        time = localtime(kept.saved_at).strftime("%H:%M")
        messages.success(request, _("The draft of %(time)s is kept.") % {"time": time})
        return redirect(request.get_full_path())

    @cached_property
    def draft(self) -> PageDraft | None:
        """One's own draft, while the form is opened rather than sent."""
        if self.request.method == "POST":
            return None
        return page_draft_of(self.page, self.case, self.request.user)

    @cached_property
    def written(self) -> QueryDict:
        """What the draft holds; nothing without one."""
        return written_on(self.draft, self.case, self.request.user) if self.draft else QueryDict()

    def open(self, form: forms.BaseForm) -> None:
        """Open the form with the draft, if there is one."""
        if self.draft:
            fill(form, self.written)

    def discard(self) -> None:
        """The form was sent on: nothing is left of its draft."""
        discard_page_draft(self.page, self.case, by=self.request.user)

    @property
    def version(self) -> str:
        """The version that what is written goes back to: that of the form sent, of the draft, or of this moment."""
        if self.request.method == "POST":
            return self.request.POST.get(VERSION, "")
        if self.draft and VERSION in self.written:
            return str(self.written[VERSION])
        return self.edited.version() if self.edited else ""

    @property
    def context(self) -> dict[str, Any]:
        """What the page's template needs."""
        return {"draft": self.draft, "autosave": self.request.get_full_path(), "version": self.version}

    def conflict(self, form: forms.BaseForm, refusal: Outdated, back: str) -> HttpResponse:
        """Both values of every field that differs, and what was written to be sent again, knowingly (409)."""
        edited = self.edited
        stored: Mapping[str, Any] = edited.stored() if edited else {}
        left_out = {*NOT_OF_THE_FORM, VERSION}
        again = [(name, each) for name, some in self.request.POST.lists() if name not in left_out for each in some]
        context = {
            "case": self.case,
            "refusal": refusal,
            "differences": differences(form, stored),
            "again": again,
            "version_name": VERSION,
            "version": edited.version() if edited else "",
            "back": back,
        }
        return render(self.request, "workflows/conflict.html", context, status=refusal.status)
