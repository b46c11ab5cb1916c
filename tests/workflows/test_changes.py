"""Facts of the engine keep their history, and the timeline tells who changed what, when, and what it was before."""

from datetime import date, timedelta
from types import SimpleNamespace

import pgtrigger
import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from roles.beginnings import history_begins
from roles.role import Role
from roles.services.acting import acting, in_the_name_of
from tests.workflows.conftest import at, item_of
from workflows.batch import batch
from workflows.integrity import CHECKS
from workflows.models import CaseAssignment, Extension, Handover, Hold, ParameterValue
from workflows.services import assign, break_glass, claim, delegate, end_share, release, review, share
from workflows.services.bulk import begin_bulk, undo_bulk
from workflows.services.holds import correct_hold, end_hold, put_on_hold, withdraw_hold
from workflows.services.more_time import extend
from workflows.timeline import timeline

WHY = "The participant called about a danger to her child"


def day(days: int) -> date:
    return at(days).date()


@pytest.fixture
def told(team):
    """What the timeline tells of a group up to a day, the latest first: title, who, text."""

    def tell(case, group, days=20):
        events = timeline(case.room, team.supervisor, group=group, at=at(days)).events
        return [(str(event.title), event.who, str(event.text)) for event in events]

    return tell


# roles on the case


def test_an_assignment_says_who_assigned_and_who_held_the_role_before(new_errand, region, team, told):
    case, second = new_errand(), region.person("second_tutor", Role.TUTOR)
    assign(case, by=team.coordinator, role=Role.TUTOR, to=team.tutor, at=at(1))
    assign(case, by=team.supervisor, role=Role.TUTOR, to=second, at=at(3))
    assert told(case, "people") == [
        (f"Assigned: {second}", str(team.supervisor), f"tutor · before: {team.tutor}"),
        (f"Assigned: {team.tutor}", str(team.coordinator), "tutor"),
    ]
    assert told(case, "people", days=2) == [(f"Assigned: {team.tutor}", str(team.coordinator), "tutor")]


# work that changes hands, and more time


def test_more_time_is_told_with_how_much_why_and_by_whom(new_errand, team, told):
    case = new_errand()
    extend(item_of(case, "prepare"), by=team.supervisor, working=3, reason="urlop świadka", at=at(1))
    [(title, who, text)] = told(case, "work")
    assert title.endswith("3 working days more")
    assert (who, text) == (str(team.supervisor), "urlop świadka")


def test_work_that_changed_hands_is_told_with_both_and_who_did_it(new_errand, region, team, told):
    case, second = new_errand(), region.person("second_coordinator", Role.COORDINATOR)
    claim([item_of(case, "prepare")], by=team.coordinator, at=at(1)).only()
    assert told(case, "work") == []  # it was nobody's
    delegate([item_of(case, "prepare")], by=team.supervisor, to=second, at=at(2)).only()
    release([item_of(case, "prepare")], by=second, at=at(3)).only()
    (back, who_back, _why), (over, who_over, why) = told(case, "work")
    assert over.endswith(f"{team.coordinator} → {second}")
    assert (who_over, why) == (str(team.supervisor), "handed over")
    assert back.endswith(f"{second} → nobody yet")
    assert who_back == str(second)


@pytest.mark.parametrize("verb", ["claim", "delegate"])
def test_undoing_work_on_many_tasks_leaves_a_handover_each(new_errand, region, team, verb):
    second = region.person("second_coordinator", Role.COORDINATOR)
    items = [item_of(new_errand(), "prepare") for _ in range(2)]
    if verb == "delegate":
        claim(items, by=team.coordinator, at=at(1))
        items = [item_of(item.process, "prepare") for item in items]
    undo_bulk(begin_bulk(verb, items, by=team.coordinator, at=at(2), terms={"to": second.pk}), at=at(2))
    back = list(Handover.objects.filter(why="undone").values_list("from_user", "to_user", "by"))
    came_to, came_from = (team.coordinator.pk, None) if verb == "claim" else (second.pk, team.coordinator.pk)
    assert back == [(came_to, came_from, team.coordinator.pk)] * 2


# holds


def test_a_hold_says_who_ended_and_who_withdrew_it_and_when(new_errand, team, told):
    case = new_errand()
    put_on_hold(case, by=team.tutor, starts_on=day(1), reason="illness", at=at(1))
    ended = end_hold(case, by=team.coordinator, on=day(4), at=at(4))
    right = correct_hold(ended, by=team.supervisor, starts_on=day(2), ends_on=day(4), reason="care", at=at(6))
    withdraw_hold(right, by=team.tutor, at=at(8))
    whole = [(title, who) for title, who, _text in told(case, "holds")]
    assert whole[0] == ("Hold withdrawn, it counts no more: care of a relative", str(team.tutor))
    assert set(whole[1:3]) == {
        ("On hold: care of a relative", str(team.supervisor)),
        ("Hold withdrawn, it counts no more: illness", str(team.supervisor)),
    }
    assert whole[3:] == [("Hold ended: illness", str(team.coordinator)), ("On hold: illness", str(team.tutor))]
    assert [title for title, _who, _text in told(case, "holds", days=5)] == ["Hold ended: illness", "On hold: illness"]


# access


