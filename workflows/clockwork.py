"""What the clock does and how often, for a single process without Celery; with Celery, beat does the same by its schedule."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.utils.timezone import localtime

from workflows import chores, escalation, jobs, notifications, sealing, timers
from workflows.failures import describe

MINUTE = timedelta(minutes=1)
DIGEST_HOUR = 6

log = structlog.get_logger(__name__)

EVERY: list[tuple[timedelta, Callable[[datetime], object]]] = [
    (MINUTE, lambda at: jobs.beat("beat", at)),
    (MINUTE, timers.fire_due),
    (MINUTE, notifications.mail_at_once),
    (10 * MINUTE, sealing.seal),
    (60 * MINUTE, escalation.escalate),
    (60 * MINUTE, chores.hand_out),
    (10 * MINUTE, lambda at: notifications.send_digests(at) if localtime(at).hour == DIGEST_HOUR else 0),
    (timedelta(0), jobs.run_due),
]


class Clockwork:
    """Remembers when it did what; everything it does is safe to be done twice."""

    def __init__(self) -> None:
        self._last: dict[int, datetime] = {}

    def turn(self, at: datetime) -> None:
        """Do what has come round. One that fails is logged and comes round again."""
        for number, (pause, do) in enumerate(EVERY):
            if number not in self._last or at - self._last[number] >= pause:
                self._last[number] = at
                try:
                    do(at)
                except Exception as error:
                    log.error("the clockwork stumbled", number=number, error=describe(error))
