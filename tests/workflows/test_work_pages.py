"""My work, work items and approvals, through their pages."""

import pytest
from django.core.cache import cache

from roles.models import Absence
from roles.role import Role
from tests.workflows.conftest import at, item_of
from tests.workflows.pages import TODAY, asked, signed_in, text_of, third_of_march, url
from workflows.models import BulkRun, Case, Draft, Hold, Presence, RecentCase, StageChange, WorkItem
from workflows.services import claim, complete, decide_many

__all__ = ["asked", "signed_in", "third_of_march"]


def queries_of(client, path, django_assert_max_num_queries, **data):
    cache.clear()
    client.get(path, data)  # the session's own first writes
    with django_assert_max_num_queries(1000) as counted:
        assert client.get(path, data).status_code == 200
    return len(counted)


# my work


@pytest.mark.parametrize("tab", ["todo", "queue", "waiting", "late", "done", "snoozed"])
def test_every_tab_opens_empty_and_full(signed_in, new_errand, team, tab):
    client = signed_in(team.coordinator)
    assert client.get("/", {"tab": tab}).status_code == 200
    case = new_errand()
    claim([item_of(case, "prepare")], by=team.coordinator, at=at(0)).only()
    new_errand()
    assert client.get("/", {"tab": tab}).status_code == 200


def test_who_has_nothing_of_their_own_comes_for_what_they_may_take(signed_in, new_errand, team):
    client = signed_in(team.coordinator)
    assert "Nothing to do" in text_of(client.get("/"))
    case = new_errand()
    assert case.number in text_of(client.get("/"))
    assert case.number not in text_of(client.get("/", {"tab": "todo"}))
    claim([item_of(case, "prepare")], by=team.coordinator, at=at(0)).only()
    other = new_errand()
    page = text_of(client.get("/"))
    assert case.number in page
    assert other.number not in page


def test_what_is_late_for_days_stands_before_the_supervisor(signed_in, new_errand, team, time_machine):
    case = new_errand()
    claim([item_of(case, "prepare")], by=team.coordinator, at=at(0)).only()
    time_machine.move_to(at(20), tick=False)
    assert case.number not in text_of(signed_in(team.supervisor).get("/", {"tab": "late"}))
    time_machine.move_to(at(21), tick=False)
    page = text_of(signed_in(team.supervisor).get("/", {"tab": "late"}))
    assert case.number in page
    assert str(team.coordinator) in page
    page = text_of(signed_in(team.coordinator).get("/", {"tab": "late"}))
    assert "Late in my team" not in page
    assert case.number not in page


def test_the_queue_shows_what_may_be_taken_and_leads_to_it(signed_in, new_errand, team):
    case = new_errand()
    page = text_of(signed_in(team.coordinator).get("/", {"tab": "queue"}))
    assert case.number in page
    assert "Źródlana Łucja" in page
    assert f"{url('item', item_of(case, 'prepare').pk)}?tab=queue" in page


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, True),
        ({"node": "prepare"}, True),
        ({"node": "approve_begin"}, False),
        ({"stage": "planned"}, True),
        ({"stage": "running"}, False),
        ({"due": "later"}, True),
        ({"due": "late"}, False),
        ({"priority": "0"}, True),
        ({"priority": "1"}, False),
        ({"node": "' OR 1=1 --"}, True),
    ],
)
def test_filters_stand_in_the_address(signed_in, new_errand, team, wanted, found):
    case = new_errand()
    page = text_of(signed_in(team.coordinator).get("/", {"tab": "queue"} | wanted))
    assert (case.number in page) is found


def test_a_page_of_the_list_costs_the_same_at_one_row_and_at_thirty(
    signed_in, new_errand, team, django_assert_max_num_queries
):
    client = signed_in(team.coordinator)
    new_errand()
    one = queries_of(client, "/", django_assert_max_num_queries, tab="queue")
    for _ in range(29):
        new_errand()
    assert queries_of(client, "/", django_assert_max_num_queries, tab="queue") == one


def test_the_list_goes_on_and_back(signed_in, new_errand, team):
    numbers = [new_errand().number for _ in range(30)]
    client = signed_in(team.coordinator)
    first = client.get("/", {"tab": "queue"})
    second = client.get(f"/{first.context['next']}")
    back = client.get(f"/{second.context['previous']}")
    shown = [item.process.number for page in (first, second) for item in page.context["page"].items]
    assert shown == numbers
    assert [item.pk for item in back.context["page"].items] == [item.pk for item in first.context["page"].items]


