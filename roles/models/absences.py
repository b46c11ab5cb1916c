"""Absences and who stands in."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from roles.models.mandates import people_managed_by
from roles.models.users import User
from roles.prepared import Prepared


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Sets of absences."""

    def on(self, day: date) -> Self:
        """Those that the day falls into."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def meeting(self, first: date, last: date) -> Self:
        """Those that share a day with these, both inclusive."""
        return self.kept().filter(starts_on__lte=last, ends_on__gte=first)

    def kept(self) -> Self:
        """Those not called off before they began."""
        return self.filter(ends_on__gte=F("starts_on"))

    def visible_to(self, user: User, on: date) -> Self:
        """One's own, and those of the people one manages on that day."""
        return self.filter(Q(user=user) | Q(user__in=people_managed_by(user, on)))

    def not_over(self, on: date) -> Self:
        """Those running on the day or still to come."""
        return self.kept().filter(ends_on__gte=on)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class Absence(models.Model):
    """A person is away from a day to a day, both inclusive, and a deputy acts for them.

    One called off before it began ends on the day before its first, and holds no day.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="absences"
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("deputy"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="stands_in",
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on") - timedelta(days=1)), name="absence_order"),
            models.CheckConstraint(
                condition=Q(deputy__isnull=True) | ~Q(user=F("deputy")), name="absence_deputy_is_another"
            ),
        ]
        indexes = [models.Index(fields=["starts_on", "ends_on"], name="absence_by_days")]

    def __str__(self) -> str:
        return f"{self.user}, {self.starts_on} – {self.ends_on}"


def absent_people_of(deputy: User, on: date) -> set[int]:
    """Primary keys of those whom this person stands in for on that day; one query.

    Chains are followed: while A is away for B and B for C, C stands in for both. Nobody stands in for themselves.
    """
    return absent_people_by_deputy([deputy.pk], on)[deputy.pk]


def absent_people_by_deputy(
    deputy_ids: Collection[int], on: date, away: Mapping[int, Collection[int]] | None = None
) -> dict[int, set[int]]:
    """For each of these people, the primary keys of those whom they stand in for on that day, chains followed.

    One query, or none where one knows already who is `away`.
    """
    steps: dict[int, set[int]] = {}
    for person, deputies in (away_on(on) if away is None else away).items():
        for deputy in deputies:
            steps.setdefault(deputy, set()).add(person)
    return {deputy_id: reached_from(deputy_id, steps) for deputy_id in deputy_ids}


def deputies_by_person(user_ids: Collection[int], on: date) -> dict[int, set[int]]:
    """For each of these people, the primary keys of those who stand in on that day, chains followed; one query."""
    if not user_ids:
        return {}
    steps = away_on(on)
    return {user_id: reached_from(user_id, steps) for user_id in user_ids}


def deputies_of(user_ids: Collection[int], on: date) -> set[int]:
    """Primary keys of those who stand in for any of these people on that day, chains followed; one query."""
    return set().union(*deputies_by_person(user_ids, on).values())


def away_on(on: date) -> dict[int, set[int]]:
    """From each person away on that day to their deputies, none for somebody without; one query."""
    away: dict[int, set[int]] = {}
    for person, deputy in _who_is_away((), on):
        away.setdefault(person, set()).update({deputy} - {None})
    return away


_who_is_away = Prepared(lambda _keys, on: Absence.objects.on(on).values_list("user_id", "deputy_id"))


def reached_from(start: int, steps: Mapping[int, Collection[int]]) -> set[int]:
    """Everybody reached by one step or more, whatever circles there are, without the start."""
    reached: set[int] = set()
    ahead = [start]
    while ahead:
        new = {*steps.get(ahead.pop(), ())} - reached
        reached |= new
        ahead.extend(new)
    return reached - {start}
