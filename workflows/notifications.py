"""Telling people about their work. A notice is a row of the business transaction; a mail takes what waits for a person, each notice once.

Mails say the case's number and the task, never a name and never a title that somebody wrote by hand.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Max, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext, ngettext, override

from roles.models import User
from workflows.batch import Batch
from workflows.jobs import enqueue
from workflows.models import Case, Job, Notice, Pace, WorkItem
from workflows.registry import job
from workflows.sole import only_one

MAIL = "mail_notices"
MAILED = (Pace.AT_ONCE, Pace.DAILY)


def notify(
    unit: Batch,
    people: Iterable[int | None],
    event: Notice.Event,
    item: WorkItem | None = None,
    *,
    case: Case | None = None,
) -> None:
    """Leave a notice for each of these people, but for whoever acts; written with the rest of the unit."""
    about = case or (item.case if item else None)
    for key in sorted({key for key in people if key} - {unit.by.pk}):
        unit.add(Notice(user_id=key, event=event, case=about, item=item, at=unit.at))


def tell(people: Iterable[int], event: Notice.Event, *, case: Case, at: datetime, item: WorkItem | None = None) -> None:
    """The same outside a unit, in the transaction that runs."""
    Notice.objects.bulk_create(
        Notice(user_id=key, event=event, case=case, item=item, at=at) for key in sorted(set(people))
    )


def tell_of_the_end(people: Iterable[int], link: str, *, at: datetime) -> None:
    """Long work that these people began is over; the link leads to what came of it. In the transaction that runs."""
    finished = Notice.Event.FINISHED
    Notice.objects.bulk_create(Notice(user_id=key, event=finished, link=link, at=at) for key in sorted(set(people)))


def mail_at_once(at: datetime) -> int:
    """Have what waits mailed to those who want it at once; how many mails. A burst of notices is one mail."""
    return _have_mailed(at, Pace.AT_ONCE, lambda user, last: f"mail-{user}-{last}")


def send_digests(at: datetime) -> int:
    """Have the day's notices mailed to those who want them once a day, and let be those that nobody wants mailed; how many mails."""
    waiting = Notice.objects.waiting()
    unwanted = Q(pk__in=waiting.at_pace(Pace.NEVER).values("pk")) | Q(user__is_active=False) | Q(user__email="")
    Notice.objects.filter(pk__in=waiting.filter(unwanted).values("pk")).update(settled=True)
    day = localdate(at).isoformat()
    return _have_mailed(at, Pace.DAILY, lambda user, _last: f"digest-{user}-{day}")


@job(MAIL, in_transaction=False)
def mail_notices(job: Job, user: int, pace: str = "") -> None:
    """Send one person what waits for them at this pace. A second attempt sends the same notices under the same Message-ID."""
    with transaction.atomic():
        if not job.notices.exists():
            paces = [pace] if pace else MAILED  # jobs from before paces were chosen name none
            taken = Notice.objects.waiting().of(User(pk=user)).at_pace(*paces)
            Notice.objects.filter(pk__in=taken.values("pk")).update(settled=True, mail=job)
    person = User.objects.get(pk=user)
    notices = list(_still_theirs(job, person))
    if notices and person.is_active and person.email:
        _message(person, notices, job.key).send()


def _have_mailed(at: datetime, pace: Pace, key_of: Callable[[int, int], str]) -> int:
    with transaction.atomic():
        if not only_one(MAIL):
            return 0
        waiting = Notice.objects.waiting().filter(user__is_active=True).exclude(user__email="")
        found = waiting.at_pace(pace).values_list("user").annotate(last=Max("pk")).order_by("user")
        jobs = [
            Job(
                name=MAIL,
                key=key_of(user, last),
                args={"user": user, "pace": pace.value},
                created_at=at,
                run_after=at,
            )
            for user, last in found
        ]
        return enqueue(jobs, at)


def _still_theirs(job: Job, person: User) -> Iterable[Notice]:
    """The notices that the mail took and the person still wants mailed, but for cases that they may no longer read."""
    mine = Notice.objects.filter(mail=job).at_pace(*MAILED).of_readable(person)
    return mine.select_related("case", "item").order_by("pk")


def _message(person: User, notices: list[Notice], key: str) -> EmailMultiAlternatives:
    with override(person.language):
        context = {
            "groups": _grouped(notices),
            "home": settings.PUBLIC_URL + "/",
            "account": settings.PUBLIC_URL + reverse("roles:account"),
        }
        subject = ngettext(
            "Spoiwo: %(count)s notice about your work", "Spoiwo: %(count)s notices about your work", len(notices)
        )
        message = EmailMultiAlternatives(
            subject % {"count": len(notices)},
            render_to_string("mail/notices.txt", context),
            to=[person.email],
            headers={
                "Message-ID": f"<{key}@{urlsplit(settings.PUBLIC_URL).hostname}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(render_to_string("mail/notices.html", context), "text/html")
    return message


def _grouped(notices: list[Notice]) -> list[tuple[str, list[dict[str, object]]]]:
    """Lines under the name of each event, in the order of the events' urgency."""
    groups: list[tuple[str, list[dict[str, object]]]] = []
    for event in Notice.Event:
        lines = [_line(notice) for notice in notices if notice.event == event]
        if lines:
            groups.append((str(event.label), lines))
    return groups


def task_of(item: WorkItem) -> str:
    """The task as it may leave the house: a title made by hand may hold a name."""
    return gettext("task made by hand") if item.title_text else str(item.label)


def _line(notice: Notice) -> dict[str, object]:
    item = notice.item
    if notice.case is None:
        words = gettext("what came of it")
        return {"number": "", "task": words, "due": None, "link": settings.PUBLIC_URL + notice.link}
    return {
        "number": notice.case.number,
        "task": task_of(item) if item else "",
        "due": item.due if item else None,
        "link": settings.PUBLIC_URL + notice.get_absolute_url(),
    }