def test_a_wrong_place_in_the_address_begins_the_list_anew(signed_in, new_errand, team):
    new_errand()
    for place in ("x", "2026-13-45_1", "2026-03-03", "_", "2026-03-03_x"):
        assert len(signed_in(team.coordinator).get("/", {"tab": "queue", "after": place}).context["page"].items) == 1


def test_for_htmx_only_the_list_is_sent(signed_in, team):
    page = text_of(signed_in(team.coordinator).get("/", headers={"HX-Request": "true"}))
    assert page.lstrip().startswith("<section")
    assert "<html" not in page


def test_what_somebody_absent_owns_is_marked_in_place_of(signed_in, new_errand, region, team):
    deputy = region.person("deputy", Role.COORDINATOR)
    claim([item_of(new_errand(), "prepare")], by=team.coordinator, at=at(0)).only()
    Absence.objects.create(user=team.coordinator, deputy=deputy, starts_on=TODAY, ends_on=TODAY)
    assert str(team.coordinator) in text_of(signed_in(deputy).get("/"))


# a work item


def test_an_item_is_finished_and_leads_to_the_next(signed_in, new_errand, team):
    first, second = (item_of(new_errand(), "prepare") for _ in range(2))
    answer = signed_in(team.coordinator).post(f"{url('item', first.pk)}?tab=queue", {"outcome": "again"})
    assert answer.status_code == 302
    assert answer.url == f"{url('item', second.pk)}?tab=queue"


def test_the_last_one_leads_back_to_the_list(signed_in, new_errand, team):
    item = item_of(new_errand(), "prepare")
    claim([item], by=team.coordinator, at=at(0)).only()
    answer = signed_in(team.coordinator).post(f"{url('item', item.pk)}?tab=todo&priority=0", {"outcome": "again"})
    assert answer.status_code == 302
    assert answer.url.startswith("/")
    assert "tab=todo" in answer.url


def test_an_unmet_condition_keeps_the_form_and_what_was_written(signed_in, new_errand, team):
    item = item_of(new_errand(), "prepare")
    answer = signed_in(team.coordinator).post(url("item", item.pk), {"outcome": "ready", "note": "Ważna uwaga"})
    assert answer.status_code == 422
    assert "The permit has not been shown." in text_of(answer)
    assert "Ważna uwaga" in text_of(answer)


def test_an_incomplete_form_is_422(signed_in, new_errand, team):
    assert signed_in(team.coordinator).post(url("item", item_of(new_errand(), "prepare").pk), {}).status_code == 422


def test_who_may_not_do_it_is_told_before_they_click_and_who_can(signed_in, new_errand, team):
    item = item_of(new_errand(), "prepare")
    page = text_of(signed_in(team.tutor).get(url("item", item.pk)))
    assert 'name="outcome"' not in page
    assert str(team.coordinator) in page


def test_who_may_not_do_it_is_refused_all_the_same(signed_in, new_errand, team):
    item = item_of(new_errand(), "prepare")
    assert signed_in(team.tutor).post(url("item", item.pk), {"outcome": "again"}).status_code == 403


def test_the_second_to_send_is_told_what_happened_and_loses_nothing(signed_in, new_errand, region, team):
    colleague = region.person("colleague", Role.COORDINATOR)
    item = item_of(new_errand(), "prepare")
    complete(item, by=colleague, outcome="again", at=at(1))
    answer = signed_in(team.coordinator).post(url("item", item.pk), {"outcome": "again", "note": "Trzy akapity"})
    assert answer.status_code == 409
    assert "Trzy akapity" in text_of(answer)
    assert "colleague" in text_of(answer)


def test_a_finished_item_says_who_finished_it(signed_in, new_errand, team):
    item = item_of(new_errand(), "prepare")
    complete(item, by=team.coordinator, outcome="again", at=at(1))
    assert "coordinator" in text_of(signed_in(team.tutor).get(url("item", item.pk)))


@pytest.mark.parametrize("mandate", [{"territory": "next_powiat"}, {"organisation": "other_organisation"}])
def test_a_near_miss_finds_nothing(signed_in, new_errand, region, mandate):
    person = region.person(
        "near", Role.COORDINATOR, **{name: getattr(region, value) for name, value in mandate.items()}
    )
    item, client = item_of(new_errand(), "prepare"), signed_in(person)
    for name in ("item", "snooze", "delegate", "prioritise", "give_time", "cancel_task"):
        assert client.get(url(name, item.pk)).status_code == 404
    for name in ("item", "draft", "presence", "claim", "release", "decide", "wake", "begin_anew"):
        assert client.post(url(name, item.pk)).status_code == 404


