"""The worker's processes, for a broker that is asked again and again, as the one in the database is.

They take their tasks from one pipe, in turn. billiard guards it with a semaphore, which stays locked when the process that holds it is
killed: all others then wait for ever, and the worker does nothing any more. The kernel releases a lock on a file with its holder.
"""

import fcntl
import tempfile
from types import TracebackType

from billiard.pool import Pool
from celery.concurrency import prefork


class FileLock:
    """Held by one process at a time, for as long as it lives at most."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  open for as long as the pool is

    def acquire(self) -> bool:
        """Wait for it."""
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        """Let the next one in."""
        fcntl.lockf(self._file, fcntl.LOCK_UN)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.release()


class KillablePool(Pool):
    """Any of its processes may be killed at any moment."""

    def _setup_queues(self) -> None:
        super()._setup_queues()
        for pipe in (self._inqueue, self._outqueue):
            pipe._rlock, pipe._wlock = FileLock(), FileLock()


class TaskPool(prefork.TaskPool):
    """Celery's own, of such processes."""

    BlockingPool = KillablePool
