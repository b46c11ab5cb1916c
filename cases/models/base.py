"""What every fact of a case has in common: who recorded it and when, and who may see it."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from roles.models import User, case_scopes_of
from roles.role import ONLY_READS, READS_CASES, READS_SPECIAL_CATEGORIES, Role
from workflows.models import Case
from workflows.models import cases_in as cases_in  # the facts' rules are the engine's own
from workflows.models import cases_open_to as cases_open_to
from workflows.models.cases import within

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Fact = TypeVar("Fact", bound=models.Model)

#: Roles that record facts of the cases they see.
WRITES_FACTS = READS_CASES - ONLY_READS


class CaseFactQuerySet(models.QuerySet[Fact]):
    """Facts of cases: a fact is seen by whoever sees its case."""

    case_path: ClassVar[str] = "case"

    def visible_to(self, user: User, at: datetime | None = None) -> Self:
        """Facts of the cases that the person may read."""
        return self.filter(**{f"{self.case_path}__in": Case.objects.visible_to(user, at)})


class RestrictedQuerySet(CaseFactQuerySet[Fact]):
    """Special-category facts: seen by some of those who see the case."""

    readers: ClassVar[Collection[Role]] = READS_SPECIAL_CATEGORIES

    def visible_to(self, user: User, at: datetime | None = None) -> Self:
        """Facts of the cases that my mandates as such a reader open, or that I opened in an emergency as one."""
        at = at or timezone.now()
        return self.filter(**{f"{self.case_path}__in": cases_open_to(user, self.readers, at)})


def may_write(user: User, at: datetime) -> models.QuerySet[Case]:
    """Cases whose facts the person may record: those of mandates that do more than look. No grant lets anybody write."""
    return Case.objects.filter(within(case_scopes_of(user, timezone.localdate(at), WRITES_FACTS)))


class Recorded(models.Model):
    """A row that says who wrote it and when; its earlier versions are in its history."""

    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("recorded by"), on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        abstract = True


def barrier(label: "str | _StrPromise") -> "models.PositiveSmallIntegerField[int, int]":
    """How much something stands in the way: 0 (not at all), else 1 (a little) to 5 (very much)."""
    return models.PositiveSmallIntegerField(label, validators=[MaxValueValidator(5)], default=0)


class TriState(models.TextChoices):
    """An answer that may be refused; an empty one was not asked for yet."""

    YES = "yes", _("yes")
    NO = "no", _("no")
    REFUSED = "refused", _("refused to state")