def test_pages_with_case_content_are_never_stored(signed_in, asked, team):
    item = asked()
    client = signed_in(team.supervisor)
    for path in ("/", url("item", item.pk), url("case", item.process_id), url("cases"), url("together")):
        assert "no-store" in client.get(path)["Cache-Control"]


# drafts and presence


def test_a_draft_is_kept_sealed_and_opens_with_the_form(signed_in, new_errand, team):
    item, client = item_of(new_errand(), "prepare"), signed_in(team.coordinator)
    client.post(url("item", item.pk), {"draft": "1", "note": "Pół zdania", "outcome": "ready"})
    assert "Pół zdania".encode() not in bytes(Draft.objects.get().sealed)
    page = text_of(client.get(url("item", item.pk)))
    assert "Pół zdania" in page
    assert 'value="ready"' in page.split("checked")[0][-120:]


def test_a_draft_is_seen_by_its_author_alone(signed_in, new_errand, region, team):
    item = item_of(new_errand(), "prepare")
    signed_in(team.coordinator).post(url("draft", item.pk), {"note": "Pół zdania"})
    assert "Pół zdania" not in text_of(signed_in(region.person("other", Role.COORDINATOR)).get(url("item", item.pk)))


def test_the_page_saves_the_draft_by_itself_and_sending_on_ends_it(signed_in, new_errand, team):
    item, client = item_of(new_errand(), "prepare"), signed_in(team.coordinator)
    for note in ("a", "b"):
        assert client.post(url("draft", item.pk), {"note": note, "autosave": "1"}).status_code == 204
    assert Draft.objects.count() == 1
    client.post(url("item", item.pk), {"outcome": "again"})
    assert Draft.objects.count() == 0


def test_one_may_begin_anew(signed_in, new_errand, team):
    item, client = item_of(new_errand(), "prepare"), signed_in(team.coordinator)
    client.post(url("draft", item.pk), {"note": "a"})
    client.post(url("begin_anew", item.pk))
    assert Draft.objects.count() == 0


def test_no_draft_on_what_is_not_mine_or_is_over(signed_in, new_errand, team):
    item = item_of(new_errand(), "prepare")
    assert signed_in(team.tutor).post(url("draft", item.pk), {"note": "a"}).status_code == 403
    complete(item, by=team.coordinator, outcome="again", at=at(1))
    assert signed_in(team.coordinator).post(url("draft", item.pk), {"note": "a"}).status_code == 409


def test_others_see_who_has_the_item_open_and_oneself_does_not(signed_in, asked, team):
    item = asked()
    client = signed_in(team.supervisor)
    assert str(team.supervisor) not in text_of(client.post(url("presence", item.pk)))
    assert "second" not in text_of(client.get(url("item", item.pk)))
    assert "supervisor" in text_of(signed_in(team.second).post(url("presence", item.pk)))
    assert (Presence.objects.count(), RecentCase.objects.count()) == (2, 2)


# whose work it is


def test_take_put_back_put_off_and_wake(signed_in, new_errand, team):
    item, client = item_of(new_errand(), "prepare"), signed_in(team.coordinator)
    client.post(url("claim", item.pk))
    assert item_of(item.process, "prepare").owner == team.coordinator
    client.post(url("snooze", item.pk), {"until": "2026-03-10"})
    assert client.get("/").context["page"].items == []
    assert len(client.get("/", {"tab": "snoozed"}).context["page"].items) == 1
    client.post(url("wake", item.pk))
    assert len(client.get("/").context["page"].items) == 1
    client.post(url("release", item.pk))
    assert item_of(item.process, "prepare").owner is None


def test_put_off_to_yesterday_is_not_accepted(signed_in, new_errand, team):
    item, client = item_of(new_errand(), "prepare"), signed_in(team.coordinator)
    client.post(url("claim", item.pk))
    assert client.post(url("snooze", item.pk), {"until": "2026-03-02"}).status_code == 422


def test_hand_over_to_somebody_who_may(signed_in, new_errand, region, team):
    colleague = region.person("colleague", Role.COORDINATOR)
    item, client = item_of(new_errand(), "prepare"), signed_in(team.coordinator)
    assert client.post(url("delegate", item.pk), {"to": team.tutor.pk}).status_code == 422
    assert client.post(url("delegate", item.pk), {"to": colleague.pk}).status_code == 302
    assert item_of(item.process, "prepare").owner == colleague


def test_priority_and_more_time(signed_in, new_errand, team):
    item = item_of(new_errand(), "prepare")
    signed_in(team.coordinator).post(url("prioritise", item.pk), {"priority": "1"})
    before = item_of(item.process, "prepare")
    assert before.priority == 1
    answer = signed_in(team.supervisor).post(url("give_time", item.pk), {"working": 3, "reason": "Choroba"})
    assert answer.status_code == 302
    assert item_of(item.process, "prepare").due > before.due
    assert signed_in(team.coordinator).post(url("give_time", item.pk), {"working": 3, "reason": "x"}).status_code == 403


