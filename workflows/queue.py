"""Telling the workers that jobs wait: a message that carries a job's key and nothing else.

With the queue in our own database (pgmq) the message is part of the business transaction. Any other broker hears after
the commit, and may miss it: the job's row stays, and the sweep sends again.
"""

import base64
import functools
import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone
from kombu.exceptions import OperationalError
from pgmq.install import get_embedded_install_sql

JOBS = "jobs"  # what people wait for
BULK = "bulk"  # long work in pieces, which must not hold up a mail
CLOCK = "clock"  # what beat sends
QUEUES = (JOBS, BULK, CLOCK)
RUN_JOB = "workflows.tasks.run_job"

log = structlog.get_logger(__name__)


def publish(keys: Sequence[int], *, queue: str = JOBS) -> None:
    """Announce the jobs with these keys; call it last in the transaction that wrote them."""
    if not keys:
        return
    if in_database():
        _insert(keys, queue)
    else:
        transaction.on_commit(functools.partial(_send, keys, queue))


def in_database() -> bool:
    """Whether the broker is our own database."""
    return not settings.CELERY_BROKER_URL


def broker_answers() -> bool:
    """Whether a message could be sent now."""
    if in_database():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pgmq.list_queues() WHERE queue_name = ANY(%s)", [list(QUEUES)])
            return bool(cursor.fetchone() == (len(QUEUES),))
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return False
    return True


def _insert(keys: Iterable[int], queue: str) -> None:
    envelopes = [json.dumps(_envelope(key, queue)) for key in keys]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pgmq.send_batch(%s, %s::jsonb[])", [queue, envelopes])


def _send(keys: Sequence[int], queue: str) -> None:
    try:
        with current_app.producer_or_acquire() as producer:
            for key in keys:
                current_app.send_task(RUN_JOB, (key,), queue=queue, producer=producer, retry=False)
    except OperationalError as error:  # the answer to the user must not depend on it
        log.warning("broker does not answer, the sweep will send", jobs=len(keys), error=str(error))
    else:
        with connection.cursor() as cursor:  # the sweep leaves them alone for a while
            cursor.execute("UPDATE workflows_job SET sent_at = %s WHERE id = ANY(%s)", [timezone.now(), list(keys)])


def _envelope(key: int, queue: str) -> dict[str, Any]:
    """The message as kombu would have written it."""
    task = current_app.amqp.as_task_v2(str(uuid.uuid4()), RUN_JOB, (key,))
    return {
        "body": base64.b64encode(json.dumps(task.body).encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": task.headers,
        "properties": {
            **task.properties,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid.uuid4()),
        },
    }


# For a migration: the queues come with the schema, for a worker that declares them waits for every open transaction.


def install(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put our queues into the database, and pgmq itself (SQL only) unless an administrator has put it there."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pgmq.meta')")
        if cursor.fetchone() == (None,):
            cursor.execute(get_embedded_install_sql())
        for queue in QUEUES:
            cursor.execute("SELECT pgmq.create(%s)", [queue])


def uninstall(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Remove our queues, and pgmq's schema when nobody else's queue is in it."""
    with schema_editor.connection.cursor() as cursor:
        for queue in QUEUES:
            cursor.execute("SELECT pgmq.drop_queue(%s)", [queue])
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pgmq.meta) OR EXISTS (SELECT FROM pg_extension WHERE extname = 'pgmq')"
        )
        if cursor.fetchone() == (False,):
            cursor.execute("DROP SCHEMA pgmq CASCADE")
