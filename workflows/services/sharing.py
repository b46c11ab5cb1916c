"""The exceptions to mandates: a case shared with somebody until a day, and the glass that is broken in an emergency."""

from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from roles.models import Mandate, Organisation, User
from roles.models.mandates import MandateQuerySet
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
#: The same of somebody unknown and of somebody unfit, so that it tells nothing of who has an account.
NOBODY_TO_SHARE_WITH = gettext_lazy("It cannot be shared with anybody under this name or address.")

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

    Whoever works on cases in the case's voivodeship may, a few times a day. Without an officer in the scope its supervisors
    and the region's officers are told. Raises NotYou, or NotYet without a reason that says something, or anybody to tell.
    """
    at = at or timezone.now()
    with acting(by, at):
        User.objects.select_for_update().get(pk=by.pk)  # so that the limit of a day holds
        locked = _locked(case)
        if not _works_in_the_voivodeship(by, locked, localdate(at)):
            raise NotYou(_("Only who works on cases in this voivodeship may open one in an emergency."))
        _say_why(reason)
        mine = CaseGrant.objects.emergencies().in_force(at).filter(content_object=locked, user=by).first()
        if mine is not None:
            return mine
        _within_the_limit(by, at)
        told = _whom_to_tell(locked, localdate(at)) - {by.pk}
        if not told:
            raise NotYet(_("There is nobody who would be told: no data-protection officer and no other supervisor."))
        grant = _grant(locked, by, CaseGrant.Kind.BREAK_GLASS, reason, by, at, at + BROKEN_FOR)
        tell(told, Notice.Event.EMERGENCY, case=locked, at=at)
    log.warning("emergency access", case=locked.pk, by=by.pk, grant=grant.pk, told=len(told))
    return grant


def open_in_emergency(number: str, *, by: User, reason: str, at: datetime) -> CaseGrant:
    """The same by a case's number; of a number that does not exist it says what it says of one out of reach.

    All that does not depend on the number is asked first. Raises as `break_glass`.
    """
    if not Mandate.objects.of(by).in_force(localdate(at)).as_role(*BREAKS_GLASS).exists():
        raise NotYou(_("Only who works on cases may open one in an emergency."))
    _say_why(reason)
    _within_the_limit(by, at)
    case = Case.objects.filter(number=number).select_related("territory").first()
    if case is None or not _works_in_the_voivodeship(by, case, localdate(at)):
        raise NotYet(_("There is no case with this number that you may open."))
    return break_glass(case, by=by, reason=reason, at=at)


def review(
    grant: CaseGrant, *, by: User, was_right: bool = True, note: str = "", at: datetime | None = None
) -> CaseGrant:
    """Keep what the data-protection officer found of an emergency access; of one that was not right, with a note.

    Raises NotYou, TooLate or NotYet.
    """
    at = at or timezone.now()
    with acting(by, at):
        row = CaseGrant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
        if row.reviewed_at is not None:
            raise TooLate(_("It was reviewed already."))
        if not CaseGrant.objects.to_review_by(by, localdate(at)).filter(pk=row.pk).exists():
            raise NotYou(_("The data-protection officer of the scope reviews it, and nobody their own."))
        if not was_right and not note.strip():
            raise NotYet(_("Say what was not right."))
        row.reviewed_by, row.reviewed_at, row.was_right, row.review_note = by, at, was_right, note.strip()
        row.save(update_fields=["reviewed_by", "reviewed_at", "was_right", "review_note"])
    return row


def whoever_is_called(name: str) -> User | None:
    """The person with this user name or address; asked only after the right to share was checked."""
    return User.objects.active().people().filter(Q(username=name) | Q(email__iexact=name, email__gt="")).first()


def refuse_to_share(case: Case, *, by: User, at: datetime) -> None:
    """Raise NotYou unless the person may share the case."""
    _may_share(by, case, at)


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
    if not _may_be_shown_cases(with_user, today):
        raise NotYet(str(NOBODY_TO_SHARE_WITH))
    if Case.objects.visible_to(with_user, at).filter(pk=case.pk).exists():
        raise NotYet(_("%(person)s can read this case already.") % {"person": with_user})


def _may_be_shown_cases(user: User, on: date) -> bool:
    """Not services, nor who administers: they see no case content."""
    if not user.is_active or user.is_service or user.is_superuser or user.is_staff:
        return False
    return not Mandate.objects.of(user).in_force(on).as_role(Role.SYSTEM_ADMINISTRATOR).exists()


def _say_why(reason: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise NotYet(_("Say why, in at least %(count)s characters.") % {"count": SHORTEST_REASON})


def _within_the_limit(user: User, at: datetime) -> None:
    today = CaseGrant.objects.emergencies().filter(user=user, valid_from__gte=start_of_local_day(localdate(at)))
    if today.count() >= settings.EMERGENCIES_A_DAY:
        raise NotYet(
            _("The limit of emergency accesses for one day (%(count)s) is reached.")
            % {"count": settings.EMERGENCIES_A_DAY}
        )


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
    return not user.is_superuser and held.filter(territory__path__startswith=voivodeship).exists()


def _whom_to_tell(case: Case, on: date) -> set[int]:
    """The officers of the scope; without any, its supervisors and the officers of the regional centre, or any officer."""
    held = Mandate.objects.in_force(on).filter(user__is_active=True)
    officers = held.as_role(Role.DATA_PROTECTION_OFFICER)
    here = officers.covering(case.organisation_id, case.territory)
    if found := _holders(here):
        return found
    supervisors = held.as_role(Role.SUPERVISOR).covering(case.organisation_id, case.territory)
    regional = officers.filter(organisation__type=Organisation.Type.ROPS)
    return _holders(supervisors) | (_holders(regional) or _holders(officers))


def _holders(mandates: MandateQuerySet) -> set[int]:
    return set(mandates.values_list("user_id", flat=True))
