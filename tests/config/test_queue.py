"""A message is part of the transaction that needs it, and a worker gets it whatever the broker."""

import base64
import json
import os
import threading

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.db import connection, connections, transaction
from psycopg.conninfo import conninfo_to_dict

from config import broker
from config.celery import SCHEDULE, VISIBILITY_TIMEOUT
from config.celery import app as celery
from workflows import queue

in_database = pytest.mark.skipif(bool(settings.CELERY_BROKER_URL), reason="another broker is set")


@pytest.fixture
def waiting(db):
    """How many messages wait in the queue of jobs."""

    def count(name: str = queue.JOBS) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT queue_length FROM pgmq.metrics(%s)", [name])
            return cursor.fetchone()[0]

    purge()
    return count


def purge() -> None:
    """Empty the queues: no broker knows of Django's flush."""
    with celery.connection_for_write() as broker:
        celery.amqp.TaskConsumer(broker).purge()


def publish_and_fail() -> None:
    with transaction.atomic():
        queue.publish([4])
        raise ZeroDivisionError


@in_database
def test_what_is_committed_is_announced_once_and_what_is_rolled_back_never(waiting):
    with transaction.atomic():
        queue.publish([1, 2, 3])
    with pytest.raises(ZeroDivisionError):
        publish_and_fail()
    assert waiting() == 3


@in_database
def test_any_number_of_jobs_is_one_statement(waiting, django_assert_num_queries):
    with django_assert_num_queries(1):
        queue.publish(range(1, 501))
    with django_assert_num_queries(0):
        queue.publish([])
    assert waiting() == 500


@in_database
def test_long_work_goes_to_its_own_queue(waiting):
    queue.publish([1], queue=queue.BULK)
    assert (waiting(queue.BULK), waiting(queue.JOBS)) == (1, 0)


def test_the_message_says_the_jobs_key_and_nothing_else():
    envelope = queue._envelope(7, queue.JOBS)
    assert envelope["headers"]["task"] == queue.RUN_JOB
    assert envelope["headers"]["argsrepr"] == "(7,)"
    assert json.loads(base64.b64decode(envelope["body"]))[:2] == [[7], {}]


@in_database
def test_the_message_has_the_shape_that_kombu_itself_writes(transactional_db):
    purge()
    celery.send_task(queue.RUN_JOB, (7,), queue=queue.JOBS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT message FROM pgmq.q_jobs")
        theirs = json.loads(cursor.fetchone()[0])
    purge()
    ours = queue._envelope(7, queue.JOBS)
    assert ours.keys() == theirs.keys()
    assert ours["properties"].keys() == theirs["properties"].keys()
    assert ours["headers"].keys() == theirs["headers"].keys()


def test_a_worker_does_what_was_published(transactional_db):
    done: set[int] = set()  # a message may come twice, a job's row knows better
    everything = threading.Event()

    def note(job_id: int) -> None:
        done.add(job_id)
        if len(done) == 20:
            everything.set()

    purge()
    celery.loader.import_default_modules()
    usual = celery.tasks[queue.RUN_JOB]
    usual.run, before = note, usual.run
    try:
        with start_worker(celery, perform_ping_check=False, pool="threads", concurrency=2, shutdown_timeout=30):
            with transaction.atomic():
                queue.publish(range(1, 21))
            everything.wait(60)
    finally:
        usual.run = before
        connections.close_all()
        purge()
    assert done == set(range(1, 21))


def test_a_broker_that_is_away_does_not_fail_who_waits_for_the_answer(transactional_db, monkeypatch, settings):
    settings.CELERY_BROKER_URL = "amqp://nobody@127.0.0.1:1//"
    monkeypatch.setenv("CELERY_BROKER_URL", settings.CELERY_BROKER_URL)
    monkeypatch.setitem(celery.conf, "broker_transport", None)
    monkeypatch.setattr(celery, "_pool", None)
    celery.amqp._producer_pool, before = None, celery.amqp._producer_pool
    with transaction.atomic():
        queue.publish([1])
    celery.amqp._producer_pool = before


def test_the_workers_own_connection_survives_spaces_and_quotes(monkeypatch):
    terms = {"host": "/var/run now/it's", "password": "a b'c\\d", "user": "u", "dbname": "d", "sslmode": "require"}
    monkeypatch.setattr(connection, "get_connection_params", lambda: terms | {"prepare_threshold": None})
    assert conninfo_to_dict(broker.conninfo()) == terms


def test_a_message_outlives_the_longest_job_and_nothing_is_declared_or_delayed():
    conf = current_app.conf
    assert conf.task_time_limit * 2 <= VISIBILITY_TIMEOUT
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert not conf.task_create_missing_queues
    assert {each.alias or each.name for each in conf.task_queues} == set(queue.QUEUES)
    assert all(each.no_declare for each in conf.task_queues) == queue.in_database()


def test_the_clock_calls_only_tasks_that_are_there():
    celery.loader.import_default_modules()
    assert {entry["task"] for entry in SCHEDULE.values()} <= celery.tasks.keys()
    assert all("eta" not in entry["options"] and "countdown" not in entry["options"] for entry in SCHEDULE.values())


def test_the_broker_is_the_one_that_was_asked_for():
    asked = os.environ.get("CELERY_BROKER_URL", "")
    scheme = celery.connection_for_write().as_uri().split("://")[0]
    assert scheme == (asked.split("://")[0] or "config.broker:Transport")
