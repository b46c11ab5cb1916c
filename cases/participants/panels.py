"""What the participant's room shows on the generic pages: panels of the case, evidence for decisions, events of the timeline.

The case's relations are read here rather than its models imported: the model itself calls these functions.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from cases.models import Comment, Criterion, Document, ImportedRemark, Note
from cases.models.base import cases_open_to, may_write
from cases.participants.changes import changes_of, shown
from cases.participants.likely import who_may_be_same
from cases.participants.parameters import ATTENDANCE, MINIMUM_HOURS
from cases.participants.plans import plan_in_force
from cases.templatetags.hours import in_hours
from roles.models import User
from roles.role import READS_PSYCHOLOGIST_NOTES, READS_SPECIAL_CATEGORIES, Role
from roles.templatetags.polish_dates import exact_date
from workflows.histories import dated
from workflows.lifecycle import Move
from workflows.panels import Event, Evidence, Panel

if TYPE_CHECKING:
    from cases.participants.models import ParticipantCase, Plan

SESSIONS = 5


def panels_of(case: "ParticipantCase", user: User) -> list[Panel]:
    """The parts of the case's page: the person, the support, what was agreed, papers and talk."""
    at = now()
    context = {
        "case": case,
        "person": case.person,
        "writes": may_write(user, at).filter(pk=case.pk).exists(),
        "reads_special": reads_special(case, user),
        "reads_psychologist": cases_open_to(user, READS_PSYCHOLOGIST_NOTES, at).filter(pk=case.pk).exists(),
    }
    likely = who_may_be_same(case, user, at)
    alike = (
        [Panel(_("Known already?"), "participants/_likely.html", {"likely": likely}, icon="users")] if likely else []
    )
    return [
        *alike,
        Panel(_("The path"), "participants/_path.html", context | _path(case), icon="target", wide=True),
        Panel(_("Support"), "participants/_support.html", context | _support(case), icon="clock", wide=True),
        Panel(_("The person"), "participants/_person.html", context | _eligibility(case), icon="user"),
        Panel(_("Papers and talk"), "participants/_papers.html", context | _papers(case, user), icon="folder"),
    ]


def reads_special(case: "ParticipantCase", user: User) -> bool:
    """Whether the doors of special-category facts open to this person."""
    return cases_open_to(user, READS_SPECIAL_CATEGORIES, now()).filter(pk=case.pk).exists()


def evidence_of(case: "ParticipantCase", move: Move) -> list[Evidence]:
    """What shows that the conditions of the move hold; reads the facts that these declare, and nothing else."""
    told = (EVIDENCE[guard.name](case) for guard in move.guards if guard.name in EVIDENCE)
    return [evidence for some in told for evidence in some]


def events_of(case: "ParticipantCase", user: User, before: datetime, limit: int) -> list[Event]:
    """Documents, notes, comments, sessions, reviews, plans and changed facts, as far as this person may read them."""
    sources = (_documents, _said, _sessions, _reviews, _plans)
    found = [event for source in sources for event in source(case, user, before, limit)]
    return [*found, *changes_of(case, user, before, limit)]


# panels


def _path(case: "ParticipantCase") -> dict[str, Any]:
    return {
        "tutor": case.assignments.filter(role=Role.TUTOR).select_related("user").first(),
        "diagnosis": getattr(case, "diagnosis", None),
        "plan": case.plan_in_force or case.plans.order_by("-version").first(),
        "recommendation": case.recommendations.select_related("opinion").order_by("-pk").first(),
        "review": case.reviews.order_by("-until", "-pk").first(),
    }


def _support(case: "ParticipantCase") -> dict[str, Any]:
    there = case.attendances.filter(session__status="held").select_related("session").order_by("-session__starts_at")
    attendances = list(there)
    return {
        "hours": round(sum((each.counted_hours for each in attendances), Decimal(0))),
        "minimum": case.programme.value(MINIMUM_HOURS, case.stage_since),
        "sessions": attendances[:SESSIONS],
        "unconfirmed": sum(bool(each.present) and not each.answered_at for each in attendances),
    }


