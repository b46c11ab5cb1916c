"""Holds, more time, work that changed hands, roles and access on a case, as its timeline tells them: each with who did it and when."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import BigIntegerField, OuterRef, Q, Subquery
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from roles.models import User
from roles.templatetags.polish_dates import exact_date, exact_moment
from workflows.histories import Entry, dated, entries_of, people_behind
from workflows.models import Case, CaseAssignment, CaseGrant, Extension, Handover, Hold
from workflows.panels import HOLDS, PEOPLE, WORK, Event
from workflows.reasons import Discretion


def holds(case: Case, user: User, before: datetime, limit: int) -> Iterator[Event]:
    """Put on hold, ended, withdrawn or otherwise changed; a right one in place of a wrong one is a hold of its own."""
    entries = entries_of(Hold.pgh_event_model, Q(case=case), before, limit)  # type: ignore[attr-defined]
    people, told = people_behind(entries), Discretion(case, user, now())
    for entry in entries:
        hold = entry.row
        until = exact_date(hold.ends_on) if hold.ends_on else _("until further notice")
        who = hold.opened_by if entry.is_first else people.get(entry.by, "")
        yield Event(
            at=hold.opened_at if entry.is_first else entry.at,
            key=entry.key,
            group=HOLDS,
            kind="hold",
            title=_hold_title(entry) % {"reason": told.of_hold(hold)},
            who=str(who),
            text=" · ".join(
                filter(None, (f"{exact_date(hold.starts_on)} – {until}", hold.note if told.may_read(hold) else ""))
            ),
        )


def _hold_title(entry: Entry) -> str:
    hold, earlier = entry.row, entry.earlier
    if entry.is_first or earlier is None:
        return _("On hold: %(reason)s")
    if hold.corrected_at and not earlier.corrected_at:
        return _("Hold withdrawn, it counts no more: %(reason)s")
    if hold.ends_on and not earlier.ends_on:
        return _("Hold ended: %(reason)s")
    return _("Hold changed: %(reason)s")


def extensions(case: Case, user: User, before: datetime, limit: int) -> Iterator[Event]:
    """More time for a task."""
    given = Extension.objects.filter(item__process=case, given_at__lte=before).select_related("item", "given_by")
    for each in given.order_by("-given_at", "-pk")[:limit]:
        days = ngettext("%(n)s working day more", "%(n)s working days more", each.working_days)
        yield Event(
            at=each.given_at or before,
            key=f"e{each.pk:012d}",
            group=WORK,
            kind="clock",
            title=f"{each.item.label}: {days % {'n': each.working_days}}",
            who=str(each.given_by),
            text=each.reason,
        )


def handovers(case: Case, user: User, before: datetime, limit: int) -> Iterator[Event]:
    """Work that passed from one person to another, or back to the queue."""
    given = Handover.objects.filter(item__process=case, at__lte=before)
    given = given.select_related("item", "from_user", "to_user", "by")
    for each in given.order_by("-at", "-pk")[:limit]:
        yield Event(
            at=each.at,
            key=f"o{each.pk:012d}",
            group=WORK,
            kind="person",
            title=f"{each.item.label}: {each.from_user} → {each.to_user or _('nobody yet')}",
            who=str(each.by),
            text=each.get_why_display(),
        )


def assignments(case: Case, user: User, before: datetime, limit: int) -> Iterator[Event]:
    """Who was given a role on the case, by whom, and who held it before."""
    entries = entries_of(CaseAssignment.pgh_event_model, Q(case=case), before, limit)  # type: ignore[attr-defined]
    people = people_behind(entries)
    for entry in entries:
        held, earlier = entry.row, entry.earlier
        says = _("No longer assigned: %(person)s") if entry.is_last else _("Assigned: %(person)s")
        gave_way = earlier.user if earlier and not entry.is_last and earlier.user_id != held.user_id else None
        before_them = _("before: %(person)s") % {"person": gave_way} if gave_way else ""
        yield Event(
            at=entry.at,
            key=entry.key,
            group=PEOPLE,
            kind="person",
            title=says % {"person": held.user},
            who=str(people.get(entry.by, "")),
            text=" · ".join(filter(None, (held.get_role_display(), before_them))),
        )


def access_given(case: Case, user: User, before: datetime, limit: int) -> Iterator[Event]:
    """The case was shared, or opened in an emergency."""
    grants = CaseGrant.objects.filter(content_object=case, valid_from__lte=before).select_related("user", "given_by")
    for grant in grants.order_by("-valid_from", "-pk")[:limit]:
        until = _("until %(moment)s") % {"moment": exact_moment(grant.expires_at)}
        says = _("Emergency access: %(person)s") if _is_emergency(grant) else _("Shared with %(person)s")
        yield _access(grant, grant.valid_from, "g", says, str(grant.given_by), f"{grant.reason} · {until}")


def access_ended(case: Case, user: User, before: datetime, limit: int) -> Iterator[Event]:
    """Access that ended: by itself, or by somebody before its time."""
    shortened = dated(CaseGrant.pgh_event_model).filter(pgh_label="update", pgh_obj=OuterRef("pk"))  # type: ignore[attr-defined]
    shortened = shortened.filter(expires_at=OuterRef("expires_at"), told_at__lte=OuterRef("expires_at"))
    ended_by = Subquery(shortened.order_by("pgh_id").values("told_by")[:1], output_field=BigIntegerField())
    over = CaseGrant.objects.filter(content_object=case, expires_at__lte=before).select_related("user")
    grants = list(over.annotate(ended_by=ended_by).order_by("-expires_at", "-pk")[:limit])
    people = User.objects.in_bulk({grant.ended_by for grant in grants} - {None})  # type: ignore[attr-defined]
    for grant in grants:
        says = (
            _("Emergency access ended: %(person)s") if _is_emergency(grant) else _("No longer shared with %(person)s")
        )
        who = people.get(grant.ended_by, "")  # type: ignore[attr-defined]
        yield _access(grant, grant.expires_at, "ge", says, str(who), "" if who else _("its time was up"))


def access_reviewed(case: Case, user: User, before: datetime, limit: int) -> Iterator[Event]:
    """The data-protection officer has looked at an emergency access."""
    reviewed = CaseGrant.objects.filter(content_object=case, reviewed_at__lte=before)
    for grant in reviewed.select_related("user", "reviewed_by").order_by("-reviewed_at", "-pk")[:limit]:
        says = _("Emergency access reviewed: %(person)s")
        yield _access(grant, grant.reviewed_at or before, "gr", says, str(grant.reviewed_by))


def _is_emergency(grant: CaseGrant) -> bool:
    return grant.kind == CaseGrant.Kind.BREAK_GLASS


def _access(grant: CaseGrant, at: datetime, letter: str, says: str, who: str, text: str = "") -> Event:
    title = says % {"person": grant.user}
    return Event(at=at, key=f"{letter}{grant.pk:012d}", group=PEOPLE, kind="access", title=title, who=who, text=text)
