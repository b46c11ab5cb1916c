"""Long work on many items runs on without the page, does nothing twice, and its result waits."""

import pytest
from django.utils.timezone import now

from tests.workflows.conftest import at, item_of
from tests.workflows.pages import asked, signed_in, text_of, third_of_march, url
from workflows.jobs import run, run_due
from workflows.models import BulkRow, BulkRun, Job, Notice, StageChange, WorkItem
from workflows.queue import BULK
from workflows.registry import queue_of
from workflows.services import claim, prioritise

__all__ = ["asked", "signed_in", "third_of_march"]


@pytest.fixture
def in_twos(monkeypatch):
    monkeypatch.setattr("workflows.services.bulk.CHUNK", 2)


@pytest.fixture
def taking_five(signed_in, new_errand, team, in_twos):
    client = signed_in(team.coordinator)
    items = [item_of(new_errand(), "prepare") for _ in range(5)]
    posted = {"do": "claim", "item": [item.pk for item in items], "confirmed": "1"}
    return client, client.post(url("bulk"), posted, follow=True).context["run"]


def done(bulk):
    return bulk.rows.filter(state="done").count()


def test_the_first_chunk_is_done_at_once_and_the_rest_without_the_page(taking_five, team):
    _client, bulk = taking_five
    assert done(bulk) == 2
    run_due(now())
    assert done(bulk) == 5
    bulk.refresh_from_db()
    assert bulk.ended_at is not None
    assert WorkItem.objects.filter(owner=team.coordinator).count() == 5
    assert queue_of("bulk.go_on") == BULK


def test_each_chunk_is_a_job_that_does_its_part_once(taking_five):
    _client, bulk = taking_five
    job = Job.objects.get(name="bulk.go_on")
    assert run(job.pk, now())
    assert not run(job.pk, now())
    assert done(bulk) == 4
    assert list(Job.objects.filter(name="bulk.go_on").order_by("pk").values_list("state", flat=True)) == [
        "done",
        "waiting",
    ]


def test_a_chunk_that_fails_leaves_no_trace_and_is_tried_again(taking_five, monkeypatch):
    _client, bulk = taking_five
    job = Job.objects.get(name="bulk.go_on")
    with monkeypatch.context() as broken:
        broken.setattr("workflows.services.bulk.enqueue", lambda *_args: 1 / 0)
        assert not run(job.pk, now())
    assert done(bulk) == 2
    Job.objects.filter(pk=job.pk).update(run_after=now())
    run_due(now())
    assert done(bulk) == 5


def test_what_is_stopped_does_not_go_on(taking_five):
    client, bulk = taking_five
    client.post(url("bulk_stop", bulk.pk))
    run_due(now())
    assert bulk.rows.filter(state="waiting").count() == 3
    assert not Notice.objects.filter(event="finished").exists()
    assert "stopped" in text_of(client.get(url("bulk_run", bulk.pk)))


def test_whoever_began_it_is_told_when_it_is_over(taking_five, team):
    client, bulk = taking_five
    run_due(now())
    notice = Notice.objects.get(event="finished")
    assert (notice.user, notice.link, notice.case) == (team.coordinator, url("bulk_run", bulk.pk), None)
    assert client.get(notice.link).status_code == 200


def test_what_is_over_at_once_tells_nobody(signed_in, new_errand, team):
    item = item_of(new_errand(), "prepare")
    signed_in(team.coordinator).post(url("bulk"), {"do": "claim", "item": [item.pk], "confirmed": "1"})
    assert BulkRun.objects.get().ended_at is not None
    assert not Job.objects.filter(name="bulk.go_on").exists()
    assert not Notice.objects.filter(event="finished").exists()


