"""What happened on a case, from every record of it, the latest first: a query or two a source, whatever the page."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from viewflow.workflow.status import STATUS

from roles.models import User
from workflows import changes
from workflows.forms import NoReason
from workflows.lifecycle import moves_of
from workflows.models import Case, Outcome, StageChange, Vote, WorkItem
from workflows.models.history import REOPEN, REVERT
from workflows.panels import HOLDS, MOVES, OTHER, PEOPLE, WORK, Event
from workflows.reasons import Discretion

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PAGE = 20
#: So many events of one moment are paged through; no address reads more.
MOST_AT_ONCE = 10_000

GROUPS: "dict[str, _StrPromise]" = {
    MOVES: gettext_lazy("Moves and decisions"),
    WORK: gettext_lazy("Work"),
    HOLDS: gettext_lazy("Holds"),
    PEOPLE: gettext_lazy("People and access"),
    OTHER: gettext_lazy("Documents, notes and data"),
}
#: Vote outcomes as kinds of a timeline's entry.
VOTE_KINDS = {Outcome.APPROVED: "approval", Outcome.RETURNED: "return", Outcome.REFUSED: "refusal"}
#: Records that take a move back.
TAKEN_BACK = {
    REVERT: gettext_lazy("The last move was taken back: %(stage)s again"),
    REOPEN: gettext_lazy("Reopened: %(stage)s again"),
}


@dataclass(frozen=True)
class Timeline:
    """A page of events, and the place where the next begins."""

    events: list[Event]
    older: str = ""


def timeline(case: Case, user: User, *, group: str = "", before: str = "", at: datetime, size: int = PAGE) -> Timeline:
    """What this person may read of the case's history, of one group or of all.

    `case` is the row as its own kind. Events of one moment stand together: a place is a moment and how many of it were shown.
    """

    def found(moment: datetime, limit: int) -> Iterator[Event]:
        for source in _sources(group):
            yield from source(case, user, moment, limit)
        if group in ("", OTHER):
            yield from case.events(user, moment, limit)

    return page_of(found, before=before, at=at, size=size)


def page_of(
    found: Callable[[datetime, int], Iterable[Event]], *, before: str = "", at: datetime, size: int = PAGE
) -> Timeline:
    """A page of what is found up to a moment, the latest first; `found` gives at most so many of each kind."""
    moment, shown = _place(before, at)
    events = sorted(found(moment, shown + size + 1), key=lambda event: (event.at, event.key), reverse=True)
    page = events[shown : shown + size]
    return Timeline(page, _next_place(page, moment, shown) if len(events) > shown + size else "")


def _place(text: str, at: datetime) -> tuple[datetime, int]:
    moment, _underscore, shown = text.rpartition("_")
    try:
        place, of_it = datetime.fromisoformat(moment), int(shown)
    except ValueError:
        return at, 0
    is_one = place.tzinfo is not None and place <= at and 0 <= of_it <= MOST_AT_ONCE
    return (place, of_it) if is_one else (at, 0)


def _next_place(page: list[Event], moment: datetime, shown: int) -> str:
    last = page[-1].at
    of_last = sum(event.at == last for event in page)
    return f"{last.isoformat()}_{of_last + shown if last == moment else of_last}"


def _sources(group: str) -> Iterator[Callable[[Case, User, datetime, int], Iterable[Event]]]:
    for name, sources in SOURCES.items():
        if group in ("", name):
            yield from sources


def _moves(case: Case, user: User, before: datetime, limit: int) -> Iterator[Event]:
    told = Discretion(case, user, now())
    moves = case.stage_changes.filter(recorded_at__lte=before).order_by("-seq")
    for change in moves.select_related("detail__asked_by", "detail__approved_by", "detail__on_behalf_of")[:limit]:
        yield Event(
            at=change.recorded_at,
            key=f"z{change.seq:06d}",
            group=MOVES,
            kind="return" if change.move in TAKEN_BACK else "move",
            title=_move_title(case, change),
            who=_who_moved(change),
            text=_why(told, change),
            effective_on=change.effective_on if change.effective_on != localdate(change.recorded_at) else None,
            marks=tuple(_marks(change)),
        )


def _move_title(case: Case, change: StageChange) -> str:
    stages = dict(case.stages.choices)
    target = stages.get(change.target, change.target)
    if change.move in TAKEN_BACK:
        return TAKEN_BACK[change.move] % {"stage": target}
    if not change.source:
        return _("Opened: %(stage)s") % {"stage": target}
    move = moves_of(type(case)).get(change.move)  # type: ignore[arg-type]
    way = f"{stages.get(change.source, change.source)} → {target}"
    return f"{move.terms.label}: {way}" if move else way


def _who_moved(change: StageChange) -> str:
    detail = getattr(change, "detail", None)
    if detail is None:
        return _("erased")
    parts = (
        [_("approved by %(person)s") % {"person": detail.approved_by}] if change.source else [str(detail.approved_by)]
    )
    if detail.on_behalf_of:
        parts.append(_("in place of %(person)s") % {"person": detail.on_behalf_of})
    if detail.asked_by and change.source:
        parts.insert(0, _("asked by %(person)s") % {"person": detail.asked_by})
    return ", ".join(parts)


def _why(told: Discretion, change: StageChange) -> str:
    detail = getattr(change, "detail", None)
    if detail is None:
        return ""
    return " · ".join(filter(None, (_reason_label(told, change.move, detail.reason), detail.note)))


def _reason_label(told: Discretion, move: str, reason: str) -> str:
    """A coded reason in words, as far as the reader is told: one of the move's own, or one of a returned approval."""
    known = moves_of(type(told.case)).get(move)  # type: ignore[arg-type]
    own = known.terms.reasons if known else None
    if known and own and reason in own.values:
        return told.of_move(known, reason)
    return str(dict(NoReason.choices).get(reason, reason))


