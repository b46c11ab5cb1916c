"""The record of moves: append-only, chained per case, verifiable offline.

The chain seals salted digests. Names, reasons and salts stand in `StageChangeDetail`, which retention may erase: the chain stays
valid and nothing personal is left in it.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from workflows.models.cases import Case


def never_truncated(name: str) -> pgtrigger.Trigger:
    """A trigger that refuses TRUNCATE, except in databases made for tests."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="""
            IF current_database() LIKE 'test\\_%' THEN
                RETURN NULL;
            END IF;
            RAISE EXCEPTION 'history is append-only: TRUNCATE of % refused', TG_TABLE_NAME;
        """,
    )


#: Names of records that take a move back rather than make one.
REVERT, REOPEN = "revert", "reopen"
TAKES_BACK = (REVERT, REOPEN)


class StageChangeQuerySet(models.QuerySet["StageChange"]):
    """Sets of stage changes."""

    def that_count(self) -> Self:
        """Without those that were taken back, and without the records that took them back."""
        undone = StageChange.objects.filter(case=OuterRef("case"), takes_back=OuterRef("seq"))
        return self.exclude(move__in=TAKES_BACK).exclude(Exists(undone))

    def into_their_stage(self) -> Self:
        """Those by which a case came to another stage than it was in; a move within a stage is none."""
        return self.exclude(source=F("target"))

    def in_order(self) -> Self:
        """As they happened, case by case."""
        return self.order_by("case_id", "seq")


class StageChange(models.Model):
    """One move that was made: from, to, when it took effect, when it was recorded, and the hash that chains it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stage_changes")
    seq = models.PositiveIntegerField()
    move = models.CharField(max_length=40)
    source = models.CharField(max_length=20, blank=True)
    target = models.CharField(max_length=20)
    effective_on = models.DateField(_("takes effect on"))
    recorded_at = models.DateTimeField(_("recorded"))
    in_closed_period = models.BooleanField(_("falls into a closed reporting period"), default=False)
    is_takeover = models.BooleanField(_("taken over from earlier records"), default=False)
    takes_back = models.PositiveIntegerField(
        null=True, blank=True, help_text="For a revert or a reopening: `seq` of the move that counts no more."
    )
    digest = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = StageChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage change")
        verbose_name_plural = _("stage changes")
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="stage_change_in_sequence")]
        indexes = [models.Index(fields=["recorded_at"])]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            never_truncated("never_truncated"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.move}"

    @property
    def is_backdated(self) -> bool:
        """Took effect on an earlier day than it was recorded."""
        return self.effective_on < localdate(self.recorded_at)

    def sealed(self) -> str:
        """The hash that this row should have."""
        facts = [
            self.case_id,
            self.seq,
            self.move,
            self.source,
            self.target,
            self.effective_on.isoformat(),
            _moment(self.recorded_at),
            self.in_closed_period,
            self.is_takeover,
            self.digest,
            self.previous_hash,
        ]
        return _sha256(facts if self.takes_back is None else [*facts, self.takes_back])


def those_that_count(chain: Iterable[StageChange]) -> list[StageChange]:
    """Of one case's records, in memory, what `that_count` leaves in the database; in their order."""
    chain = sorted(chain, key=lambda change: change.seq)
    taken_back = {change.takes_back for change in chain}
    return [change for change in chain if change.move not in TAKES_BACK and change.seq not in taken_back]


#: The transaction's own setting without which nobody deletes who and why of a stage change; see docs/adr/erasing.md.
ERASURE = "spoiwo.erasure"


class ErasedByTheRules(pgtrigger.Trigger):
    """Refuse to delete who and why, unless the transaction says that it erases and an erasure vouches for the row."""

    name = "erased_by_the_rules"
    when = pgtrigger.Before
    operation = pgtrigger.Delete
    func = """
        IF current_setting('spoiwo.erasure', true) = 'on'
            AND EXISTS (SELECT 1 FROM workflows_detailerasure AS erasure WHERE erasure.change_id = OLD.change_id)
        THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'who and why of stage change % can only be erased on record', OLD.change_id;
    """


class StageChangeDetail(models.Model):
    """Who asked, who approved and why: personal data of a stage change, erasable by retention alone."""

    change = models.OneToOneField(StageChange, primary_key=True, on_delete=models.PROTECT, related_name="detail")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked by"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("approved by"), on_delete=models.PROTECT, related_name="+"
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("on behalf of"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=30, blank=True)
    note = models.TextField(_("note"), blank=True)
    salt = models.CharField(max_length=32, editable=False)

    class Meta:
        verbose_name = _("who and why of a stage change")
        verbose_name_plural = _("who and why of stage changes")
        triggers = [
            pgtrigger.Protect(name="never_edited", operation=pgtrigger.Update),
            ErasedByTheRules(),
            never_truncated("detail_never_truncated"),
        ]

    def __str__(self) -> str:
        return f"{self.change_id}"

    def digest(self) -> str:
        """What the chain seals in place of the names."""
        return _sha256([self.salt, self.asked_by_id, self.approved_by_id, self.on_behalf_of_id, self.reason, self.note])

    @staticmethod
    def new_salt() -> str:
        """Sixteen random bytes, in hexadecimal."""
        return secrets.token_hex(16)


class DetailErasure(models.Model):
    """That who and why of a stage change were erased by rule, and when; without it a missing detail is a fault."""

    change = models.OneToOneField(StageChange, primary_key=True, on_delete=models.PROTECT, related_name="erasure")
    erased_at = models.DateTimeField(_("erased"))

    class Meta:
        verbose_name = _("erasure of who and why")
        verbose_name_plural = _("erasures of who and why")
        triggers = [
            pgtrigger.Protect(name="erasure_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            never_truncated("erasure_never_truncated"),
        ]

    def __str__(self) -> str:
        return f"{self.change_id}"


class Seal(models.Model):
    """A root over the heads of the cases that changed since the last seal, chained to it and written outside the database too."""

    sealed_at = models.DateTimeField()
    last_change = models.BigIntegerField(help_text="The highest stage change that it covers.")
    changes = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        triggers = [
            pgtrigger.Protect(name="seal_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            never_truncated("seal_never_truncated"),
        ]

    def __str__(self) -> str:
        return f"{self.sealed_at:%Y-%m-%d %H:%M} {self.hash[:12]}"

    def sealed(self) -> str:
        """The hash that this row should have."""
        return _sha256([_moment(self.sealed_at), self.last_change, self.changes, self.root, self.previous_hash])


def _moment(at: datetime) -> str:
    """A moment as it is hashed: the same text whatever zone it is written in."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _sha256(facts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
