"""The page of a case, its history, and what is done to a whole case."""

from datetime import date

import pytest

from roles.role import Role
from tests.workflows.conftest import at, item_of
from tests.workflows.pages import TODAY, asked, signed_in, text_of, third_of_march, url
from tests.workflows.test_work_pages import queries_of
from workflows.models import Case, CaseAssignment, CaseGrant, Hold, StageChange, WorkItem
from workflows.panels import Event, Evidence, Panel
from workflows.services import ask, complete, decide_many

__all__ = ["asked", "signed_in", "third_of_march"]

OF_A_CASE = ["case", "case_timeline", "assign", "add_task", "hold", "end_of_hold", "share_case", "revert", "open_again"]


@pytest.fixture
def running(asked, team):
    """A case that was approved into running."""

    def make():
        item = asked()
        decide_many([item], by=team.supervisor, outcome="approved", at=at(1)).only()
        return item.process.room

    return make


def test_the_page_says_where_the_case_stands_and_what_comes_next(signed_in, new_errand, team):
    case = new_errand()
    page = signed_in(team.coordinator).get(url("case", case.pk)).context["page"]
    assert [(step.label, step.state) for step in page.steps[:2]] == [("planned", "current"), ("running", "future")]
    assert page.next_item.item.node == "prepare"
    assert page.next_item.why_not == ""
    assert [check.sentence for check in page.moves[0].checks] == ["The permit has not been shown."]


def test_what_i_may_not_do_says_why_on_the_page(signed_in, new_errand, team):
    page = signed_in(team.tutor).get(url("case", new_errand().pk)).context["page"]
    assert page.next_item.why_not


def test_a_case_off_its_path_shows_the_way_it_went(signed_in, new_errand, team):
    case = new_errand()
    item = ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    decide_many([item], by=team.coordinator, outcome="approved", at=at(1)).only()
    steps = signed_in(team.coordinator).get(url("case", case.pk)).context["page"].steps
    assert [(step.label, step.state) for step in steps] == [("planned", "done"), ("dropped", "current")]


@pytest.mark.parametrize("mandate", [{"territory": "next_powiat"}, {"organisation": "other_organisation"}])
def test_a_near_miss_finds_no_page_of_the_case(signed_in, new_errand, region, mandate):
    client = signed_in(
        region.person("near", Role.SUPERVISOR, **{name: getattr(region, value) for name, value in mandate.items()})
    )
    case = new_errand()
    assert {client.get(url(name, case.pk)).status_code for name in OF_A_CASE} == {404}
    assert client.get(url("ask", case.pk, "drop")).status_code == 404
    assert client.post(url("seen", case.pk)).status_code == 404


def test_a_mandate_that_ended_yesterday_opens_nothing(signed_in, new_errand, region):
    person = region.person("late", Role.COORDINATOR, valid_to=date(2026, 3, 2))
    assert signed_in(person).get(url("case", new_errand().pk)).status_code == 404


def test_a_page_costs_the_same_with_a_long_history(signed_in, new_errand, team, walk, django_assert_max_num_queries):
    case, client = new_errand(), signed_in(team.coordinator)
    walk(case, "prepare", "again", by=team.coordinator)
    short = queries_of(client, url("case", case.pk), django_assert_max_num_queries)
    for _ in range(30):
        walk(case, "prepare", "again", by=team.coordinator)
    assert queries_of(client, url("case", case.pk), django_assert_max_num_queries) == short


