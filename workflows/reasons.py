"""Coded reasons that tell of health or of the courts: some roles read them, everybody else a neutral word."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from roles.models import User
from roles.role import READS_SPECIAL_CATEGORIES
from workflows.models import Case, Hold, cases_open_to

if TYPE_CHECKING:
    from workflows.lifecycle import Move


@dataclass
class Discretion:
    """What one person is told of the reasons on a case; whether they may read the sensitive ones is asked once, if at all."""

    case: Case
    user: User
    at: datetime

    @cached_property
    def reads_all(self) -> bool:
        """Whether a role that reads special categories opens the case to them."""
        return cases_open_to(self.user, READS_SPECIAL_CATEGORIES, self.at).filter(pk=self.case.pk).exists()

    def of_hold(self, hold: Hold) -> str:
        """Why the case is on hold."""
        return self._said(hold.reason, Hold.Reason.choices, Hold.SENSITIVE)

    def may_read(self, hold: Hold) -> bool:
        """Whether the exact reason of the hold is for them."""
        return hold.reason not in Hold.SENSITIVE or self.reads_all

    def of_move(self, move: "Move", reason: str) -> str:
        """Why a move was asked for; a reason without a code as it stands."""
        coded = move.terms.reasons
        return self._said(reason, coded.choices, move.terms.sensitive) if coded else reason

    def _said(self, reason: str, choices: Iterable[tuple[Any, Any]], sensitive: Collection[str]) -> str:
        if reason in sensitive and not self.reads_all:
            return _("personal reasons")
        return str(dict(choices).get(reason, reason))
