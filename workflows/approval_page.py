"""What an approver looks at: the conditions with their evidence, what changed since, who said what before."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from workflows.case_page import Check, checks_of
from workflows.facts import Facts
from workflows.filters import held_on
from workflows.lifecycle import Move
from workflows.models import Case, Outcome, StageChange, Vote, WorkItem
from workflows.panels import Event, Evidence
from workflows.presence import last_look_of
from workflows.reasons import Discretion
from workflows.standing import Standing
from workflows.timeline import timeline

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SINCE = 40


@dataclass
class ApprovalPage:
    """One approval as one person sees it at a moment. The item's case is the row as its own kind."""

    item: WorkItem
    standing: Standing
    at: datetime

    @property
    def case(self) -> Case:
        """The case whose move it is."""
        return self.item.process

    @cached_property
    def move(self) -> Move:
        """The move that approving makes."""
        return self.case.move(self.item.move)

    @property
    def target(self) -> "str | _StrPromise":
        """The stage that the move leads to."""
        return self.case.stages(self.move.target).label

    @cached_property
    def checks(self) -> list[Check]:
        """Each condition, met or not."""
        Facts.load([self.case], self.move.needs)
        return checks_of(self.case, self.move)

    @cached_property
    def evidence(self) -> list[Evidence]:
        """What the room shows beside the conditions: evidence that belongs to none of them, and what the move rests on."""
        beside = [each for each in self.case.evidence_for(self.move) if not each.guard]
        return [*beside, *self.case.grounds_for(self.move)]

    @cached_property
    def last_move(self) -> StageChange | None:
        """The move before this one."""
        return self.case.stage_changes.order_by("-seq").first()

    @cached_property
    def last_look(self) -> datetime | None:
        """When the reader last had the case before their eyes."""
        return last_look_of(self.standing.user, self.case)

    @cached_property
    def changes(self) -> list[Event]:
        """What happened since the last move, and what is new to the reader, which is marked; the latest first."""
        since = self.last_move.recorded_at if self.last_move else None
        events = timeline(self.case, self.standing.user, at=self.at, size=SINCE).events
        told = [event for event in events if since is None or event.at > since or self._is_new(event)]
        return [
            replace(each, marks=(("info", pgettext("an entry of the history", "new")), *each.marks))
            if self._is_new(each)
            else each
            for each in told
        ]

    @property
    def news(self) -> int:
        """How much of it is new since the reader's last look."""
        return sum(map(self._is_new, self.changes))

    def _is_new(self, event: Event) -> bool:
        """Recorded after the reader's last look; to whom looks for the first time, all is new and nothing is marked."""
        return self.last_look is not None and event.at > self.last_look

    @cached_property
    def votes(self) -> list[Vote]:
        """Every earlier decision on this move of the case, also on approvals that were returned."""
        votes = Vote.objects.filter(item__process=self.case, item__move=self.item.move)
        return list(votes.select_related("user", "on_behalf_of").order_by("-cast_at"))

    @property
    def approving(self) -> int:
        """How many have approved this very item so far."""
        return sum(vote.item_id == self.item.pk and vote.outcome == Outcome.APPROVED for vote in self.votes)

    @property
    def asked_reason(self) -> str:
        """The coded reason with which the move was asked for, in words; whoever may decide reads it whatever it tells of."""
        told = Discretion(self.case, self.standing.user, self.at)
        if not self.standing.why_not(self.item):
            told.reads_all = True
        return told.of_move(self.move, self.item.reason)

    @cached_property
    def asked_note(self) -> str:
        """What whoever asked wrote with it: on the approval itself, or on the work that led to it."""
        if self.item.note or self.item.asked_by_id is None:
            return self.item.note
        led_here = self.item.previous.filter(owner=self.item.asked_by_id).exclude(note="").order_by("-pk")
        return led_here.values_list("note", flat=True).first() or ""

    @cached_property
    def warnings(self) -> list[str]:
        """What an approver should not overlook."""
        held = self.case.holds.standing().filter(held_on(self.standing.on)).exists()
        return warnings_of(self.item, self.case, is_held=held, was_returned=self.was_returned, on=self.standing.on)

    @property
    def was_returned(self) -> bool:
        """Whether the move was sent back before."""
        return any(vote.outcome == Outcome.RETURNED for vote in self.votes)


def warnings_of(item: WorkItem, case: Case, *, is_held: bool, was_returned: bool, on: date) -> list[str]:
    """Why an approval wants a closer look than its conditions, in sentences."""
    effective_on = item.effective_on or on
    found = [
        (is_held, _("The case is on hold.")),
        (was_returned, _("It was returned before.")),
        (effective_on < on, _("It is to take effect on an earlier day.")),
        (_is_closed(case, effective_on), _("It falls into a closed reporting period.")),
    ]
    return [sentence for applies, sentence in found if applies]


def _is_closed(case: Case, effective_on: date) -> bool:
    until = case.programme.closed_until
    return until is not None and effective_on <= until
