"""Proposing an erasure and deciding it: two people, then a job for each case."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cases.models import ErasedCase, Erasure
from cases.retention.terms import due_cases
from roles.models import Organisation, User, case_scopes_of
from roles.role import DECIDES_ERASURES, PROPOSES_ERASURES
from workflows.errors import NotYet, NotYou, TooLate
from workflows.jobs import enqueue
from workflows.models import Case, Job
from workflows.models.cases import CaseQuerySet, within

ERASE = "erase_case"
#: An erasure is looked through by a person; more than this nobody looks through.
MOST = 500


def due_to(user: User, organisation: Organisation, at: datetime) -> CaseQuerySet:
    """The cases of the organisation whose time has run out, where this person proposes erasures."""
    on = localdate(at)
    mine = within(case_scopes_of(user, on, roles=PROPOSES_ERASURES))
    return Case.objects.filter(mine, pk__in=due_cases(on), organisation=organisation).order_by("pk")


@transaction.atomic
def propose_erasure(organisation: Organisation, *, by: User, at: datetime) -> Erasure:
    """Propose to forget every case of the organisation whose time has run out, at most `MOST`. Raises NotYet when there is none."""
    cases = list(due_to(by, organisation, at).select_for_update(of=("self",))[:MOST])
    if not cases:
        raise NotYet(_("There is no case whose time has run out."))
    erasure = Erasure.objects.create(organisation=organisation, as_of=localdate(at), proposed_by=by, proposed_at=at)
    ErasedCase.objects.bulk_create(ErasedCase(erasure=erasure, case=case) for case in cases)
    return erasure


@transaction.atomic
def decide_erasure(erasure: Erasure, *, by: User, approve: bool, at: datetime, note: str = "") -> Erasure:
    """Approve or decline; approved, each case is forgotten by a job. Raises NotYou, TooLate, or NotYet when its time runs again."""
    row = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure.pk)
    if row.state != Erasure.State.PROPOSED:
        raise TooLate(_("This erasure has been decided already."))
    held = list(row.cases.select_related("case"))
    _may_decide(by, row, [each.case for each in held], at)
    row.state = Erasure.State.APPROVED if approve else Erasure.State.DECLINED
    row.decided_by, row.decided_at, row.note = by, at, note.strip()
    row.save(update_fields=["state", "decided_by", "decided_at", "note"])
    if approve:
        enqueue([_job(each, at) for each in held], at)
    else:
        row.cases.update(stands=False)
    return row


def all_mine_to_decide(user: User, cases: Sequence[int], at: datetime) -> bool:
    """Whether the person's role reaches every one of these cases."""
    mine = Case.objects.filter(within(case_scopes_of(user, localdate(at), roles=DECIDES_ERASURES)))
    return mine.filter(pk__in=cases).count() == len(cases)


def _may_decide(by: User, erasure: Erasure, cases: Sequence[Case], at: datetime) -> None:
    if erasure.proposed_by_id == by.pk:
        raise NotYou(_("Not yours, because you proposed it."))
    if not all_mine_to_decide(by, [case.pk for case in cases], at):
        raise NotYou(_("A supervisor of the scope decides erasures."))
    if any(case.finished is None for case in cases):
        raise NotYet(_("One of these cases has been reopened; decline, and propose anew."))


def _job(held: ErasedCase, at: datetime) -> Job:
    return Job(
        name=ERASE,
        key=f"erase-{held.pk}",
        case_id=held.case_id,
        args={"erased": held.pk},
        created_at=at,
        run_after=at,
    )