def _marks(change: StageChange) -> Iterator[tuple[str, str]]:
    if change.is_takeover:
        yield "info", _("taken over from earlier records")
    elif change.is_backdated:
        yield "warn", _("back-dated")
    if change.in_closed_period:
        yield "warn", _("falls into a closed reporting period")


def _work(case: Case, user: User, before: datetime, limit: int) -> Iterator[Event]:
    told_by_their_votes = Q(status=STATUS.DONE) & ~Q(move="")
    over = WorkItem.objects.human().filter(process=case, finished__lte=before).exclude(told_by_their_votes)
    for item in over.select_related("owner", "on_behalf_of").order_by("-finished", "-pk")[:limit]:
        is_done = item.status == STATUS.DONE
        says = _("%(task)s: done") if is_done else _("%(task)s: no longer needed")
        yield Event(
            at=item.finished or before,
            key=f"m{item.pk:012d}",
            group=WORK,
            kind="work" if is_done else "dropped",
            title=says % {"task": item.label},
            who=_person(item.owner, item.on_behalf_of) if is_done else "",
            text=item.note if is_done else "",
        )


def _votes(case: Case, user: User, before: datetime, limit: int) -> Iterator[Event]:
    told_by_the_move = Q(outcome=Outcome.APPROVED, item__quorum=1)
    told = Discretion(case, user, now())
    votes = Vote.objects.filter(item__process=case, cast_at__lte=before).exclude(told_by_the_move)
    for vote in votes.order_by("-cast_at", "-pk").select_related("user", "on_behalf_of", "item")[:limit]:
        reason = _reason_label(told, vote.item.move, vote.reason)
        yield Event(
            at=vote.cast_at,
            key=f"v{vote.pk:012d}",
            group=MOVES,
            kind=VOTE_KINDS[Outcome(vote.outcome)],
            title=f"{vote.item.label}: {vote.get_outcome_display()}",
            who=_person(vote.user, vote.on_behalf_of),
            text=" · ".join(filter(None, (reason, vote.note))),
        )


def _person(user: User | None, on_behalf_of: User | None) -> str:
    if user is None:
        return ""
    return f"{user}, {_('in place of %(person)s') % {'person': on_behalf_of}}" if on_behalf_of else str(user)


SOURCES: dict[str, list[Callable[[Case, User, datetime, int], Iterable[Event]]]] = {
    MOVES: [_moves, _votes],
    WORK: [_work, changes.extensions, changes.handovers],
    HOLDS: [changes.holds],
    PEOPLE: [changes.assignments, changes.access_given, changes.access_ended, changes.access_reviewed],
}