def test_the_page_only_asks_how_far_it_is(taking_five):
    client, bulk = taking_five
    part = client.get(url("bulk_progress", bulk.pk), headers={"HX-Request": "true"})
    assert ("2 / 5" in text_of(part), part.headers.get("HX-Refresh")) == (True, None)
    assert client.get(url("bulk_progress", bulk.pk)).url == url("bulk_run", bulk.pk)
    run_due(now())
    assert client.get(url("bulk_progress", bulk.pk), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_a_run_given_up_says_so(taking_five):
    client, bulk = taking_five
    assert not client.get(url("bulk_run", bulk.pk)).context["is_given_up"]
    Job.objects.filter(name="bulk.go_on").update(state="dead")
    assert client.get(url("bulk_run", bulk.pk)).context["is_given_up"]


def test_my_runs_are_listed_with_what_came_of_them(taking_five, signed_in, team):
    client, bulk = taking_five
    (listed,) = client.get(url("bulk_runs")).context["rows"]
    assert (listed.pk, listed.total, listed.done, listed.waiting) == (bulk.pk, 5, 2, 3)
    assert url("bulk_runs") in text_of(client.get("/", {"tab": "todo"}))
    assert list(signed_in(team.supervisor).get(url("bulk_runs")).context["rows"]) == []


def test_a_run_that_went_on_alone_stands_on_my_work_for_a_while(taking_five, signed_in, team, time_machine):
    client, bulk = taking_five
    before = client.get("/", {"tab": "todo"}).context["beside"]
    assert [(each.url, str(each.state)) for each in before] == [(url("bulk_run", bulk.pk), "running")]
    run_due(at(1, hour=11))
    after = client.get("/", {"tab": "todo"}).context["beside"]
    assert [str(each.state) for each in after] == ["done"]
    time_machine.move_to(at(9), tick=False)
    assert signed_in(team.coordinator).get("/", {"tab": "todo"}).context["beside"] == []


def test_what_was_over_at_once_does_not_stand_there(signed_in, new_errand, team):
    client = signed_in(team.coordinator)
    said = {"do": "claim", "item": [item_of(new_errand(), "prepare").pk], "confirmed": "1"}
    client.post(url("bulk"), said)
    assert client.get("/", {"tab": "todo"}).context["beside"] == []


def test_priorities_are_given_back_but_not_those_that_somebody_has_changed_since(signed_in, new_errand, team):
    first, second = (item_of(new_errand(), "prepare") for _ in range(2))
    prioritise([first], by=team.coordinator, priority=-1, at=at(0)).only()
    client = signed_in(team.coordinator)
    said = {"do": "prioritise", "item": [first.pk, second.pk], "confirmed": "1", "priority": "1"}
    bulk = client.post(url("bulk"), said, follow=True).context["run"]
    prioritise([second], by=team.coordinator, priority=0, at=at(1)).only()
    client.post(url("bulk_undo", bulk.pk))
    assert list(
        WorkItem.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk").values_list("priority", flat=True)
    ) == [-1, 0]
    assert list(bulk.rows.order_by("pk").values_list("state", flat=True)) == ["undone", "done"]


def test_an_undo_of_priorities_leaves_the_owner_alone(signed_in, new_errand, region, team):
    item = item_of(new_errand(), "prepare")
    client = signed_in(team.coordinator)
    said = {"do": "prioritise", "item": [item.pk], "confirmed": "1", "priority": "1"}
    bulk = client.post(url("bulk"), said, follow=True).context["run"]
    claim([item], by=team.coordinator, at=at(1)).only()
    client.post(url("bulk_undo", bulk.pk))
    item = item_of(item.process, "prepare")
    assert (item.owner, item.priority) == (team.coordinator, 0)


# a whole cohort


@pytest.fixture
def decide_everything(signed_in, team, in_twos, monkeypatch):
    monkeypatch.setattr("workflows.together.MOST", 2)

    def post(**more):
        said = {"outcome": "approved", "everything": "1"} | more
        return signed_in(team.supervisor).post(f"{url('together')}?move=errand.begin.planned", said, follow=True)

    return post


def test_a_cohort_beyond_the_page_is_decided_and_exceptions_are_left_out_with_why(decide_everything, asked, team):
    approvals = [asked() for _ in range(5)]
    odd = approvals[3]
    odd.process.coerced.permits.all().delete()
    bulk = decide_everything().context["run"]
    run_due(now())
    states = {row.item_id: row for row in BulkRow.objects.filter(run=bulk)}
    assert {key for key, row in states.items() if row.state == "done"} == {each.pk for each in approvals} - {odd.pk}
    assert (states[odd.pk].state, states[odd.pk].sentence) == ("refused", "The permit has not been shown.")
    assert StageChange.objects.filter(move="begin").count() == 4


def test_what_was_decided_meanwhile_is_refused_by_itself(decide_everything, asked, decide, team):
    approvals = [asked() for _ in range(3)]
    bulk = decide_everything().context["run"]
    last = approvals[2]
    decide(last.process, "approve_begin", by=team.second, day=1)
    run_due(now())
    row = BulkRow.objects.get(run=bulk, item=last)
    assert row.state == "refused"
    assert StageChange.objects.filter(move="begin", case=last.process).count() == 1


def test_of_a_page_that_holds_all_nothing_more_is_offered(signed_in, asked, team):
    asked()
    page = signed_in(team.supervisor).get(f"{url('together')}?move=errand.begin.planned")
    assert 'name="everything"' not in text_of(page)
