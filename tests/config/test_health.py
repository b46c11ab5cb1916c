"""Alive and ready are two questions."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config import health
from config.celery import app as celery
from workflows import jobs
from workflows.models import Job


@pytest.fixture(autouse=True)
def _nothing_remembered():
    health.APPLIED.clear()


@pytest.fixture
def beating(db) -> None:
    jobs.beat("beat", timezone.now())


def asked(client, query: str = ""):
    """The status, and which checks are not well."""
    answer = client.get(f"/readyz{query}")
    return answer.status_code, {name for name, check in answer.json()["checks"].items() if not check["ok"]}


def test_alive_asks_nobody(client):  # a query would fail: there is no database in this test
    assert client.get("/healthz").content == b"ok"


def test_ready_when_every_part_is_well(client, beating):
    assert asked(client) == (200, set())


def test_not_ready_before_beat_has_shown_itself_or_when_it_is_silent(client, db):
    assert asked(client) == (503, {"beat"})
    jobs.beat("beat", timezone.now() - timedelta(minutes=4))
    assert asked(client) == (503, {"beat"})


def test_not_ready_while_a_job_waits_too_long(client, beating):
    job = Job.objects.create(name="mail", key="1", run_after=timezone.now() - timedelta(minutes=4))
    assert asked(client) == (200, set())
    Job.objects.filter(pk=job.pk).update(run_after=timezone.now() - timedelta(minutes=6))
    assert asked(client) == (503, {"due_jobs"})


def test_not_ready_while_a_migration_is_missing(client, beating):
    MigrationRecorder.Migration.objects.filter(app="sessions").delete()
    assert asked(client) == (503, {"migrations"})


def test_not_ready_without_its_queues(client, beating, settings):
    settings.CELERY_BROKER_URL = ""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pgmq.meta WHERE queue_name = 'bulk'")
    assert asked(client) == (503, {"broker"})


def test_not_ready_without_its_broker_but_a_load_balancer_may_ask_for_less(client, beating, settings, monkeypatch):
    settings.CELERY_BROKER_URL = "amqp://nobody@127.0.0.1:1//"
    monkeypatch.setenv("CELERY_BROKER_URL", settings.CELERY_BROKER_URL)
    monkeypatch.setitem(celery.conf, "broker_transport", None)
    assert asked(client) == (503, {"broker"})
    assert asked(client, "?only=database,migrations") == (200, set())


def test_asking_for_nothing_known_is_not_well(client, db):
    assert asked(client, "?only=coffee") == (503, set())


@pytest.mark.parametrize(
    ("asked_from", "told"),
    [
        ({}, True),
        ({"REMOTE_ADDR": "::1"}, True),
        ({"REMOTE_ADDR": "203.0.113.7"}, False),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),  # through a proxy
        ({"REMOTE_ADDR": "203.0.113.7", "HTTP_AUTHORIZATION": "Bearer wrong"}, False),
        ({"REMOTE_ADDR": "203.0.113.7", "HTTP_AUTHORIZATION": "Bearer "}, False),
        ({"REMOTE_ADDR": "203.0.113.7", "HTTP_AUTHORIZATION": "Bearer a long token"}, True),
    ],
)
def test_what_is_not_well_is_told_to_this_machine_and_to_whoever_has_the_token(client, db, settings, asked_from, told):
    settings.HEALTH_TOKEN = "a long token"
    answer = client.get("/readyz", **asked_from)
    assert answer.status_code == 503
    assert ("checks" in answer.json()) is told
    assert answer.json()["ready"] is False


def test_without_a_token_nobody_elsewhere_is_told(client, db):
    elsewhere = {"REMOTE_ADDR": "203.0.113.7", "HTTP_AUTHORIZATION": "Bearer "}
    assert "checks" not in client.get("/readyz", **elsewhere).json()
