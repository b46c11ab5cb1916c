"""The recipient confirms that a session took place, or says that it did not: nobody signs for what did not happen.

A one-time code is computed from a secret key and a random salt; it is stored nowhere and goes only to the address that
the person's own record has. Whoever runs the session never learns it unless the recipient tells them.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Attendance, ConfirmationCode, Document, Session, Signature
from cases.models.base import may_write
from cases.people import person_of
from cases.signature import check_strokes
from roles.models import User
from roles.polish import search_text
from roles.role import Role
from roles.sealing import keyed_digest
from roles.services.acting import acting
from workflows.batch import CALENDAR, Batch, batch
from workflows.errors import NotYet, NotYou, TooLate
from workflows.locking import locked_cases
from workflows.models import Case, Notice
from workflows.notifications import notify

Channel = ConfirmationCode.Channel
Confirmation = Attendance.Confirmation
Method = Attendance.Method

VALID_FOR = timedelta(hours=72)
CODES_A_DAY = 5
FAILURES = 5
#: Within how many working days a supervisor looks into a dispute.
LOOK_INTO_IT = 5


def request_confirmation(
    attendance: Attendance, *, by: User, channel: str, at: datetime | None = None
) -> ConfirmationCode:
    """Have a one-time code sent to the recipient; the address is the one that the person's record has."""
    at = at or timezone.now()
    with batch([], by=by, at=at) as unit:
        attendance = _take(attendance)
        _check_witness(attendance, by, at)
        _check_open(attendance)
        code = ConfirmationCode(attendance=attendance, channel=channel, salt=secrets.token_hex(16), asked_by=by)
        code.address, code.asked_at, code.expires_at = _address(attendance, channel), at, at + VALID_FOR
        if attendance.codes.filter(asked_at__gt=at - timedelta(days=1)).count() >= CODES_A_DAY:
            raise NotYet(_("Too many codes were asked for today."))
        code.save()
        attendance.confirmation = Confirmation.ASKED
        attendance.save(update_fields=["confirmation"])
        unit.job("send_confirmation_code", key=f"confirmation-code-{code.pk}", case=attendance.case, code=code.pk)
    return code


def code_of(sent: ConfirmationCode) -> str:
    """The six digits that go to the recipient."""
    number = int.from_bytes(keyed_digest(f"{sent.attendance_id}:{sent.salt}", "cases.confirmationcode")[:8])
    return f"{number % 1_000_000:06d}"


def confirm_by_code(attendance: Attendance, *, code: str, at: datetime | None = None) -> Attendance:
    """The recipient confirms with the code that was sent; five wrong tries make it worthless."""
    at = at or timezone.now()
    with transaction.atomic():
        attendance = _take(attendance)
        sent = _spend(attendance, code, at)
        if sent is not None:
            method = Method.SMS if sent.channel == Channel.SMS else Method.EMAIL
            with acting(None, at):
                return _answer(attendance, Confirmation.CONFIRMED, at, method=method)
    raise _wrong_code()


def dispute_by_code(
    attendance: Attendance, *, code: str, complaint: str = "", at: datetime | None = None
) -> Attendance:
    """The recipient says, with the code that was sent, that it did not happen; the supervisor is told."""
    at = at or timezone.now()
    with transaction.atomic():
        locked_cases([attendance.case_id])  # before the attendance, in the order of everybody else
        attendance = _take(attendance)
        sent = _spend(attendance, code, at)
        if sent is not None:
            return _dispute(attendance, complaint, by=sent.asked_by, at=at)
    raise _wrong_code()


def confirm_by_signature(
    attendance: Attendance, *, by: User, strokes: Any = None, typed: str = "", at: datetime | None = None
) -> Attendance:
    """The recipient signs on the screen of `by`, who witnesses it: drawn, or typed as first name and surname."""
    at = at or timezone.now()
    with acting(by, at):
        attendance = _take(attendance)
        _check_witness(attendance, by, at)
        _check_open(attendance)
        if strokes:
            signature = Signature(attendance=attendance, strokes=check_strokes(strokes), signed_at=at)
        else:
            signature = Signature(attendance=attendance, typed=_own_name(attendance, typed), signed_at=at)
        signature.save()
        return _answer(
            attendance, Confirmation.CONFIRMED, at, method=Method.DRAWN if strokes else Method.TYPED, witnessed_by=by
        )


def confirm_by_card(attendance: Attendance, *, by: User, card: Document, at: datetime | None = None) -> Attendance:
    """A scanned card with the recipient's signature stands for the confirmation; `by` vouches for the scan."""
    at = at or timezone.now()
    with acting(by, at):
        attendance = _take(attendance)
        _check_witness(attendance, by, at)
        _check_open(attendance)
        if card.case_id != attendance.case_id:
            raise NotYet(_("The scanned card belongs to another case."))
        return _answer(attendance, Confirmation.CONFIRMED, at, method=Method.CARD, witnessed_by=by, card=card)


