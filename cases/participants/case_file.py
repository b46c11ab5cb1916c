"""One case file: everything about a participant's case as a PDF/UA-1 for an inspection; making one is logged."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.models import AccessLog, Criterion, Document
from cases.models.base import cases_open_to
from cases.participants.models import ParticipantCase
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
Facts = list[tuple[str, str]]


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
        "sections": [*_facts(case, number), *_tables(case, by, at)],
    }
    content: bytes = typst.compile(
        TEMPLATE.read_bytes(), sys_inputs={"data": json.dumps(told, default=str)}, pdf_standards=["ua-1"], timestamp=at
    )
    return content


def _facts(case: ParticipantCase, number: str) -> list[dict[str, Any]]:
    person, entry, check = case.person, getattr(case, "entry_data", None), getattr(case, "eligibility", None)
    about: Facts = [
        (_("Full name"), str(person)),
        ("PESEL", number),
        (_("Born"), _day(person.birth_date)),
        (_("Place"), f"{person.postcode} {person.place}".strip()),
        (_("Phone"), person.phone),
        (_("E-mail"), person.email),
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
        names = ("starts_on", "citizenship", "education", "labour_status", "labour_detail", "unemployed_since")
        came += [_field(entry, name) for name in names]
    if check is not None:
        came.append((_("Eligibility"), f"{check.get_finding_display()}, {_day(check.checked_on)}"))
    for criterion in Criterion.objects.filter(case=case).order_by("letter"):
        shown = f"{criterion.get_evidence_display()}, {_day(criterion.confirmed_on)}".strip(", ")
        came.append((criterion.get_letter_display(), shown))
    return [_of_facts(_("The case"), stands), _of_facts(_("The person"), about), _of_facts(_("On entry"), came)]


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
            (
                (_day(a.session.starts_at), str(a.session), in_hours(a.counted_hours), a.get_confirmation_display())
                for a in held
            ),
        ),
        _table(
            _("Reviews"),
            [_("Period ends on"), _("Kind"), _("Progress"), _("What was done")],
            (
                (_day(r.until), r.get_kind_display(), r.get_progress_display(), r.done)
                for r in case.reviews.order_by("until")
            ),
        ),
        _table(
            _("Recommendations"),
            [_("Given on"), _("Recommendation"), _("Idea"), _("Confirmed on")],
            (
                (_day(r.given_on), r.get_verdict_display(), r.idea, _day(r.confirmed_on))
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


def _field(row: Any, name: str) -> tuple[str, str]:
    field = row._meta.get_field(name)
    shown = getattr(row, f"get_{name}_display")() if field.choices else _day(getattr(row, name))
    return str(field.verbose_name), shown


def _of_facts(title: str, facts: Facts) -> dict[str, Any]:
    return {"title": title, "head": [_("Fact"), _("Value")], "rows": [row for row in facts if row[1]]}


def _table(title: str, head: list[str], rows: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    return {"title": title, "head": head, "rows": [list(row) for row in rows]}


def _day(day: Any) -> str:
    return str(exact_date(day)) if day else ""
