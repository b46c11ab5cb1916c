"""What leaves the system for the shared facts of cases: one-time codes by mail and text message."""

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.confirmation import code_of
from cases.links import confirmation_link
from cases.models import ConfirmationCode, ErasedCase
from cases.people import person_of
from cases.retention.erasing import FILES, erase
from cases.retention.services import ERASE
from cases.sms import send_sms
from cases.storage import Vault
from cases.templatetags.hours import in_hours
from workflows.models import Job
from workflows.registry import job


@job(ERASE)
def erase_case(job: Job, erased: int) -> None:
    """Forget one case of an approved erasure."""
    erase(ErasedCase.objects.get(pk=erased), job.run_at)


@job(FILES, in_transaction=False)
def delete_erased_files(job: Job, names: list[str]) -> None:
    """Delete the files of documents that no row names any more; one that is gone already is left alone."""
    for name in names:
        Vault().delete(name)


@job("send_confirmation_code", in_transaction=False)
def send_confirmation_code(job: Job, code: int) -> None:
    """Send a recipient the code of a session; run again it sends the same code, if it had not been sent."""
    sent = ConfirmationCode.objects.select_related("attendance__session", "attendance__case").get(pk=code)
    if sent.sent_at or sent.used_at or sent.expires_at <= job.run_at:
        return
    person = person_of(sent.attendance.case)
    if person is not None and person.died_on:
        return
    address = str(sent.address.open()) if sent.address else ""
    with translation.override(settings.LANGUAGE_CODE):
        text = message_of(sent)
        if sent.channel == ConfirmationCode.Channel.SMS:
            send_sms(address, text)
        else:
            send_mail(_("Did this meeting take place?"), text, None, [address])
    ConfirmationCode.objects.filter(pk=code).update(sent_at=job.run_at)


def message_of(sent: ConfirmationCode) -> str:
    """What the recipient reads: day, kind and hours, the code and what it is for; no names."""
    attendance, session = sent.attendance, sent.attendance.session
    return _(
        "%(day)s, %(kind)s, %(hours)s h. If it took place, confirm with the code %(code)s. "
        "If it did not, say so with the same code: nobody may count support that you did not get. %(link)s"
    ) % {
        "link": confirmation_link(attendance),
        "day": date_format(timezone.localtime(session.starts_at), "SHORT_DATE_FORMAT"),
        "kind": session.get_kind_display(),
        "hours": in_hours(attendance.counted_hours),
        "code": code_of(sent),
    }