def test_the_timeline_pages_through_everything_once(signed_in, new_errand, team, walk):
    case, client = new_errand(), signed_in(team.coordinator)
    for day in range(30):
        walk(case, "prepare", "again", by=team.coordinator, day=day // 30)
    seen, before = [], ""
    while True:
        history = client.get(url("case_timeline", case.pk), {"before": before}).context["history"]
        seen += [event.key for event in history.events]
        if not history.older:
            break
        before = history.older
    assert len(seen) == len(set(seen)) == 31


def test_the_timeline_shows_one_group(signed_in, running, team):
    case, client = running(), signed_in(team.coordinator)
    groups = {
        event.group for event in client.get(url("case_timeline", case.pk), {"group": "moves"}).context["history"].events
    }
    assert groups == {"moves"}
    assert client.get(url("case_timeline", case.pk), {"group": "nonsense"}).status_code == 200


def test_a_backdated_move_is_marked(signed_in, asked, team):
    item = asked()
    decide_many([item], by=team.supervisor, outcome="approved", effective_on=date(2026, 3, 2), at=at(1)).only()
    page = signed_in(team.coordinator).get(url("case_timeline", item.process_id))
    event = page.context["history"].events[0]
    assert event.marks
    assert event.effective_on == date(2026, 3, 2)


def test_a_room_adds_evidence_panels_and_events(signed_in, asked, team, monkeypatch):
    item = asked()
    kind = type(item.process.room)
    monkeypatch.setattr(kind, "evidence_for", lambda case, move: [Evidence("Nr", "Z/77", guard="permit_is_shown")])
    panel = Panel("Dokumenty", "workflows/_presence.html", {"others": []})
    monkeypatch.setattr(kind, "panels", lambda case, user: [panel])
    event = Event(at=at(1), key="x1", group="other", kind="file", title="Skan.pdf")
    monkeypatch.setattr(kind, "events", lambda case, user, before, limit: [event])
    client = signed_in(team.supervisor)
    assert "Z/77" in text_of(client.get(url("item", item.pk)))
    page = text_of(client.get(url("case", item.process_id)))
    assert "Dokumenty" in page
    assert "Skan.pdf" in page


def test_nothing_that_somebody_wrote_is_taken_for_markup(signed_in, new_errand, team, walk):
    case = new_errand()
    sly = "<script>alert(1)</script>\"' {{ 7 }}"
    complete(item_of(case, "prepare"), by=team.coordinator, outcome="again", note=sly, at=at(1))
    Case.objects.filter(pk=case.pk).update(title=sly)
    client = signed_in(team.coordinator)
    for path in (url("case", case.pk), url("item", item_of(case, "prepare").pk), "/?tab=queue", url("cases")):
        page = text_of(client.get(path))
        assert "<script>alert" not in page
        assert "&amp;lt;" not in page
        assert "{{ 7 }}" in page


# moves at any time


def test_a_move_at_any_time_is_offered_to_who_may_ask_and_asked_for(signed_in, new_errand, team):
    case, client = new_errand(), signed_in(team.tutor)
    assert [move.name for move in client.get(url("case", case.pk)).context["page"].askable] == ["drop"]
    path = url("ask", case.pk, "drop")
    assert client.post(path, {}).status_code == 422
    assert client.post(path, {"reason": "moved", "effective_on": "2026-03-03"}).status_code == 302
    assert item_of(case, "dropping").asked_by == team.tutor
    assert client.get(url("case", case.pk)).context["page"].askable == []


def test_who_may_not_ask_is_neither_offered_nor_heard(signed_in, new_errand, team):
    case, client = new_errand(), signed_in(team.animator)
    assert client.get(url("case", case.pk)).context["page"].askable == []
    said = {"reason": "moved", "effective_on": "2026-03-03"}
    assert client.post(url("ask", case.pk, "drop"), said).status_code == 403


def test_asking_twice_is_too_late_and_keeps_what_was_written(signed_in, new_errand, team):
    case = new_errand()
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    said = {"reason": "moved", "effective_on": "2026-03-03", "note": "Pismo z 1 marca"}
    answer = signed_in(team.tutor).post(url("ask", case.pk, "drop"), said)
    assert answer.status_code == 409
    assert "Pismo z 1 marca" in text_of(answer)


def test_a_move_that_nobody_may_ask_for_at_any_time_has_no_page(signed_in, new_errand, team):
    assert signed_in(team.tutor).get(url("ask", new_errand().pk, "begin")).status_code == 404


# people, tasks, holds


def test_a_coordinator_assigns_and_the_work_follows(signed_in, running, region, team):
    case, client = running(), signed_in(team.coordinator)
    other = region.person("second_tutor", Role.TUTOR)
    said = {"role": "tutor", "to": other.pk}
    assert client.post(url("assign", case.pk), said).status_code == 302
    assert CaseAssignment.objects.get(case=case).user == other
    assert item_of(case, "walk").owner == other


def test_a_tutor_assigns_nobody(signed_in, running, team):
    case = running()
    assert signed_in(team.tutor).post(url("assign", case.pk), {"role": "tutor", "to": team.tutor.pk}).status_code == 422
    assert not CaseAssignment.objects.exists()


def test_a_task_is_made_by_hand_and_cancelled(signed_in, new_errand, team):
    case, client = new_errand(), signed_in(team.coordinator)
    said = {"title": "Zadzwonić do PUP", "role": "tutor", "due": "2026-03-10"}
    assert client.post(url("add_task", case.pk), said).status_code == 302
    task = item_of(case, "ad_hoc")
    assert task.label == "Zadzwonić do PUP"
    assert client.post(url("cancel_task", task.pk), {"reason": "Zbędne"}).status_code == 302
    assert not WorkItem.objects.open().filter(pk=task.pk).exists()


def test_a_task_for_yesterday_is_not_accepted(signed_in, new_errand, team):
    said = {"title": "x", "role": "tutor", "due": "2026-03-01"}
    assert signed_in(team.coordinator).post(url("add_task", new_errand().pk), said).status_code == 422


def test_a_hold_is_put_corrected_ended_and_taken_back(signed_in, new_errand, team):
    case, client = new_errand(), signed_in(team.coordinator)
    assert client.post(url("hold", case.pk), {"reason": "illness", "starts_on": "2026-03-02"}).status_code == 302
    assert client.get(url("case", case.pk)).context["page"].hold is not None
    assert client.post(url("hold", case.pk), {"reason": "care", "starts_on": "2026-03-02"}).status_code == 422
    hold = Hold.objects.get()
    said = {"reason": "care", "starts_on": "2026-03-03"}
    client.post(url("correct_hold", case.pk, hold.pk), said)
    hold = Hold.objects.standing().get()
    assert hold.reason == "care"
    client.post(url("end_of_hold", case.pk), {"on": "2026-03-03"})
    hold.refresh_from_db()
    assert hold.ends_on == TODAY
    client.post(url("withdraw_hold", case.pk, hold.pk))
    assert not Hold.objects.standing().exists()
    assert client.get(url("withdraw_hold", case.pk, hold.pk)).status_code == 404


# taking back, sharing, emergencies


def test_taking_back_lists_first_what_it_takes_back(signed_in, running, team):
    case, client = running(), signed_in(team.supervisor)
    effects = client.get(url("revert", case.pk)).context["effects"]
    assert {item.node for item in effects.cancelled} >= {"walk", "count"}
    seq = effects.change.seq
    assert client.post(url("revert", case.pk), {"reason": "", "seq": seq}).status_code == 422
    assert client.post(url("revert", case.pk), {"reason": "Pomyłka"}).status_code == 409
    assert client.post(url("revert", case.pk), {"reason": "Pomyłka", "seq": seq}).status_code == 302
    assert Case.objects.get(pk=case.pk).stage == "planned"
    assert StageChange.objects.filter(case=case).count() == 3


def test_a_move_approved_while_one_looked_is_listed_anew_and_not_taken_back(signed_in, running, team):
    case, client = running(), signed_in(team.supervisor)
    shown = client.get(url("revert", case.pk)).context["effects"].change.seq
    item = ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    decide_many([item], by=team.coordinator, outcome="approved", at=at(1)).only()
    answer = client.post(url("revert", case.pk), {"reason": "Pomyłka", "seq": shown})
    assert answer.status_code == 409
    assert answer.context["effects"].change.move == "drop"
    assert Case.objects.get(pk=case.pk).stage == "dropped"
    page = text_of(answer)
    assert "Pomyłka" in page
    assert f'name="seq" value="{shown + 1}"' in page
    assert client.post(url("revert", case.pk), {"reason": "Pomyłka", "seq": shown + 1}).status_code == 302
    assert Case.objects.get(pk=case.pk).stage == "running"


def test_only_a_supervisor_takes_back_or_reopens(signed_in, running, team):
    case, client = running(), signed_in(team.coordinator)
    assert client.post(url("revert", case.pk), {"reason": "Pomyłka"}).status_code == 403
    assert client.post(url("open_again", case.pk), {"reason": "Pomyłka"}).status_code == 409


def test_a_case_is_shared_and_the_share_is_ended(signed_in, new_errand, region, team):
    case = new_errand()
    guest = region.person("guest", Role.TUTOR, territory=region.next_powiat)
    client = signed_in(team.coordinator)
    said = {"with_user": "guest", "until": "2026-03-10", "reason": "Wspólny plan"}
    assert client.post(url("share_case", case.pk), said | {"with_user": "nobody"}).status_code == 422
    assert client.post(url("share_case", case.pk), said).status_code == 302
    assert Case.objects.visible_to(guest).filter(pk=case.pk).exists()
    grant = CaseGrant.objects.get()
    client.post(url("end_sharing", grant.pk))
    assert not Case.objects.visible_to(guest, at(1, hour=11)).filter(pk=case.pk).exists()


def test_a_guest_reads_and_cannot_share_on(signed_in, new_errand, region, team):
    case = new_errand()
    guest = region.person("guest", Role.TUTOR, territory=region.next_powiat)
    said = {"with_user": "guest", "until": "2026-03-10", "reason": "Wspólny plan"}
    signed_in(team.coordinator).post(url("share_case", case.pk), said)
    client = signed_in(guest)
    assert client.get(url("case", case.pk)).status_code == 200
    assert client.post(url("share_case", case.pk), said | {"with_user": "tutor"}).status_code == 403


def test_an_emergency_opens_one_case_and_the_officer_reviews_it(signed_in, new_errand, region, team):
    case = new_errand()
    near = region.person("near", Role.TUTOR, territory=region.next_powiat)
    officer = region.person("officer", Role.DATA_PROTECTION_OFFICER)
    client = signed_in(near)
    said = {"case": case.number, "reason": "Zagrożenie życia, brak opiekuna"}
    assert client.get(url("case", case.pk)).status_code == 404
    assert client.post(url("emergency"), said | {"case": "E/2026/999999"}).status_code == 422
    assert client.post(url("emergency"), said | {"reason": "bo tak"}).status_code == 422
    assert client.post(url("emergency"), said, follow=True).status_code == 200
    client = signed_in(officer)
    page = text_of(client.get(url("emergencies")))
    assert case.number in page
    assert case.title not in page
    assert client.get(url("case", case.pk)).status_code == 404
    client.post(url("review_emergency", CaseGrant.objects.get().pk))
    assert case.number not in text_of(client.get(url("emergencies")))


def test_somebody_else_reviews_nothing(signed_in, new_errand, region, team):
    near = region.person("near", Role.TUTOR, territory=region.next_powiat)
    said = {"case": new_errand().number, "reason": "Zagrożenie życia, brak opiekuna"}
    signed_in(near).post(url("emergency"), said)
    grant = CaseGrant.objects.get()
    assert signed_in(team.supervisor).post(url("review_emergency", grant.pk)).status_code == 404
    assert signed_in(near).post(url("review_emergency", grant.pk)).status_code == 404
