"""Jobs: done once, whatever happens to messages and workers."""

import threading
from datetime import timedelta

import pytest
import time_machine
from celery import current_app
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from roles.role import Role
from tests.workflows.conftest import at, item_of
from workflows import jobs, queue, registry, tasks
from workflows.batch import batch
from workflows.clockwork import Clockwork
from workflows.errors import NotYou, TooLate
from workflows.models import Heartbeat, Job, Seal
from workflows.services import ask

Effect = Heartbeat  # a row that a job leaves behind


class BrokenError(Exception):
    """A job fails."""


@pytest.fixture
def registered(monkeypatch):
    """Registers functions for one test."""
    monkeypatch.setattr(registry, "REGISTERED", dict(registry.REGISTERED))
    monkeypatch.setattr(jobs, "REGISTERED", registry.REGISTERED)
    return registry.job


@pytest.fixture
def counting(registered):
    """A job that counts how often its effect was written."""

    @registered("test.count")
    def count(job):
        Effect.objects.create(name=f"effect-{Effect.objects.count()}", at=job.run_at)


def left(name="test.count", *, key="one", run_after=None, **args) -> Job:
    job = Job(name=name, key=key, args=args, created_at=at(), run_after=run_after or at())
    jobs.enqueue([job], at())
    return Job.objects.get(key=key)


def state_of(job) -> str:
    return Job.objects.get(pk=job.pk).state


def messages() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT convert_from(decode(message->>'body', 'base64'), 'UTF8') FROM pgmq.q_jobs ORDER BY msg_id"
        )
        return [int(body.split("[", 2)[2].split("]")[0]) for (body,) in cursor.fetchall()]


@pytest.fixture(autouse=True)
def no_old_messages(db):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pgmq.q_jobs")


def test_a_job_is_done_once_however_often_it_is_run(counting):
    job = left()
    assert [jobs.run(job.pk, at()) for _ in range(3)] == [True, False, False]
    assert Effect.objects.count() == 1
    assert state_of(job) == "done"


def test_a_key_makes_it_one_job(counting):
    assert [left(), left()] == [left(), left()]
    assert Job.objects.count() == 1


def test_a_job_waits_for_its_time(counting):
    job = left(run_after=at(hour=12))
    assert not jobs.run(job.pk, at(hour=11))
    assert jobs.run(job.pk, at(hour=12))