# approvals


def test_the_approver_sees_conditions_and_decides(signed_in, asked, team):
    item, client = asked(), signed_in(team.supervisor)
    page = text_of(client.get(url("item", item.pk)))
    assert 'name="outcome"' in page
    assert client.post(url("decide", item.pk), {"outcome": "approved"}).status_code == 302
    assert Case.objects.get(pk=item.process_id).stage == "running"


def test_the_next_approval_comes_after_the_decision(signed_in, asked, team):
    first, second = asked(), asked()
    answer = signed_in(team.supervisor).post(url("decide", first.pk), {"outcome": "approved"})
    assert answer.url.split("?")[0] == url("item", second.pk)


def test_a_return_needs_a_reason_and_the_asker_reads_it(signed_in, asked, team):
    item, client = asked(), signed_in(team.supervisor)
    assert client.post(url("decide", item.pk), {"outcome": "returned"}).status_code == 422
    client.post(url("decide", item.pk), {"outcome": "returned", "reason": "unclear", "note": "Brak daty"})
    again = item_of(item.process, "prepare")
    assert "Brak daty" in text_of(signed_in(team.coordinator).get(url("item", again.pk)))


def test_whoever_asked_is_told_that_it_is_not_theirs_and_who_can(signed_in, asked, region, team):
    region.mandate(team.coordinator, Role.SUPERVISOR)
    item, client = asked(), signed_in(team.coordinator)
    page = client.get(url("item", item.pk))
    assert page.context["why_not"]
    assert {each.user for each in page.context["deciders"]} == {team.supervisor, team.second}
    assert 'name="outcome"' not in text_of(page)
    assert client.post(url("decide", item.pk), {"outcome": "approved"}).status_code == 403


def test_who_wrote_evidence_meanwhile_is_told_before_they_click(signed_in, asked, team, show_permit):
    item = asked()
    show_permit(item.process.room, by=team.supervisor)
    page = signed_in(team.supervisor).get(url("item", item.pk))
    assert page.context["why_not"] == "Not yours, because it rests on your work."
    assert [decider.user for decider in page.context["deciders"]] == [team.second]
    move = f"errand.begin.{item.process.stage}"
    together = signed_in(team.supervisor).get(url("together"), {"move": move}).context["page"]
    assert [row.exceptions for row in together.rows] == [["Not yours, because it rests on your work."]]


def test_the_loser_of_two_approvers_is_told(signed_in, asked, team):
    item = asked()
    decide_many([item], by=team.second, outcome="returned", reason="unclear", at=at(1)).only()
    answer = signed_in(team.supervisor).post(url("decide", item.pk), {"outcome": "approved", "note": "Zgoda"})
    assert answer.status_code == 409
    assert "Zgoda" in text_of(answer)
    assert StageChange.objects.filter(case=item.process_id).count() == 1


def test_a_condition_that_fell_away_is_shown_unmet_and_refused(signed_in, asked, team):
    item, client = asked(), signed_in(team.supervisor)
    item.process.room.permits.all().delete()
    assert not client.get(url("item", item.pk)).context["page"].checks[0].is_met
    assert client.post(url("decide", item.pk), {"outcome": "approved"}).status_code == 422


def test_an_ordinary_item_cannot_be_decided(signed_in, new_errand, team):
    item = item_of(new_errand(), "prepare")
    assert signed_in(team.coordinator).post(url("decide", item.pk), {"outcome": "approved"}).status_code == 404


# many at once


def test_many_approvals_are_decided_together_and_exceptions_are_listed(signed_in, asked, team):
    clean, held, returned = asked(), asked(), asked()
    Hold.objects.create(case=held.process, starts_on=TODAY, reason="illness", opened_by=team.tutor, opened_at=at(1))
    decide_many([returned], by=team.supervisor, outcome="returned", reason="unclear", at=at(1)).only()
    complete(item_of(returned.process, "prepare"), by=team.coordinator, outcome="ready", at=at(1))
    client = signed_in(team.supervisor)
    path = f"{url('together')}?move=errand.begin.planned"
    page = client.get(path).context["page"]
    assert [row.item.pk for row in page.clean] == [clean.pk]
    assert len(page.exceptions) == 2
    answer = client.post(path, {"item": [clean.pk, held.pk], "outcome": "approved"}, follow=True)
    assert answer.context["counts"]["done"] == 1
    assert Case.objects.get(pk=clean.process_id).stage == "running"
    assert Case.objects.get(pk=held.process_id).stage == "planned"