def record_dispute(attendance: Attendance, *, by: User, complaint: str, at: datetime | None = None) -> Attendance:
    """Write down that the person says it did not happen, confirmed or not; the supervisor is told."""
    at = at or timezone.now()
    if not may_write(by, at).filter(pk=attendance.case_id).exists():
        raise NotYou(_("Your role does not record facts of this case."))
    if not complaint.strip():
        raise NotYet(_("Write down what the person says."))
    return _dispute(attendance, complaint, by=by, at=at)


def _dispute(attendance: Attendance, complaint: str, *, by: User, at: datetime) -> Attendance:
    with batch([attendance.case_id], by=by, at=at) as unit:
        attendance = _take(attendance)
        if not attendance.present:
            raise TooLate(_("Nobody claims that the person was there."))
        if attendance.confirmation == Confirmation.DISPUTED:
            raise TooLate(_("This has been answered already."))
        complaint = complaint.strip()[:500]
        _tell_supervisor(unit, unit.cases[attendance.case_id], attendance.session, complaint)
        return _answer(attendance, Confirmation.DISPUTED, at, complaint=complaint)


def _tell_supervisor(unit: Batch, case: Case, session: Session, complaint: str) -> None:
    """Put the matter, in the person's words, into the supervisors' queue; of a closed case they are sent a notice."""
    if case.finished is not None:
        notify(unit, unit.holders(Role.SUPERVISOR, case), Notice.Event.DISPUTED, case=case)
        return
    item = case.flow_class.ad_hoc_node().begin(
        case,
        title=_("A participant says that it did not happen: %(session)s") % {"session": session},
        role=Role.SUPERVISOR,
        due=CALENDAR.add(unit.today, LOOK_INTO_IT),
        made_by=unit.by.pk,
    )
    item.note = f"{complaint}\n{settings.PUBLIC_URL}{reverse('cases:session', args=[session.pk])}".strip()


def _answer(attendance: Attendance, confirmation: str, at: datetime, **facts: Any) -> Attendance:
    for name, value in {"confirmation": confirmation, "answered_at": at, **facts}.items():
        setattr(attendance, name, value)
    attendance.save(update_fields=["confirmation", "answered_at", *facts])
    return attendance


def _spend(attendance: Attendance, code: str, at: datetime) -> ConfirmationCode | None:
    """Use up the last code sent, if this is it; None for a wrong one, whose count the caller lets stand."""
    _check_open(attendance)
    alive = attendance.codes.filter(used_at=None, expires_at__gt=at, failures__lt=FAILURES)
    sent = alive.select_for_update().order_by("-pk").first()
    if sent is None:
        raise TooLate(_("The code is no longer valid; ask for a new one."))
    is_right = hmac.compare_digest(code_of(sent).encode(), "".join(code.split()).encode(errors="replace"))
    sent.used_at, sent.failures = (at, sent.failures) if is_right else (None, sent.failures + 1)
    sent.save(update_fields=["used_at", "failures"])
    return sent if is_right else None


def _wrong_code() -> NotYet:
    """Raised once the wrong try is counted and committed."""
    return NotYet(_("This is not the code that was sent."))


def _take(attendance: Attendance) -> Attendance:
    return Attendance.objects.select_for_update(of=("self",)).select_related("session", "case").get(pk=attendance.pk)


def _check_open(attendance: Attendance) -> None:
    if attendance.session.status != Session.Status.HELD or not attendance.present:
        raise NotYet(_("Only somebody who was at a session that was held can confirm it."))
    if attendance.answered_at:
        raise TooLate(_("This has been answered already."))


def _check_witness(attendance: Attendance, by: User, at: datetime) -> None:
    if not may_write(by, at).filter(pk=attendance.case_id).exists():
        raise NotYou(_("You may not ask for confirmations of this case."))


def _address(attendance: Attendance, channel: str) -> str:
    """Where the person is reached; refused when it is where somebody of the staff is reached."""
    person = person_of(attendance.case)
    if getattr(attendance.case.room, "contacts_are_stopped", False):
        raise NotYet(_("This person is not written to any more."))
    address = "" if person is None else person.email if channel == Channel.EMAIL else person.phone
    if not address:
        raise NotYet(_("There is no e-mail address or phone number of this person."))
    if channel == Channel.EMAIL:
        is_ours = User.objects.alias(lower=Lower("email")).filter(lower=address.lower()).exists()
    else:
        ours = User.objects.exclude(phone="").values_list("phone", flat=True)
        is_ours = _digits(address) in {_digits(phone) for phone in ours}
    if is_ours:
        raise NotYet(_("This address belongs to somebody of the staff; the code must go to the participant."))
    return address


def _own_name(attendance: Attendance, typed: str) -> str:
    person = person_of(attendance.case)
    if person is None or search_text(typed) != search_text(f"{person.first_name} {person.last_name}"):
        raise NotYet(_("Type the participant's first name and surname, as a signature."))
    return typed.strip()


def _digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))[-9:]