def _eligibility(case: "ParticipantCase") -> dict[str, Any]:
    return {
        "criteria_met": sum(each.is_met for each in Criterion.objects.filter(case=case)),
        "to_compare": case.applications.to_compare().exists(),
        "has_remark": ImportedRemark.objects.filter(case=case).exists(),
    }


def _papers(case: "ParticipantCase", user: User) -> dict[str, Any]:
    documents = shown(Document, case, user)
    return {
        "documents": Document.objects.filter(pk__in=documents).current().count() if documents else 0,
        "notes": len(shown(Note, case, user)),
        "comments": len(shown(Comment, case, user)),
    }


# evidence


def _eligible(case: "ParticipantCase") -> Iterator[Evidence]:
    check, met = case.facts.eligibility, sum(each.is_met for each in case.facts.criteria)
    if check is not None:
        yield _evidence(
            "eligibility_is_confirmed", _("Checked"), f"{check.get_finding_display()}, {_day(check.checked_on)}"
        )
    if case.needs_criterion:
        yield _evidence("eligibility_is_confirmed", _("Criteria confirmed with evidence"), str(met))


def _notices(case: "ParticipantCase") -> Iterator[Evidence]:
    for notice in case.facts.notices:
        said = _("version %(version)s, %(day)s") % {"version": notice.version, "day": _day(notice.delivered_on)}
        yield _evidence("notice_is_given", _("Given"), said)


def _entered(case: "ParticipantCase") -> Iterator[Evidence]:
    entry = case.facts.entry_data
    if entry is not None and entry.labour_status:
        yield _evidence(
            "entry_data_is_complete",
            _("On entry"),
            entry.get_labour_status_display(),
            reverse("participants:entry", args=[case.pk]),
        )


def _planned(case: "ParticipantCase") -> Iterator[Evidence]:
    yield from _of_plan(case, max(case.facts.plans, key=lambda plan: plan.version, default=None), "plan_is_agreed")


def _planned_and_approved(case: "ParticipantCase") -> Iterator[Evidence]:
    yield from _of_plan(case, plan_in_force(case.facts.plans, case.facts.stage_changes), "plan_is_in_force")


def _of_plan(case: "ParticipantCase", plan: "Plan | None", guard: str) -> Iterator[Evidence]:
    if plan is not None:
        said = _("version %(version)s, %(actions)s actions: %(goal)s") % {
            "version": plan.version,
            "actions": len(plan.actions.all()),
            "goal": plan.goal[:120],
        }
        url = reverse("participants:plan", args=[case.pk]) + f"?version={plan.version}"
        yield _evidence(guard, _("Plan"), said, url)


def _hours(case: "ParticipantCase") -> Iterator[Evidence]:
    hours = sum((each.counted_hours for each in case.facts.attendances), Decimal(0))
    wanted = case.programme.value(MINIMUM_HOURS, case.stage_since)
    url = reverse("participants:hours", args=[case.pk])
    yield _evidence("minimum_hours_are_reached", _("Hours"), f"{in_hours(hours)} / {wanted}", url)


def _attended(case: "ParticipantCase") -> Iterator[Evidence]:
    told = [each for each in case.facts.attendances if each.present is not None]
    there = sum(bool(each.present) for each in told)
    share = f"{100 * there // len(told)} %" if told else "–"
    wanted = case.programme.value(ATTENDANCE, case.stage_since)
    said = _("%(share)s of %(sessions)s sessions, at least %(wanted)s %%") % {
        "share": share,
        "sessions": len(told),
        "wanted": wanted,
    }
    yield _evidence("attendance_is_sufficient", _("Attendance"), said)


def _recommended(case: "ParticipantCase") -> Iterator[Evidence]:
    latest = max(case.facts.recommendations, key=lambda each: each.pk, default=None)
    if latest is not None:
        said = " · ".join(filter(None, (latest.get_verdict_display(), latest.idea)))
        yield _evidence("recommended_to_go", _("Recommended on %(day)s") % {"day": _day(latest.given_on)}, said)


