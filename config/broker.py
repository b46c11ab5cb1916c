"""Celery's broker in our own database: kombu's pgmq transport on exactly the connection that Django uses.

kombu builds the address of its own connection without quoting, so that a password or a socket folder with a space
fails, and without options such as `sslmode`; pgmq falls back on `DATABASE_URL` whatever it is told. Here both get
a pool that is already right.
"""

import time
from queue import Empty
from typing import Any, cast

from django.db import connection
from kombu.connection import Connection
from kombu.transport import pgmq as kombu_pgmq
from pgmq import PGMQueue
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool

NOT_FOR_LIBPQ = {"context", "cursor_factory", "prepare_threshold"}


def conninfo() -> str:
    """What libpq needs to reach Django's database."""
    parameters: dict[str, Any] = connection.get_connection_params()
    return make_conninfo("", **{name: value for name, value in parameters.items() if name not in NOT_FOR_LIBPQ})


class Transport(kombu_pgmq.Transport):
    """kombu's pgmq transport with a connection pool of ours."""

    # Seconds to the next look: for a message, which asks the database; for a free hand, which does not.
    idle, busy = 0.25, 0.005

    def drain_events(self, connection: Connection, timeout: float | None = None, **_: Any) -> None:
        """Deliver what waits, or say that nothing came.

        None may linger: Celery acknowledges finished jobs only between two calls.
        """
        try:
            cast("Any", self.cycle).get(self._deliver, timeout=timeout)
        except Empty:
            has_free_hand = all(channel.qos.can_consume() for channel in self.channels)
            time.sleep(self.idle if has_free_hand else self.busy)
            raise TimeoutError from None

    def verify_connection(self, connection: Connection) -> bool:
        """Asked before every look: a broken connection shows itself in the look, so no query is spent on this one."""
        return self._pgmq_client is not None

    def _create_pgmq_client(self) -> PGMQueue:
        pool = ConnectionPool(
            conninfo(),
            min_size=1,
            max_size=2,
            timeout=10,
            kwargs={"autocommit": True, "application_name": "spoiwo broker"},
            open=True,
        )
        client = PGMQueue(pool=pool, conn_string=None, init_extension=False)
        client._own_pool = True  # closed with the client
        return client
