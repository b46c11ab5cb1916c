"""One case file: everything about a participant's case as a PDF/UA-1 for an inspection; making one is logged."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.models import AccessLog, Attendance, Criterion, Document
from cases.models.base import cases_open_to
from cases.participants.models import Opinion, ParticipantCase
from cases.participants.words import DIAGNOSIS, ENTRY, FOLLOW_UP, QUESTIONNAIRE, Facts, in_words
from cases.people import log_access, pesel_for_document
from cases.templatetags.hours import in_hours
from roles.models import User
from roles.role import READS_SPECIAL_CATEGORIES
from roles.templatetags.polish_dates import exact_date, exact_moment
from workflows.errors import NotYou
from workflows.lifecycle import moves_of
from workflows.models import CaseAssignment
from workflows.role_names import role_name

TEMPLATE = Path(__file__).with_name("case_file.typ")
#: Restricted rows of a case and what the file says of them; the psychologist's notes are never in it.
RESTRICTED = {
    "sensitive_answers": ("disability", "minority", "foreign_origin", "homelessness", "asked_on"),
    "convictions": ("declared",),
    "private_barriers": ("debts", "care"),
}


def case_file(case: ParticipantCase, *, by: User, reason: str, at: datetime) -> bytes:
    """The PDF. What a psychologist noted is never in it. Raises NotYou for other roles, NotYet without a reason."""
    if not cases_open_to(by, READS_SPECIAL_CATEGORIES, at).filter(pk=case.pk).exists():
        raise NotYou(_("This is for those who work with this person, in certain roles."))
    log_access(AccessLog.What.CASE_FILE, case=case, by=by, reason=reason, at=at)
    number = pesel_for_document(case.person, by=by, document=f"{_('case file')} {case.number}", at=at)
    told = {
        "lang": get_language() or "pl",
        "title": f"{_('Case file')} {case.number}",
        "name": case.title,
        "printed": _("Made on %(moment)s by %(person)s") % {"moment": exact_moment(at), "person": by},
        "sections": [*_facts(case, number), *_found(case), *_tables(case, by, at), *_more_tables(case)],
    }
    content: bytes = typst.compile(
        TEMPLATE.read_bytes(), sys_inputs={"data": json.dumps(told, default=str)}, pdf_standards=["ua-1"], timestamp=at
    )
    return content


def _facts(case: ParticipantCase, number: str) -> list[dict[str, Any]]:
    person, entry, check = case.person, getattr(case, "entry_data", None), getattr(case, "eligibility", None)
    address = " ".join(filter(None, (person.street, f"{person.postcode} {person.place}".strip(), person.gmina)))
    about: Facts = [
        (_("Full name"), str(person)),
        ("PESEL", number),
        (_("Other identifier"), person.masked_identifier),
        (_("Born"), _day(person.birth_date)),
        (_("Died on"), _day(person.died_on)),
        (_("Address"), address),
        (_("Phone"), person.phone),
        (_("E-mail"), person.email),
        (_("Preferred contact"), person.get_preferred_contact_display()),
        (_("Access needs"), person.access_in_words),
    ]
    stands: Facts = [
        (_("Stage"), case.stage_label),
        (_("Organisation"), str(case.organisation)),
        (_("Powiat"), str(case.territory)),
        (_("Programme"), str(case.programme)),
        *((role_name(each.role, case.programme, kind=case.kind_name), str(each.user)) for each in _assigned(case)),
        (_("Opened on"), _day(case.opened_on)),
        (_("Admitted on"), _day(case.admitted_on)),
        (_("Left on"), _day(case.left_on)),
        (_("Leaves with"), case.get_leaving_display() if case.leaving else ""),
    ]
    came: Facts = []
    if entry is not None:
        came += in_words(entry, ENTRY)
        came.append((_("Gmina"), entry.gmina_in_words))
        came.append((_("Age at start"), str(case.age_at_start or "")))
    if check is not None:
        came.append((_("Eligibility"), f"{check.get_finding_display()}, {_day(check.checked_on)}"))
    for criterion in Criterion.objects.filter(case=case).select_related("document").order_by("letter"):
        parts = (criterion.get_evidence_display(), str(criterion.document or ""), _day(criterion.confirmed_on))
        came.append((criterion.get_letter_display(), ", ".join(filter(None, parts))))
    came += [
        (_("Information notice, version %(version)s") % {"version": notice.version}, _day(notice.delivered_on))
        for notice in case.notices.order_by("delivered_on", "pk")
    ]
    return [_of_facts(_("The case"), stands), _of_facts(_("The person"), about), _of_facts(_("On entry"), came)]


def _restricted(case: ParticipantCase) -> Facts:
    """Answers, convictions, debts and family: the file is made only for roles that read them, and its making is logged."""
    found: Facts = []
    for name, fields in RESTRICTED.items():
        row = getattr(case, name, None)
        if row is not None:
            found += in_words(row, fields)
    private = getattr(case, "private_barriers", None)
    if private is not None and private.detail:
        found.append((_("About debts and family"), private.detail.open()))
    return found


def _found(case: ParticipantCase) -> list[dict[str, Any]]:
    """What was found and said: the diagnosis, the exit questionnaire, exit data and follow-up."""
    sections = (
        (_("Special-category data"), _restricted(case)),
        (_("Diagnosis"), _of_row(case, "diagnosis", DIAGNOSIS)),
        (_("Exit questionnaire"), _of_row(case, "exit_questionnaire", QUESTIONNAIRE)),
        (_("Exit data"), _of_row(case, "exit_data", ("left_on", "as_planned", "attempts"))),
        (_("Six months after leaving"), _of_row(case, "follow_up_data", FOLLOW_UP)),
    )
    return [_of_facts(title, facts) for title, facts in sections]


def _of_row(case: ParticipantCase, name: str, fields: Iterable[str]) -> Facts:
    row = getattr(case, name, None)
    return in_words(row, fields) if row is not None else []


def _more_tables(case: ParticipantCase) -> list[dict[str, Any]]:
    plans = case.plans.order_by("version").select_related("recorded_by")
    opinions = Opinion.objects.filter(recommendation__case=case).select_related("recorded_by").order_by("pk")
    return [
        _table(
            _("Versions of the plan"),
            [_("Version"), _("Goal"), _("Agreed by the participant on"), _("Agreed by the tutor on")],
            ((str(p.version), p.goal, _day(p.agreed_by_participant_on), _day(p.agreed_by_tutor_on)) for p in plans),
        ),
        _table(
            _("Psychologist's opinions"),
            [_("Given on"), _("Supports the recommendation"), _("Written by")],
            ((_day(o.given_on), _("yes") if o.supports else _("no"), str(o.recorded_by)) for o in opinions),
        ),
        _table(
            _("Supplements"),
            [_("What is missing"), _("Asked for on"), _("Brought on")],
            ((s.wanted, _day(s.asked_on), _day(s.brought_on)) for s in case.supplements.order_by("asked_on", "pk")),
        ),
        _table(
            _("Appeals"),
            [_("Received on"), _("Grounds")],
            ((_day(a.received_on), a.grounds) for a in case.appeals.order_by("received_on", "pk")),
        ),
        _table(
            _("Holds"),
            [_("First day"), _("Last day"), _("Reason")],
            (
                (_day(h.starts_on), _day(h.ends_on), h.get_reason_display())
                for h in case.holds.standing().order_by("starts_on")
            ),
        ),
    ]


def _tables(case: ParticipantCase, by: User, at: datetime) -> list[dict[str, Any]]:
    labels = {name: str(move.terms.label) for name, move in moves_of(ParticipantCase).items()}
    changes = case.stage_changes.select_related("detail__asked_by", "detail__approved_by").order_by("seq")
    documents = Document.objects.visible_to(by, at).filter(case=case).order_by("uploaded_at", "pk")
    plan = case.plan_in_force
    actions = plan.actions.all() if plan else []
    held = case.attendances.exclude(session__status="planned").select_related("session").order_by("session__starts_at")
    situations = getattr(getattr(case, "exit_data", None), "situations", None)
    return [
        _table(
            _("Moves"),
            [_("Takes effect on"), _("Move"), _("Asked by"), _("Approved by")],
            ((_day(c.effective_on), labels.get(c.move, _("Opened")), *_who(c)) for c in changes),
        ),
        _table(
            _("Support plan"),
            [_("Until"), _("What"), _("How one will know"), _("Done on")],
            ((_day(a.until), a.what, a.measure, _day(a.done_on)) for a in actions),
        ),
        _table(
            _("Sessions"),
            [_("Day"), _("Kind"), _("Hours"), _("Confirmation")],
            ((_day(a.session.starts_at), str(a.session), in_hours(a.counted_hours), _confirmation(a)) for a in held),
        ),
        _table(
            _("Reviews"),
            [_("Period ends on"), _("Kind"), _("Progress"), _("What was done"), _("What comes next")],
            (
                (_day(r.until), r.get_kind_display(), r.get_progress_display(), r.done, r.following)
                for r in case.reviews.order_by("until")
            ),
        ),
        _table(
            _("Recommendations"),
            [_("Given on"), _("Recommendation"), _("Reasons"), _("Idea"), _("Confirmed on")],
            (
                (_day(r.given_on), r.get_verdict_display(), r.reasons, r.idea, _day(r.confirmed_on))
                for r in case.recommendations.order_by("pk")
            ),
        ),
        _table(
            _("After leaving"),
            [_("Observed on"), _("Situation"), _("Evidence"), _("Document")],
            (
                (_day(s.observed_on), s.get_situation_display(), s.evidence, str(s.document or ""))
                for s in (situations.order_by("observed_on") if situations is not None else ())
            ),
        ),
        _table(
            _("Attachments"),
            [_("Title"), _("Version"), _("Uploaded"), "SHA-256"],
            ((d.title, str(d.version), _day(d.uploaded_at), d.sha256) for d in documents),
        ),
    ]


def _assigned(case: ParticipantCase) -> Iterable[CaseAssignment]:
    return case.assignments.select_related("user").order_by("role")


def _who(change: Any) -> tuple[str, str]:
    detail = getattr(change, "detail", None)
    return (str(detail.asked_by or ""), str(detail.approved_by)) if detail else (_("erased"), _("erased"))


def _confirmation(attendance: Attendance) -> str:
    """Whether the recipient confirmed it, and how."""
    method = attendance.get_method_display() if attendance.method else ""
    return ", ".join(filter(None, (str(attendance.get_confirmation_display()), str(method))))


def _of_facts(title: str, facts: Facts) -> dict[str, Any]:
    return {"title": title, "head": [_("Fact"), _("Value")], "rows": [row for row in facts if row[1]]}


def _table(title: str, head: list[str], rows: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    return {"title": title, "head": head, "rows": [list(row) for row in rows]}


def _day(day: Any) -> str:
    return str(exact_date(day)) if day else ""