def _answered(case: "ParticipantCase") -> Iterator[Evidence]:
    said = case.facts.exit_questionnaire
    if said is not None:
        url = reverse("participants:questionnaire", args=[case.pk])
        yield _evidence("exit_questionnaire_is_filled_in", _("Filled in on"), _day(said.filled_in_on), url)


EVIDENCE = {
    "eligibility_is_confirmed": _eligible,
    "entry_data_is_complete": _entered,
    "notice_is_given": _notices,
    "plan_is_agreed": _planned,
    "plan_is_in_force": _planned_and_approved,
    "minimum_hours_are_reached": _hours,
    "attendance_is_sufficient": _attended,
    "recommended_to_go": _recommended,
    "exit_questionnaire_is_filled_in": _answered,
}


def _evidence(guard: str, label: str, value: str, url: str = "") -> Evidence:
    return Evidence(label, value, url, guard)


def _day(day: Any) -> str:
    return str(exact_date(day))


# events


def _documents(case: "ParticipantCase", user: User, before: datetime, limit: int) -> Iterator[Event]:
    seen = Document.objects.filter(pk__in=shown(Document, case, user), uploaded_at__lte=before)
    for each in seen.select_related("uploaded_by").order_by("-uploaded_at", "-pk")[:limit]:
        url = reverse("cases:document", args=[each.pk])
        yield _event(each.uploaded_at, f"d{each.pk:012d}", "file", each.title, each.uploaded_by, each.name, url)


def _said(case: "ParticipantCase", user: User, before: datetime, limit: int) -> Iterator[Event]:
    for kind, title, letter in ((Comment, _("Comment"), "c"), (Note, _("Note"), "n")):
        seen = kind.objects.filter(pk__in=shown(kind, case, user), written_at__lte=before)
        for each in seen.select_related("author").order_by("-written_at", "-pk")[:limit]:
            yield _event(each.written_at, f"{letter}{each.pk:012d}", "comment", title, each.author, each.body)


def _sessions(case: "ParticipantCase", user: User, before: datetime, limit: int) -> Iterator[Event]:
    """Each at the moment when it was written up: what is written up late is new then."""
    outcome = dated(apps.get_model("cases.SessionEvent")).filter(~Q(status="planned"), pgh_obj=OuterRef("session"))
    written_up = Coalesce(Subquery(outcome.order_by("pgh_id").values("told_at")[:1]), "session__recorded_at")
    over = case.attendances.exclude(session__status="planned").annotate(written_up=written_up)
    known = over.filter(written_up__lte=before).select_related("session__leader")
    for each in known.order_by("-written_up", "-pk")[:limit]:
        session, url = each.session, reverse("cases:session", args=[each.session_id])
        state = session.get_status_display() if each.present is None else _("present") if each.present else _("absent")
        text = " · ".join(filter(None, (session.topic, f"{in_hours(session.hours)} h", str(state))))
        yield _event(each.written_up, f"s{each.pk:012d}", "session", str(session), session.leader, text, url)  # type: ignore[attr-defined]


def _reviews(case: "ParticipantCase", user: User, before: datetime, limit: int) -> Iterator[Event]:
    found = case.reviews.filter(recorded_at__lte=before).select_related("recorded_by")
    for each in found.order_by("-recorded_at", "-pk")[:limit]:
        text = f"{each.get_progress_display()} · {each.done}"
        yield _event(each.recorded_at, f"r{each.pk:012d}", "field", each.get_kind_display(), each.recorded_by, text)


def _plans(case: "ParticipantCase", user: User, before: datetime, limit: int) -> Iterator[Event]:
    found = case.plans.filter(recorded_at__lte=before).select_related("recorded_by")
    for each in found.order_by("-recorded_at", "-pk")[:limit]:
        title = _("Plan, version %(number)s") % {"number": each.version}
        url = reverse("participants:plan", args=[case.pk]) + f"?version={each.version}"
        yield _event(each.recorded_at, f"p{each.pk:012d}", "field", title, each.recorded_by, each.goal, url)


def _event(at: datetime, key: str, kind: str, title: Any, who: Any, text: str = "", url: str = "") -> Event:
    return Event(at=at, key=key, group="other", kind=kind, title=title, who=str(who), text=text, url=url)