def test_a_failure_is_rolled_back_and_tried_again_later_each_time_longer(registered):
    @registered("test.fail")
    def fail(job):
        Effect.objects.create(name="half", at=job.run_at)
        raise BrokenError("with a PESEL, 44051401359, in its words")

    job, moment, waits = left("test.fail"), at(), []
    for _ in range(7):
        assert not jobs.run(job.pk, moment)
        row = Job.objects.get(pk=job.pk)
        waits.append((row.run_after - moment) // timedelta(minutes=1))
        moment = row.run_after
    assert waits == [1, 2, 4, 8, 16, 32, 64]
    jobs.run(job.pk, moment)
    assert state_of(job) == "dead"
    assert not Effect.objects.exists()
    assert not jobs.run(job.pk, moment + timedelta(days=1))


def test_what_is_kept_of_an_error_holds_no_data(registered):
    @registered("test.fail")
    def fail(job, who):
        Effect.objects.create(name=who, at=job.run_at)
        Effect.objects.create(name=who, at=job.run_at)

    job = left("test.fail", who="44051401359")
    jobs.run(job.pk, at())
    error = Job.objects.get(pk=job.pk).last_error
    assert error.startswith("IntegrityError 23505 workflows_heartbeat_pkey at tests.workflows.test_jobs:")
    assert "44051401359" not in error


def test_an_unknown_name_is_given_up_at_once_and_says_so():
    job = left("test.nobody_knows_it")
    assert not jobs.run(job.pk, at())
    job.refresh_from_db()
    assert (job.state, job.last_error) == ("dead", "no job is registered under the name test.nobody_knows_it")


def test_a_verdict_ends_the_attempts(registered):
    @registered("test.hopeless")
    def hopeless(job):
        raise jobs.Hopeless("the file is gone")

    job = left("test.hopeless")
    jobs.run(job.pk, at())
    job.refresh_from_db()
    assert (job.state, job.attempts, job.last_error) == ("dead", 1, "the file is gone")


def test_a_worker_that_dies_counts_as_an_attempt_and_a_job_that_kills_workers_is_given_up(counting):
    job, moment = left(), at()
    for _ in range(Job.MAX_ATTEMPTS):
        assert jobs._claim(job.pk, moment) is not None  # and then the worker is killed
        assert not jobs.run(job.pk, moment)  # its lease still runs
        moment += timedelta(minutes=3)
    assert not jobs.run(job.pk, moment)
    job.refresh_from_db()
    assert (job.state, job.last_error) == ("dead", "the worker was lost at every attempt")


def test_after_a_worker_died_another_does_the_job(counting):
    job = left()
    jobs._claim(job.pk, at())
    assert jobs.run(job.pk, at() + timedelta(minutes=3))
    assert Effect.objects.count() == 1


def test_a_worker_that_was_taken_for_dead_does_nothing_any_more(counting):
    job = left()
    late = jobs._claim(job.pk, at())
    assert jobs.run(job.pk, at() + timedelta(minutes=3))
    assert not jobs._perform(late, registry.REGISTERED["test.count"], at() + timedelta(minutes=4))
    assert Effect.objects.count() == 1


def test_a_long_job_renews_its_lease_and_stops_when_another_has_taken_over(registered):
    @registered("test.long", in_transaction=False, lease=timedelta(minutes=10))
    def long(job):
        """Runs in pieces."""

    job = left("test.long")
    mine = jobs._claim(job.pk, at())
    jobs.renew(mine, at() + timedelta(minutes=9))
    assert not jobs.run(job.pk, at() + timedelta(minutes=12))
    assert jobs.run(job.pk, at() + timedelta(minutes=20))
    with pytest.raises(jobs.Hopeless, match="another worker"):
        jobs.renew(mine, at() + timedelta(minutes=21))


def test_the_message_goes_with_the_transaction(new_errand, team, counting):
    case = new_errand()

    def leave_a_job_and_fail():
        with batch([case.pk], by=team.coordinator, at=at()) as unit:
            unit.job("test.count", key="rolled back")
            raise BrokenError

    with pytest.raises(BrokenError):
        leave_a_job_and_fail()
    assert (messages(), Job.objects.count()) == ([], 0)
    with batch([case.pk], by=team.coordinator, at=at()) as unit:
        unit.job("test.count", key="kept", case=case)
    assert messages() == [Job.objects.get().pk]


def test_the_sweep_sends_what_got_lost_and_nothing_that_is_on_its_way(counting):
    job, later = left(), left(key="later", run_after=at(hour=12))
    assert jobs.sweep(at() + timedelta(minutes=1)) == 0
    assert jobs.sweep(at() + timedelta(minutes=6)) == 1
    assert jobs.sweep(at() + timedelta(minutes=7)) == 0
    assert messages() == [job.pk, job.pk]
    jobs.run(job.pk, at() + timedelta(minutes=8))
    assert jobs.sweep(at(hour=12)) == 1
    assert messages()[-1] == later.pk


def test_the_sweep_sends_a_failed_job_when_its_wait_is_over_and_one_whose_worker_died(registered):
    @registered("test.fail")
    def fail(job):
        raise BrokenError

    job, dying = left("test.fail"), left("test.fail", key="dying")
    jobs.run(job.pk, at() + timedelta(seconds=30))
    jobs._claim(dying.pk, at() + timedelta(seconds=30))
    assert jobs.sweep(at() + timedelta(seconds=80)) == 0
    assert jobs.sweep(at() + timedelta(seconds=91)) == 1
    assert jobs.sweep(at() + timedelta(seconds=151)) == 1
    assert messages()[-2:] == [job.pk, dying.pk]


def test_only_the_administrator_tries_again_what_was_given_up(region, team, counting):
    job = left("test.nobody_knows_it")
    jobs.run(job.pk, at())
    with pytest.raises(NotYou):
        jobs.retry(job, by=team.supervisor, at=at(1))
    administrator = region.person("administrator", Role.SYSTEM_ADMINISTRATOR)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE workflows_job SET name = 'test.count'")
    jobs.retry(job, by=administrator, at=at(1))
    with pytest.raises(TooLate):
        jobs.retry(job, by=administrator, at=at(1))
    assert jobs.run(job.pk, at(1))
    job.refresh_from_db()
    assert (job.retried_by, job.attempts) == (administrator, 1)


def test_an_administrator_whose_mandate_ended_yesterday_sees_no_jobs(region, counting):
    left()
    with time_machine.travel(at(), tick=False):
        ended = region.person("ended", Role.SYSTEM_ADMINISTRATOR, valid_to=at(-1).date())
        still = region.person("still", Role.SYSTEM_ADMINISTRATOR, valid_to=at().date())
        assert not Job.objects.visible_to(ended)
        assert Job.objects.visible_to(still).count() == 1


def test_how_long_the_oldest_has_waited(counting):
    assert jobs.oldest_due_age(at()) == timedelta()
    left(run_after=at() + timedelta(minutes=30))
    assert jobs.oldest_due_age(at()) == timedelta()
    assert jobs.oldest_due_age(at() + timedelta(minutes=40)) == timedelta(minutes=10)


def test_a_heart_beats():
    assert jobs.heartbeat_age("beat", at()) is None
    jobs.beat("beat", at())
    jobs.beat("beat", at() + timedelta(minutes=1))
    assert jobs.heartbeat_age("beat", at() + timedelta(minutes=3)) == timedelta(minutes=2)


def test_jobs_that_leave_jobs_are_all_done_until_nothing_is_due(registered, counting, capsys):
    @registered("test.more")
    def more(job, depth):
        if depth:
            jobs.enqueue(
                [Job(name="test.more", key=f"more-{depth}", args={"depth": depth - 1}, run_after=job.run_at)],
                job.run_at,
            )

    left("test.more", depth=3)
    call_command("run_jobs", "--until-empty")
    assert capsys.readouterr().out == "4 jobs done\n"
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_a_name_is_registered_once(registered):
    with pytest.raises(ValueError, match="twice"):
        registered("mail_notices")(lambda job: None)


def test_every_message_names_a_task_that_exists():
    assert queue.RUN_JOB in current_app.tasks
    assert {entry["task"] for entry in current_app.conf.beat_schedule.values()} <= set(current_app.tasks)
    assert tasks.run_job.name == queue.RUN_JOB


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_message_do_the_job_once(registered):
    busy, go = threading.Event(), threading.Event()

    @registered("test.slow")
    def slow(job):
        Effect.objects.create(name=f"slow-{Effect.objects.count()}", at=job.run_at)
        busy.set()
        go.wait(10)

    job = left("test.slow")
    first = threading.Thread(target=_in_a_thread, args=(jobs.run, job.pk, at()))
    first.start()
    assert busy.wait(10)
    assert not jobs.run(job.pk, at() + timedelta(minutes=3))  # even when the lease is over: the row is still held
    assert jobs.sweep(at() + timedelta(minutes=6)) == 0
    go.set()
    first.join()
    assert (Effect.objects.count(), state_of(job)) == (1, "done")


def _in_a_thread(do, *args):
    try:
        do(*args)
    finally:
        connection.close()


def test_a_row_that_breaks_a_constraint_fails_the_job_alone(registered, counting):
    @registered("test.twice")
    def twice(job):
        Effect.objects.create(name="same", at=job.run_at)
        Effect.objects.create(name="same", at=job.run_at)

    left("test.twice", key="a")
    left(key="b")
    assert jobs.run_due(at()) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(name="test.count", key="b")


def test_one_process_does_what_the_clock_and_the_workers_do(new_errand, counting, settings, tmp_path):
    settings.SEALS_FILE = tmp_path / "seals.jsonl"
    new_errand()
    job, clockwork = left(), Clockwork()
    clockwork.turn(at())
    assert (state_of(job), jobs.heartbeat_age("beat", at()), Seal.objects.count()) == ("done", timedelta(), 1)
    clockwork.turn(at() + timedelta(seconds=30))
    assert jobs.heartbeat_age("beat", at() + timedelta(seconds=30)) == timedelta(seconds=30)


# the page of what was given up


@pytest.fixture
def administrator(region, client):
    person = region.person("administrator", Role.SYSTEM_ADMINISTRATOR)
    client.force_login(person)
    return person


def given_up(case=None) -> Job:
    return Job.objects.create(
        name="test.count", key="dead", case=case, state=Job.State.DEAD, attempts=8, last_error="Broken at cases.jobs:7"
    )


def test_the_administrator_sees_what_was_given_up_and_of_the_case_its_number_only(new_errand, administrator, client):
    case = new_errand()
    given_up(case)
    page = client.get(reverse("workflows:jobs")).content.decode()
    assert "Broken at cases.jobs:7" in page
    assert case.number in page
    assert "Źródlana" not in page


def test_the_administrator_tries_it_again_from_the_page(administrator, client, counting):
    job = given_up()
    answer = client.post(reverse("workflows:retry_job", args=[job.pk]))
    assert answer.headers["Location"] == reverse("workflows:jobs")
    assert (state_of(job), Job.objects.get(pk=job.pk).retried_by) == ("waiting", administrator)


def test_the_page_is_not_there_for_others(region, team, client):
    job = given_up()
    region.mandate(administrator := region.person("ended"), Role.SYSTEM_ADMINISTRATOR, valid_to=at(-1).date())
    for near_miss in (team.supervisor, administrator):
        client.force_login(near_miss)
        assert client.get(reverse("workflows:jobs")).status_code == 404
        assert client.post(reverse("workflows:retry_job", args=[job.pk])).status_code == 404
        assert client.post(reverse("workflows:retry_timer", args=[1])).status_code == 404
    assert state_of(job) == "dead"


def test_the_page_takes_as_many_queries_for_one_job_as_for_many(administrator, client, new_errand):
    given_up(new_errand())
    client.get(reverse("workflows:jobs"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("workflows:jobs"))
    for number in range(5):
        Job.objects.create(name="test.count", key=f"dead {number}", case=new_errand(), state=Job.State.DEAD)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("workflows:jobs"))
    assert len(one) == len(many)


def test_the_page_says_when_nothing_is_being_done(administrator, client, counting):
    moment = timezone.now()
    Job.objects.create(name="test.count", key="late", run_after=moment - timedelta(minutes=7))
    page = client.get(reverse("workflows:jobs"), headers={"accept-language": "en"}).content.decode()
    assert page.count("tone-bad") == page.count("tone-warn") == 1
    jobs.run_due(moment)
    jobs.beat("beat", moment)
    page = client.get(reverse("workflows:jobs")).content.decode()
    assert page.count("tone-bad") == page.count("tone-warn") == 0


def test_a_timer_that_was_given_up_is_tried_again_from_the_page(new_errand, team, decide, administrator, client):
    case = new_errand()
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    decide(case, "dropping", by=team.coordinator, day=2).only()
    timer = item_of(case, "cool")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE workflows_workitem SET status = 'ERROR', error = 'Broken at x:1' WHERE id = %s", [timer.pk]
        )
    assert "Broken at x:1" in client.get(reverse("workflows:jobs")).content.decode()
    client.post(reverse("workflows:retry_timer", args=[timer.pk]))
    timer.refresh_from_db()
    assert (timer.status, timer.attempts) == ("SCHEDULED", 0)