def test_together_costs_the_same_for_one_and_for_thirty(signed_in, asked, team, django_assert_max_num_queries):
    client = signed_in(team.supervisor)
    asked()
    one = queries_of(client, url("together"), django_assert_max_num_queries, move="errand.begin.planned")
    for _ in range(29):
        asked()
    assert queries_of(client, url("together"), django_assert_max_num_queries, move="errand.begin.planned") == one


def test_the_moves_that_wait_are_offered_and_unknown_ones_are_not(signed_in, asked, team):
    asked()
    client = signed_in(team.supervisor)
    assert [move.key for move in client.get(url("together")).context["page"].moves] == ["errand.begin.planned"]
    for move in ("errand.begin.nowhere", "errand.fly.planned", "boat.begin.planned", "x"):
        assert client.get(url("together"), {"move": move}).templates[0].name == "workflows/together_moves.html"


def test_together_asks_for_at_least_one_and_for_a_reason(signed_in, asked, team):
    item, client = asked(), signed_in(team.supervisor)
    path = f"{url('together')}?move=errand.begin.planned"
    assert client.post(path, {"outcome": "approved"}).status_code == 422
    assert client.post(path, {"item": [item.pk], "outcome": "returned"}).status_code == 422
    assert not BulkRun.objects.exists()


def test_bulk_shows_what_it_will_do_then_does_it_then_undoes_it(signed_in, new_errand, team):
    items = [item_of(new_errand(), "prepare") for _ in range(3)]
    client = signed_in(team.coordinator)
    picked = {"do": "claim", "item": [items[0].pk, items[1].pk], "query": "tab=queue"}
    assert len(client.post(url("bulk"), picked).context["items"]) == 2
    assert WorkItem.objects.filter(owner=team.coordinator).count() == 0
    run = client.post(url("bulk"), picked | {"confirmed": "1"}, follow=True).context["run"]
    assert WorkItem.objects.filter(owner=team.coordinator).count() == 2
    client.post(url("bulk_undo", run.pk))
    assert WorkItem.objects.filter(owner=team.coordinator).count() == 0


def test_bulk_on_everything_that_the_filters_match(signed_in, new_errand, team):
    for _ in range(30):
        new_errand()
    answer = signed_in(team.coordinator).post(
        url("bulk"),
        {"do": "claim", "everything": "1", "query": "tab=queue&node=prepare", "confirmed": "1"},
        follow=True,
    )
    assert answer.context["counts"]["done"] == 30


def test_bulk_gives_each_row_its_result(signed_in, new_errand, region, team):
    colleague = region.person("colleague", Role.COORDINATOR)
    mine, theirs = (item_of(new_errand(), "prepare") for _ in range(2))
    claim([theirs], by=colleague, at=at(0)).only()
    keys = {"do": "claim", "item": [mine.pk, theirs.pk], "confirmed": "1"}
    rows = signed_in(team.coordinator).post(url("bulk"), keys, follow=True).context["rows"]
    assert [(row.item_id, row.state) for row in rows] == [(theirs.pk, "refused"), (mine.pk, "done")]
    assert "colleague" in rows[0].sentence


def test_bulk_never_reaches_what_one_may_not_see(signed_in, new_errand, region):
    near = region.person("near", Role.COORDINATOR, territory=region.next_powiat)
    item = item_of(new_errand(), "prepare")
    signed_in(near).post(url("bulk"), {"do": "claim", "item": [item.pk], "confirmed": "1"})
    assert not BulkRun.objects.exists()


def test_an_undo_leaves_alone_what_somebody_has_touched_since(signed_in, new_errand, region, team):
    colleague = region.person("colleague", Role.COORDINATOR)
    item, client = item_of(new_errand(), "prepare"), signed_in(team.coordinator)
    run = client.post(url("bulk"), {"do": "claim", "item": [item.pk], "confirmed": "1"}, follow=True).context["run"]
    client.post(url("delegate", item.pk), {"to": colleague.pk})
    client.post(url("bulk_undo", run.pk))
    assert item_of(item.process, "prepare").owner == colleague


def test_somebody_elses_run_is_not_there(signed_in, new_errand, team):
    run = BulkRun.objects.create(user=team.supervisor, verb="claim", started_at=at(0))
    client = signed_in(team.coordinator)
    assert client.get(url("bulk_run", run.pk)).status_code == 404
    assert client.get(url("bulk_progress", run.pk)).status_code == 404
    for name in ("bulk_stop", "bulk_undo"):
        assert client.post(url(name, run.pk)).status_code == 404
