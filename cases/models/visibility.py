"""Who of those that see a case may see a part of it: one rule for notes, comments and documents."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.base import CaseFactQuerySet, Fact, cases_in
from cases.models.sessions import Attendance, Session
from roles.models import User, absent_people_of, case_scopes_of
from roles.role import OVERSEES_WORK, READS_CASES, Role
from workflows.models import Case, CaseAssignment, WorkItem


class Visibility(models.TextChoices):
    """Who of those that see the case may see this part of it; each is part of the next."""

    TEAM = "team", _("the team")
    INSTITUTION = "institution", _("the institution")
    ALL_PARTIES = "all_parties", _("all parties")


class VisibilityQuerySet(CaseFactQuerySet[Fact]):
    """Facts with a visibility; `author` is the field that says whose they are, `leads` the roles that are of every team."""

    author: ClassVar[str] = "author"
    leads: ClassVar[Collection[Role]] = OVERSEES_WORK

    def visible_to(self, user: User, at: datetime | None = None) -> Self:
        """What is for all parties of the cases that I see; of those that a mandate opens, what is for the institution, and
        what is for the team where I am of it, where it is mine, or where I am mentioned."""
        at = at or timezone.now()
        scopes = case_scopes_of(user, timezone.localdate(at), READS_CASES)
        led = cases_in([scope for scope in scopes if scope.role in self.leads], user, at)
        of_the_team = Q(case__in=led) | _works_on(user, at) | Q(**{self.author: user}) | self.mentioning(user)
        for_us = ~Q(visibility=Visibility.TEAM) | of_the_team
        for_all = Q(visibility=Visibility.ALL_PARTIES, case__in=Case.objects.visible_to(user, at))
        return self.filter(Q(case__in=cases_in(scopes, user, at)) & for_us | for_all)

    def mentioning(self, user: User) -> Q:
        """The condition "the person is mentioned"; of most facts nobody is."""
        return Q(pk__in=[])


def _works_on(user: User, at: datetime) -> Q:
    """The condition of cases on which the person, or somebody they stand in for, holds a role or an open item, and of
    those that take part in a session that they lead."""
    selves = {user.pk} | absent_people_of(user, timezone.localdate(at))
    led = Attendance.objects.filter(session__leader=user).exclude(session__status=Session.Status.CANCELLED)
    return (
        Q(case__in=CaseAssignment.objects.filter(user__in=selves).values("case"))
        | Q(case__in=WorkItem.objects.human().open().filter(owner__in=selves).values("process"))
        | Q(case__in=led.values("case"))
    )
