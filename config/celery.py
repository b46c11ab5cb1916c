"""Celery: who carries messages, and what the clock sends.

Jobs are rows (workflows/models/jobs.py): losing a message loses nothing.
"""

import os
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab
from django.conf import settings
from kombu.entity import Queue

from workflows.queue import CLOCK, JOBS, QUEUES, in_database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

MINUTE = 60.0
# A message goes to a second worker when the first has not answered for this long, so it must outlive the longest job.
VISIBILITY_TIMEOUT = 2 * settings.JOB_TIME_LIMIT + 60


def broker() -> dict[str, Any]:
    """The queue in the database, or the broker at `CELERY_BROKER_URL`."""
    if in_database():
        return {
            "broker_url": "pgmq://database",
            "worker_pool": "config.pool:TaskPool",
            "broker_transport": "config.broker:Transport",
            "broker_transport_options": {
                "visibility_timeout": VISIBILITY_TIMEOUT,
                "wait_time_seconds": 0,  # a long poll of one queue keeps the others waiting
                "use_notify": False,  # would serialise business transactions
                "init_extension": False,
            },
        }
    of_redis = settings.CELERY_BROKER_URL.startswith(("redis", "sentinel"))
    return {
        "broker_url": settings.CELERY_BROKER_URL,
        "broker_transport_options": {"visibility_timeout": VISIBILITY_TIMEOUT} if of_redis else {},
    }


def waiting_line(name: str) -> Queue:
    """The queue of that name, which on a broker that others use too has a prefix of ours."""
    if in_database():
        return Queue(name, routing_key=name, no_declare=True)  # type: ignore[no-untyped-call]
    there = settings.QUEUE_PREFIX + name
    return Queue(there, routing_key=there, alias=name)  # type: ignore[no-untyped-call]


def every(seconds: float, task: str) -> dict[str, Any]:
    """A task that comes round, and is not worth doing late: the next one is on its way."""
    return {"task": f"workflows.tasks.{task}", "schedule": seconds, "options": {"queue": CLOCK, "expires": seconds}}


# Safe when two beats run: each task takes an advisory lock and works from rows, not from having been called.
SCHEDULE = {
    "beat_heartbeat": every(MINUTE, "beat_heartbeat"),
    "sweep": every(MINUTE, "sweep"),
    "fire_timers": every(MINUTE, "fire_timers"),
    "seal_history": every(10 * MINUTE, "seal_history"),
    "escalate": every(60 * MINUTE, "escalate"),
    "hand_out_chores": every(60 * MINUTE, "hand_out_chores"),  # each is done once a day
    "send_digests": {
        "task": "workflows.tasks.send_digests",
        "schedule": crontab(hour="6", minute="0"),  # Polish time, see `timezone`
        "options": {"queue": CLOCK, "expires": 6 * 60 * MINUTE},
    },
}

app = Celery("spoiwo")
app.conf.update(
    **broker(),
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=2,
    task_queues=[waiting_line(name) for name in QUEUES],
    task_default_queue=JOBS,
    task_create_missing_queues=False,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=settings.JOB_TIME_LIMIT,
    task_soft_time_limit=0.9 * settings.JOB_TIME_LIMIT,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=True,  # their messages go to somebody else
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_max_tasks_per_child=1000,
    beat_schedule=SCHEDULE,
    beat_schedule_filename=str(settings.VAR_DIR / "beat"),
    timezone=settings.TIME_ZONE,
)
app.autodiscover_tasks()


@signals.beat_init.connect
def show_up(**_: object) -> None:
    """Beat's first round would come after a minute; until then nobody could tell that it lives."""
    app.send_task("workflows.tasks.beat_heartbeat", queue=CLOCK, expires=MINUTE)


@signals.setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Celery sets no logging up of its own where somebody listens here; Django's stays."""
