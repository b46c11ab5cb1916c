"""Documents, notes and comments of a case."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.base import cases_open_to
from cases.models.visibility import Visibility, VisibilityQuerySet
from cases.storage import Vault, random_name
from roles.models import User
from roles.role import ONLY_READS, OVERSEES_WORK, READS_SPECIAL_CATEGORIES, Role
from workflows.models import Case


class RetentionClass(models.TextChoices):
    """How long a document is kept, in years from the year after the case ended; A goes to the archive for ever."""

    A = "A", _("A (permanent)")
    B25 = "B25", _("B25 (25 years)")
    B10 = "B10", _("B10 (10 years)")
    B5 = "B5", _("B5 (5 years)")


class DocumentQuerySet(VisibilityQuerySet["Document"]):
    """Sets of documents. Who audits the house reads the team's too: they are the evidence."""

    author: ClassVar[str] = "uploaded_by"
    leads: ClassVar[Collection[Role]] = OVERSEES_WORK | ONLY_READS

    def visible_to(self, user: User, at: datetime | None = None) -> Self:
        """As their visibility says; restricted ones only in a role that reads special categories."""
        at = at or timezone.now()
        seen = super().visible_to(user, at)
        return seen.filter(Q(is_restricted=False) | Q(case__in=cases_open_to(user, READS_SPECIAL_CATEGORIES, at)))

    def current(self) -> Self:
        """The last version of each."""
        return self.filter(newer__isnull=True)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Document(models.Model):
    """A file of a case; a new version is a new row that replaces the last one."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents")
    title = models.CharField(_("title"), max_length=200)
    file = models.FileField(_("file"), storage=Vault(), upload_to=random_name, max_length=120)
    name = models.CharField(_("name of the file"), max_length=200)
    media_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    replaces = models.OneToOneField(
        "self", verbose_name=_("replaces"), null=True, blank=True, on_delete=models.PROTECT, related_name="newer"
    )
    retention = models.CharField(
        _("retention class"), max_length=3, choices=RetentionClass.choices, default=RetentionClass.B10
    )
    visibility = models.CharField(
        _("who may see it"), max_length=11, choices=Visibility.choices, default=Visibility.TEAM
    )
    is_restricted = models.BooleanField(
        _("special category"),
        default=False,
        help_text=_("Health, convictions, evidence of a criterion: every reading is logged."),
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("uploaded by"), on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.CheckConstraint(
                condition=Q(version=1, replaces__isnull=True) | Q(version__gt=1, replaces__isnull=False),
                name="document_version_replaces_another",
            ),
        ]

    def __str__(self) -> str:
        return self.title


@pghistory.track(pghistory.UpdateEvent(), append_only=True)
class Note(models.Model):
    """Something worth remembering about a case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    body = models.TextField(_("note"), max_length=4000)
    visibility = models.CharField(
        _("who may see it"), max_length=11, choices=Visibility.choices, default=Visibility.TEAM
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("author"), on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    objects = VisibilityQuerySet["Note"].as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    def __str__(self) -> str:
        return f"{self.case}"


class CommentQuerySet(VisibilityQuerySet["Comment"]):
    """Sets of comments."""

    def mentioning(self, user: User) -> Q:
        """The condition "the person is mentioned"."""
        return Q(pk__in=Comment.mentions.through._default_manager.filter(user=user).values("comment"))


@pghistory.track(pghistory.UpdateEvent(), append_only=True)
class Comment(models.Model):
    """Something said about a case to the others on it; those mentioned are told."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="comments")
    body = models.TextField(_("comment"), max_length=2000)
    visibility = models.CharField(
        _("who may see it"), max_length=11, choices=Visibility.choices, default=Visibility.TEAM
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("author"), on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("written"), default=timezone.now)
    mentions = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("mentioned"), related_name="mentioned_in", blank=True
    )

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")

    def __str__(self) -> str:
        return f"{self.case}"
