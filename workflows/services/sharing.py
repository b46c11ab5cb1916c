"""The exceptions to mandates: a case shared with somebody until a day, and the glass that is broken in an emergency."""

from datetime import date, datetime, timedelta

import structlog
from django.contrib.auth.models import Permission
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from roles.models import Mandate, User
from roles.role import OF_SERVICES, ONLY_READS, READS_CASES, Role
from roles.services.acting import acting
from workflows.deadlines import ONE_DAY, start_of_local_day
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import Case, CaseGrant, Notice
from workflows.notifications import tell
from workflows.parameters import parameter
from workflows.standing import Standing

SHARING_DAYS_CAP = parameter(
    "sharing_days_cap", 90, gettext_lazy("For how long a case may be shared"), unit=gettext_lazy("days")
)
#: Who may share a case of their scope.
SHARE = (Role.COORDINATOR, Role.SUPERVISOR)
#: Who may break the glass: whoever works on cases anywhere in the voivodeship.
BREAKS_GLASS = READS_CASES - ONLY_READS - OF_SERVICES
BROKEN_FOR = timedelta(hours=3)
SHORTEST_REASON = 20

log = structlog.get_logger(__name__)


def share(case: Case, *, by: User, with_user: User, until: date, reason: str, at: datetime | None = None) -> CaseGrant:
    """Let somebody read one case up to a day, that day included; it gives nothing to do. Raises NotYou or NotYet."""
    at = at or timezone.now()
    with acting(by, at):
        locked = _locked(case)
        _may_share(by, locked, at)
        _fit_to_share(locked, with_user, until, reason, at)
        return _grant(locked, with_user, CaseGrant.Kind.SHARED, reason, by, at, start_of_local_day(until + ONE_DAY))


def end_share(grant: CaseGrant, *, by: User, at: datetime | None = None) -> CaseGrant:
    """End a share now: whoever gave it may, and those who could have. Raises NotYou or TooLate."""
    at = at or timezone.now()
    with acting(by, at):
        row = (
            CaseGrant.objects.select_for_update(of=("self",))
            .select_related("content_object__territory")
            .get(pk=grant.pk)
        )
        if row.given_by_id != by.pk:
            _may_share(by, row.content_object, at)
        if row.expires_at <= at:
            raise TooLate(_("It has ended already."))
        row.expires_at = max(at, row.valid_from + timedelta.resolution)
        row.save(update_fields=["expires_at"])
    return row


def break_glass(case: Case, *, by: User, reason: str, at: datetime | None = None) -> CaseGrant:
    """Open one case to oneself for three hours, in an emergency; the data-protection officer is told, and reviews it.

    Whoever works on cases in the case's voivodeship may. Raises NotYou, or NotYet without a reason that says something.
    """
    at = at or timezone.now()
    with acting(by, at):
        locked = _locked(case)
        if not _works_in_the_voivodeship(by, locked, localdate(at)):
            raise NotYou(_("Only who works on cases in this voivodeship may open one in an emergency."))
        if len(reason.strip()) < SHORTEST_REASON:
            raise NotYet(_("Say why, in at least %(count)s characters.") % {"count": SHORTEST_REASON})
        mine = CaseGrant.objects.emergencies().in_force(at).filter(content_object=locked, user=by).first()
        if mine is not None:
            return mine
        grant = _grant(locked, by, CaseGrant.Kind.BREAK_GLASS, reason, by, at, at + BROKEN_FOR)
        officers = _officers(locked, localdate(at))
        tell(officers - {by.pk}, Notice.Event.EMERGENCY, case=locked, at=at)
    log.warning("emergency access", case=locked.pk, by=by.pk, grant=grant.pk, officers=len(officers))
    return grant


def review(grant: CaseGrant, *, by: User, at: datetime | None = None) -> CaseGrant:
    """Note that the data-protection officer has looked at an emergency access. Raises NotYou or TooLate."""
    at = at or timezone.now()
    with acting(by, at):
        row = CaseGrant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
        if row.reviewed_at is not None:
            raise TooLate(_("It was reviewed already."))
        if not CaseGrant.objects.to_review_by(by, localdate(at)).filter(pk=row.pk).exists():
            raise NotYou(_("The data-protection officer of the scope reviews it, and nobody their own."))
        row.reviewed_by, row.reviewed_at = by, at
        row.save(update_fields=["reviewed_by", "reviewed_at"])
    return row


def _locked(case: Case) -> Case:
    """The base row, held, so that two who share one case follow each other."""
    return Case._base_manager.select_for_update(of=("self",)).select_related("territory", "programme").get(pk=case.pk)


def _may_share(by: User, case: Case, at: datetime) -> None:
    standing = Standing.of(by, localdate(at))
    if not any(standing.acts_as(role, case) for role in SHARE):
        raise NotYou(_("A coordinator or supervisor of the scope shares cases."))


def _fit_to_share(case: Case, with_user: User, until: date, reason: str, at: datetime) -> None:
    today = localdate(at)
    cap = case.programme.value(SHARING_DAYS_CAP, today)
    if not reason.strip():
        raise NotYet(_("Say why."))
    if until < today or (until - today).days > cap:
        raise NotYet(_("It can be shared for %(days)s days at most.") % {"days": cap})
    if not with_user.is_active or with_user.is_service:
        raise NotYet(_("This account is closed."))
    if Case.objects.visible_to(with_user, at).filter(pk=case.pk).exists():
        raise NotYet(_("%(person)s can read this case already.") % {"person": with_user})


def _grant(
    case: Case, user: User, kind: CaseGrant.Kind, reason: str, by: User, at: datetime, expires_at: datetime
) -> CaseGrant:
    return CaseGrant.objects.create(
        permission=Permission.objects.get(content_type__app_label="workflows", codename="view_case"),
        content_object=case,
        user=user,
        kind=kind,
        reason=reason.strip(),
        valid_from=at,
        expires_at=expires_at,
        given_by=by,
    )


def _works_in_the_voivodeship(user: User, case: Case, on: date) -> bool:
    voivodeship = case.territory.path.split("/", 1)[0] + "/"
    held = Mandate.objects.of(user).in_force(on).as_role(*BREAKS_GLASS)
    return held.filter(territory__path__startswith=voivodeship).exists()


def _officers(case: Case, on: date) -> set[int]:
    held = (
        Mandate.objects.in_force(on)
        .as_role(Role.DATA_PROTECTION_OFFICER)
        .covering(case.organisation_id, case.territory)
    )
    return set(held.filter(user__is_active=True).values_list("user_id", flat=True))
