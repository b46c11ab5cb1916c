"""The gate: one way through, three ways to be refused."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from roles.models import Absence
from roles.role import Role
from tests.errands.models import Errand
from tests.workflows.conftest import START, at, item_of
from workflows.errors import NotYet, NotYou, TooLate
from workflows.gate import Act, Decision, perform
from workflows.integrity import verify_integrity
from workflows.models import Case, Draft, Notice, Outcome, StageChange, Vote, WorkItem
from workflows.services import add_item, ask, cancel_item, complete, decide_many


def open_nodes(case) -> list[str]:
    return sorted(WorkItem.objects.open().filter(process=case).values_list("node", flat=True))


def test_opening_a_case_records_it_and_starts_its_work(new_errand):
    case = new_errand()
    assert case.number == f"E/2026/{case.pk:06d}"
    assert case.stage == "planned"
    assert open_nodes(case) == ["prepare"]
    (change,) = StageChange.objects.filter(case=case)
    assert (change.seq, change.source, change.target, change.effective_on) == (1, "", "planned", START)
    item = item_of(case, "prepare")
    assert (item.role, item.due, item.status) == (Role.COORDINATOR, date(2026, 3, 16), "NEW")


def test_an_errand_walks_from_start_to_end(new_errand, team, walk, decide, show_permit):
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    decide(case, "approve_begin", by=team.supervisor, day=1).only()
    assert Case.objects.get(pk=case.pk).stage == "running"
    assert open_nodes(case) == ["count", "meet", "walk"] or open_nodes(case) == ["count", "walk"]
    walk(case, "walk", by=team.tutor, day=2)
    walk(case, "count", by=team.animator, day=3)
    assert open_nodes(case) == ["deliver", "deliver__every", "deliver__timeout"]
    walk(case, "deliver", by=team.tutor, day=4)
    assert open_nodes(case) == ["recount"]

    def count(unit, case):
        case.counted = True

    walk(case, "recount", by=team.tutor, day=5, write=count)
    decide(case, "approve_finish", by=team.supervisor, day=6).only()
    assert Case.objects.get(pk=case.pk).stage == "running"
    decide(case, "approve_finish", by=team.second, day=6).only()
    assert Case.objects.get(pk=case.pk).stage == "finished"
    assert Vote.objects.count() == 3
    assert open_nodes(case) == ["cool"]


def test_an_unmet_guard_says_what_is_missing(new_errand, team, walk):
    case = new_errand()
    with pytest.raises(NotYet, match="The permit has not been shown"):
        walk(case, "prepare", "ready", by=team.coordinator)
    assert open_nodes(case) == ["prepare"]


def test_the_second_to_decide_is_too_late(new_errand, team, walk, decide, show_permit):
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    item = item_of(case, "approve_begin")
    decide_many([item], by=team.supervisor, outcome="approved", at=at(1)).only()
    with pytest.raises(TooLate, match="supervisor"):
        decide_many([item], by=team.second, outcome="approved", at=at(1)).only()
    assert StageChange.objects.filter(case=case).count() == 2


def test_nobody_approves_what_they_asked_for(new_errand, region, team, walk, show_permit):
    region.mandate(team.coordinator, Role.SUPERVISOR)
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    with pytest.raises(NotYou, match="you asked for it"):
        decide_many([item_of(case, "approve_begin")], by=team.coordinator, outcome="approved", at=at(1)).only()


def test_nobody_approves_what_rests_on_their_evidence(new_errand, region, team, walk, show_permit):
    region.mandate(team.animator, Role.SUPERVISOR)
    case = new_errand()
    show_permit(case, by=team.animator)
    walk(case, "prepare", "ready", by=team.coordinator)
    with pytest.raises(NotYou, match="rests on your work"):
        decide_many([item_of(case, "approve_begin")], by=team.animator, outcome="approved", at=at(1)).only()


def test_a_return_needs_a_reason_and_goes_back_to_who_asked(new_errand, team, walk, decide, show_permit):
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    with pytest.raises(NotYet, match="reason"):
        decide(case, "approve_begin", "returned", by=team.supervisor, day=1).only()
    decide(case, "approve_begin", "returned", by=team.supervisor, day=1, reason="unclear").only()
    item = item_of(case, "prepare")
    assert item.owner == team.coordinator
    assert Case.objects.get(pk=case.pk).stage == "planned"


def test_a_move_that_may_come_at_any_time_cancels_what_waits(new_errand, team, decide, show_permit):
    case = new_errand()
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    assert open_nodes(case) == ["dropping", "prepare"]
    decide(case, "dropping", by=team.coordinator, day=2).only()
    assert open_nodes(case) == ["cool"]
    assert Case.objects.get(pk=case.pk).stage == "dropped"


def test_what_nobody_of_its_role_may_decide_is_for_the_reserve(new_errand, region, team, walk, decide):
    case = new_errand()
    walk(case, "prepare", "again", by=team.coordinator, day=1)
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    assert item_of(case, "dropping").role == Role.SUPERVISOR
    decide(case, "dropping", by=team.supervisor, day=2).only()
    assert Case.objects.get(pk=case.pk).stage == "dropped"


def test_the_reserve_is_left_alone_while_somebody_of_the_role_may_decide(new_errand, region, team, walk):
    region.person("colleague", Role.COORDINATOR)
    case = new_errand()
    walk(case, "prepare", "again", by=team.coordinator, day=1)
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    assert item_of(case, "dropping").role == Role.COORDINATOR


@pytest.mark.parametrize("where", ["the next powiat", "the other organisation", "until yesterday"])
def test_a_colleague_who_does_not_reach_the_case_does_not_keep_it_from_the_reserve(
    where, new_errand, region, team, walk
):
    near_miss = {
        "the next powiat": {"territory": region.next_powiat},
        "the other organisation": {"organisation": region.other_organisation},
        "until yesterday": {"valid_to": START},
    }
    region.person("colleague", Role.COORDINATOR, **near_miss[where])
    case = new_errand()
    walk(case, "prepare", "again", by=team.coordinator, day=1)
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    assert item_of(case, "dropping").role == Role.SUPERVISOR


def test_a_request_that_the_case_has_outgrown_is_let_go(new_errand, team, walk, decide, show_permit):
    case = new_errand()
    show_permit(case)
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    outgrown = item_of(case, "dropping")
    walk(case, "prepare", "ready", by=team.coordinator)
    decide(case, "approve_begin", by=team.supervisor, day=1).only()
    for day, (node, by) in enumerate([("walk", team.tutor), ("count", team.animator), ("deliver", team.tutor)], 2):
        walk(case, node, by=by, day=day)
    walk(case, "recount", by=team.tutor, day=5, write=lambda unit, case: setattr(case, "counted", True))
    decide(case, "approve_finish", by=team.supervisor, day=6).only()
    assert "dropping" in open_nodes(case)
    decide(case, "approve_finish", by=team.second, day=6).only()
    outgrown.refresh_from_db()
    assert (outgrown.status, outgrown.outcome) == ("CANCELED", "")
    assert Notice.objects.filter(event="outdated", user=team.tutor, item=outgrown).exists()
    assert open_nodes(case) == ["cool"]


def test_the_same_move_is_asked_for_once(new_errand, team):
    case = new_errand()
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    with pytest.raises(TooLate):
        ask(case, "drop", by=team.tutor, reason="moved", at=at(1))


def test_the_wrong_role_may_not_ask(new_errand, team):
    case = new_errand()
    with pytest.raises(NotYou):
        ask(case, "drop", by=team.animator, reason="moved", at=at(1))


def test_a_loop_opens_the_same_work_again(new_errand, team, walk):
    case = new_errand()
    walk(case, "prepare", "again", by=team.coordinator)
    assert open_nodes(case) == ["prepare"]


def test_a_stage_is_not_written_past_the_gate(new_errand):
    case = new_errand()
    with pytest.raises(AttributeError):
        case.stage = "running"
    case.refresh_from_db()
    assert case.stage == "planned"
    assert complete is not None


# an approval behind a choice


@pytest.fixture
def delivering(new_errand, team, walk, decide, show_permit):
    """An errand that is being delivered: behind it a choice leads to the approval at once, or to counting first."""

    def make():
        case = new_errand()
        show_permit(case)
        walk(case, "prepare", "ready", by=team.coordinator)
        decide(case, "approve_begin", by=team.supervisor, day=1).only()
        walk(case, "walk", by=team.tutor, day=2)
        walk(case, "count", by=team.animator, day=3)
        return case

    return make


def counted(unit, case):
    case.counted = True


def small(unit, case):
    case.remark = "small"


def test_an_approval_behind_a_choice_keeps_who_asked_when_and_why(delivering, region, team):
    case = delivering()
    day = at(3).date()
    complete(item_of(case, "deliver"), by=team.tutor, write=counted, effective_on=day, reason="early", at=at(4))
    item = item_of(case, "approve_finish")
    assert (item.asked_by, item.effective_on, item.reason) == (team.tutor, day, "early")
    region.mandate(team.tutor, Role.SUPERVISOR)
    with pytest.raises(NotYou, match="you asked for it"):
        decide_many([item], by=team.tutor, outcome="approved", at=at(5)).only()
    decide_many([item], by=team.supervisor, outcome="returned", reason="unclear", at=at(5)).only()
    assert Notice.objects.filter(event="returned", user=team.tutor).exists()


def test_what_is_asked_for_behind_a_choice_must_be_possible(delivering, team, walk):
    case = delivering()
    with pytest.raises(NotYet, match="The money has not been counted"):
        walk(case, "deliver", by=team.tutor, day=4, write=small)
    case = Errand.objects.get(pk=case.pk)
    assert (case.remark, "deliver" in open_nodes(case)) == ("", True)
    walk(case, "deliver", by=team.tutor, day=4)
    assert open_nodes(case) == ["recount"]


# who writes evidence while a decision is open


@pytest.fixture
def asked(new_errand, team, walk, show_permit):
    """An approval that waits, asked for by the coordinator."""

    def make():
        case = new_errand()
        show_permit(case)
        walk(case, "prepare", "ready", by=team.coordinator)
        return item_of(case, "approve_begin")

    return make


def test_nobody_approves_what_rests_on_evidence_they_wrote_while_it_was_open(asked, team, show_permit):
    item = asked()
    show_permit(item.process.room, by=team.supervisor)
    with pytest.raises(NotYou, match="rests on your work"):
        decide_many([item], by=team.supervisor, outcome="approved", at=at(1)).only()
    decide_many([item], by=team.second, outcome="approved", at=at(1)).only()
    assert StageChange.objects.filter(case=item.process, move="begin").exists()


def test_nor_on_work_they_did_while_it_was_open(asked, team):
    item = asked()
    task = add_item(item.process, by=team.supervisor, title="Look", role=Role.SUPERVISOR, due=at(5).date(), at=at(1))
    complete(task, by=team.supervisor, at=at(1))
    with pytest.raises(NotYou, match="rests on your work"):
        decide_many([item], by=team.supervisor, outcome="approved", at=at(1)).only()


def test_nor_does_the_deputy_of_who_wrote_it(asked, region, team, show_permit):
    item = asked()
    deputy = region.person("deputy", Role.SUPERVISOR)
    show_permit(item.process.room, by=team.supervisor)
    Absence.objects.create(user=team.supervisor, deputy=deputy, starts_on=at(1).date(), ends_on=at(1).date())
    with pytest.raises(NotYou, match="rests on your work"):
        decide_many([item], by=deputy, outcome="approved", at=at(1)).only()
    decide_many([item], by=deputy, outcome="approved", at=at(2)).only()


def test_of_many_decided_together_only_those_that_rest_on_ones_work_are_refused(asked, team, show_permit):
    mine, other = asked(), asked()
    show_permit(mine.process.room, by=team.supervisor)
    results = decide_many([mine, other], by=team.supervisor, outcome="approved", at=at(1))
    assert (set(results.done), set(results.refused)) == ({other.pk}, {mine.pk})
    mine.refresh_from_db()
    assert team.supervisor.pk in mine.barred


def test_deciding_takes_as_many_queries_for_two_as_for_five(asked, team):
    counts = []
    for many in (2, 5):
        items = [asked() for _ in range(many)]
        with CaptureQueriesContext(connection) as queries:
            decide_many(items, by=team.supervisor, outcome="approved", at=at(1))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_vote_of_one_who_wrote_evidence_afterwards_does_not_count(asked, region, team, show_permit):
    item = asked()
    WorkItem.objects.filter(pk=item.pk).update(quorum=2)
    third = region.person("third", Role.SUPERVISOR)
    decide_many([item], by=team.supervisor, outcome="approved", at=at(1)).only()
    show_permit(item.process.room, by=team.supervisor)
    decide_many([item], by=team.second, outcome="approved", at=at(1)).only()
    item.refresh_from_db()
    assert item.finished is None
    decide_many([item], by=third, outcome="approved", at=at(1)).only()
    item.refresh_from_db()
    assert item.outcome == "approved"
    assert verify_integrity().problems == []


def test_two_votes_in_one_unit_reach_a_quorum_of_two(asked, team):
    item = asked()
    WorkItem.objects.filter(pk=item.pk).update(quorum=2)
    perform([Act(item, by, Decision(Outcome.APPROVED)) for by in (team.supervisor, team.second)], at=at(1))
    item.refresh_from_db()
    assert item.outcome == "approved"


# what ends with a case's way


def test_those_who_asked_for_something_else_are_told_when_everything_is_cancelled(asked, region, team):
    item, colleague = asked(), region.person("colleague", Role.COORDINATOR)
    ask(item.process, "drop", by=team.tutor, reason="moved", at=at(1))
    decide_many([item_of(item.process, "dropping")], by=colleague, outcome="approved", at=at(2)).only()
    item.refresh_from_db()
    assert item.status == "CANCELED"
    assert Notice.objects.filter(event="outdated", user=team.coordinator, item=item).exists()


def test_every_draft_ends_with_its_work(new_errand, region, team, walk):
    colleague = region.person("colleague", Role.COORDINATOR)
    case, untouched = new_errand(), item_of(new_errand(), "prepare")
    for item, author in ((item_of(case, "prepare"), colleague), (untouched, colleague)):
        Draft.objects.create(item=item, user=author, sealed=b"half", saved_at=at())
    walk(case, "prepare", "again", by=team.coordinator)
    assert [draft.item for draft in Draft.objects.all()] == [untouched]


def test_drafts_of_cancelled_work_end_too(new_errand, team):
    case = new_errand()
    task = add_item(case, by=team.tutor, title="Call", role=Role.TUTOR, due=at(5).date(), at=at())
    Draft.objects.create(item=task, user=team.tutor, sealed=b"half", saved_at=at())
    Draft.objects.create(item=item_of(case, "prepare"), user=team.coordinator, sealed=b"half", saved_at=at())
    cancel_item(task, by=team.tutor, reason="No need", at=at(1))
    assert Draft.objects.count() == 1
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    decide_many([item_of(case, "dropping")], by=team.coordinator, outcome="approved", at=at(2)).only()
    assert Draft.objects.count() == 0
