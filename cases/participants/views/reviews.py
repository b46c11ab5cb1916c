"""All my people on one page: the monthly reviews that wait for me, each row with a result of its own."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from cases.participants.forms import MonthlyReviewForm
from cases.participants.models import ParticipantCase
from roles.http import Request
from workflows.errors import Refusal
from workflows.models import WorkItem
from workflows.services import complete
from workflows.views.answers import require_form

NODES = ("review_month", "review_incubation")
AT_ONCE = 40


@dataclass
class Row:
    """One person's review, its form, and what came of it."""

    item: WorkItem
    form: MonthlyReviewForm
    done: bool = False
    refused: str = ""


@never_cache
@require_form
def reviews(request: Request) -> HttpResponse:
    """The reviews in my hands; a row is sent on when its progress is chosen, the others stay."""
    rows = [_row(request, item) for item in _mine(request)]
    if request.method == "POST":
        for row in rows:
            if request.POST.get(row.form.add_prefix("progress")):
                _send_on(request, row)
    wrong = any(row.refused or (row.form.is_bound and row.form.errors) for row in rows)
    finished = sum(row.done for row in rows)
    context = {
        "rows": [row for row in rows if not row.done],
        "finished": finished,
        "said": _("Reviews done: %(number)s.") % {"number": finished} if finished else "",
        "today": localdate(),
    }
    return render(request, "participants/reviews.html", context, status=422 if wrong else 200)


def _mine(request: Request) -> list[WorkItem]:
    items = WorkItem.objects.inbox_of(request.user).filter(node__in=NODES).oldest_first()
    found = list(items.select_related("process", "territory")[:AT_ONCE])
    cases = ParticipantCase.objects.filter(pk__in=[item.process_id for item in found]).select_related("programme")
    rooms = {case.pk: case for case in cases}
    for item in found:
        item.process = rooms[item.process_id]
    return found


def _row(request: Request, item: WorkItem) -> Row:
    prefix = f"r{item.pk}"
    sent = request.method == "POST" and bool(request.POST.get(f"{prefix}-progress"))
    form = MonthlyReviewForm(request.POST if sent else None, case=item.case, by=request.user, item=item, prefix=prefix)
    return Row(item, form)


def _send_on(request: Request, row: Row) -> None:
    if not row.form.is_valid():
        return
    try:
        complete(row.item, by=request.user, outcome=row.form.way, write=row.form.write, at=now())
        row.done = True
    except Refusal as refusal:
        row.refused = refusal.sentence