def test_access_is_told_with_its_end_and_who_ended_it(new_errand, region, team, told):
    case = new_errand()
    outsider = region.person("outsider", Role.TUTOR, territory=region.next_powiat)
    grant = share(case, by=team.coordinator, with_user=outsider, until=day(9), reason="przeprowadzka", at=at(1))
    assert len(told(case, "people")) == 2  # begun, and on the tenth day over by itself
    assert told(case, "people")[0] == (f"No longer shared with {outsider}", "", "its time was up")
    end_share(grant, by=team.supervisor, at=at(3))
    assert told(case, "people")[0] == (f"No longer shared with {outsider}", str(team.supervisor), "")
    assert len(told(case, "people", days=2)) == 1


def test_emergency_access_is_told_with_its_end_and_its_review(new_errand, region, team, told):
    case = new_errand()
    outsider = region.person("outsider", Role.TUTOR, territory=region.next_powiat)
    officer = region.person("officer", Role.DATA_PROTECTION_OFFICER)
    review(break_glass(case, by=outsider, reason=WHY, at=at(1)), by=officer, at=at(2))
    reviewed, ended, begun = told(case, "people")
    assert reviewed == (f"Emergency access reviewed: {outsider}", str(officer), "")
    assert ended == (f"Emergency access ended: {outsider}", "", "its time was up")
    assert begun[:2] == (f"Emergency access: {outsider}", str(outsider))


# who and when


def test_a_bulk_write_in_a_unit_of_work_is_told_in_its_name(new_errand, region, team):
    case = new_errand()
    CaseAssignment.objects.create(case=case, role=Role.TUTOR, user=team.tutor, since=day(0))
    with batch([case.pk], by=team.supervisor, at=at(3)):
        CaseAssignment.objects.filter(case=case).update(since=day(1))
    said = CaseAssignment.pgh_event_model.objects.latest("pgh_id").pgh_context.metadata
    assert said == {"by": team.supervisor.pk, "at": at(3).isoformat()}


def test_a_verb_within_another_does_not_change_what_the_outer_one_has_said(new_errand, region, team):
    case, other = new_errand(), new_errand()
    with acting(team.supervisor, at(1)):
        CaseAssignment.objects.create(case=case, role=Role.TUTOR, user=team.tutor, since=day(0))
        with in_the_name_of(team.coordinator, at(2)):
            CaseAssignment.objects.create(case=other, role=Role.TUTOR, user=team.tutor, since=day(0))
        CaseAssignment.objects.create(case=case, role=Role.ANIMATOR, user=team.animator, since=day(0))
    said = CaseAssignment.pgh_event_model.objects.order_by("pgh_id").values_list("pgh_context__metadata__by", flat=True)
    assert list(said) == [team.supervisor.pk, team.coordinator.pk, team.supervisor.pk]


def test_an_assignment_that_is_removed_behind_the_services_is_told_too(new_errand, team, told):
    case = new_errand()
    assign(case, by=team.coordinator, role=Role.TUTOR, to=team.tutor, at=at(1))
    with acting(team.supervisor, at(2)):
        CaseAssignment.objects.filter(case=case).delete()
    assert told(case, "people")[0][:2] == (f"No longer assigned: {team.tutor}", str(team.supervisor))


def test_every_changeable_fact_of_the_engine_is_tracked():
    tracked = [CaseAssignment, Hold, Extension, ParameterValue]
    assert all(hasattr(model, "pgh_event_model") for model in tracked)


# what it costs


def test_the_timeline_costs_the_same_with_one_change_and_with_thirty(new_errand, region, team, told):
    case, second = new_errand(), region.person("second_tutor", Role.TUTOR)
    outsider = region.person("outsider", Role.TUTOR, territory=region.next_powiat)

    def happen(number: int) -> None:
        moment = at(1) + timedelta(minutes=number)
        assign(case, by=team.coordinator, role=Role.TUTOR, to=second if number % 2 else team.tutor, at=moment)
        grant = share(case, by=team.coordinator, with_user=outsider, until=day(4), reason="x", at=moment)
        end_share(grant, by=team.coordinator, at=moment)
        withdraw_hold(
            put_on_hold(case, by=team.tutor, starts_on=day(1), reason="care", at=moment), by=team.tutor, at=moment
        )
        claim([item_of(case, "prepare")], by=team.coordinator, at=moment).only()
        release([item_of(case, "prepare")], by=team.coordinator, at=moment).only()

    happen(0)
    happen(1)
    with CaptureQueriesContext(connection) as few:
        told(case, "")
    for number in range(2, 32):
        happen(number)
    with CaptureQueriesContext(connection) as many:
        assert len(told(case, "")) == 20
    assert len(many) == len(few)


# what was there before


def test_rows_from_before_are_told_as_first_entries_once(new_errand, team, told):
    case = new_errand()
    with pgtrigger.ignore():
        Hold.objects.create(
            case=case, starts_on=day(1), ends_on=day(2), reason="care", opened_by=team.tutor, opened_at=at(1)
        )
    assert told(case, "holds") == []
    assert problems_of(Hold) == ["has no history"]
    for _ in range(2):
        history_begins("workflows", {"Hold": "opened_at"})(apps, SimpleNamespace(connection=connection))
    assert [(title, who) for title, who, _text in told(case, "holds")] == [
        ("On hold: care of a relative", str(team.tutor))
    ]
    assert problems_of(Hold) == []


def problems_of(model) -> list[str]:
    _count, problems = CHECKS["facts are what their history says"]()
    return [problem.what for problem in problems if problem.where.startswith(str(model._meta.verbose_name))]
