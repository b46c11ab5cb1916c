"""The product as it runs in production, web and workers as processes of the Procfile, on the tests' database; all gone at the end."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from django.conf import settings

from config import launch
from tests import database

PATIENCE = 60  # seconds to start, on a busy machine
#: Nothing outlives the tests, even when they are killed.
LEASH = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """Processes by name; `web…` each on a port of its own, `worker…`. Every one leads a process group."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports: dict[str, int] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._groups: list[int] = []

    def open(self, *names: str) -> None:
        """Start these; webs answer when it returns."""
        for name in names:
            if name.startswith("web"):
                self.ports.setdefault(name, free_port())
            self._start(name)
        for name in names:
            if name in self.ports:
                self._await_answer(self.ports[name])

    def family(self, name: str) -> list[psutil.Process]:
        """The process of that name and its children."""
        with contextlib.suppress(psutil.NoSuchProcess):
            leader = psutil.Process(self._running[name].pid)
            return [leader, *leader.children(recursive=True)]
        return []

    def kill(self, name: str, victim: psutil.Process) -> None:
        """`kill -9` one of the family; when the leader is dead the others go too, and another one is started."""
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
        leader = self._running[name]
        if victim.pid == leader.pid:
            self._kill_group(leader.pid)
            leader.wait()
            self._start(name)

    def mend(self) -> None:
        """Start again what has ended since."""
        for name, process in list(self._running.items()):
            if process.poll() is not None:
                self._kill_group(process.pid)
                self._start(name)

    def close(self) -> None:
        """Nothing is left running."""
        for group in self._groups:
            self._kill_group(group)
        for process in self._running.values():
            process.wait()

    def told(self) -> str:
        """What they wrote to their logs."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command of `manage.py`, as an administrator calls it."""
        return subprocess.run(  # noqa: S603
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """What they are given."""
        return {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DEBUG": "true",  # static files as they lie in the tree
            "SECOND_FACTOR_REQUIRED": "false",
            "LOG_LEVEL": "WARNING",
            "DATABASE_URL": database.url(),
            "CELERY_BROKER_URL": settings.CELERY_BROKER_URL,
            "QUEUE_PREFIX": settings.QUEUE_PREFIX,
            "SECRET_KEY": settings.SECRET_KEY,
            "PII_KEY": settings.PII_KEY,
            "PII_INDEX_KEY": settings.PII_INDEX_KEY,
            "VAR_DIR": str(self.folder / "var"),
            "SEALS_FILE": str(settings.SEALS_FILE),
            "WEB_WORKERS": "1",
            "WEB_THREADS": "16",
            "WORKER_CONCURRENCY": "2",
        }

    def _start(self, name: str) -> None:
        command = dict(launch.procfile())[name.rstrip("0123456789")]
        environment = self.environment() | {"PORT": str(self.ports.get(name, 0))}
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603
                [*LEASH, "sh", "-c", f"exec {command}"],
                cwd=settings.BASE_DIR,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._groups.append(self._running[name].pid)

    def _await_answer(self, port: int) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"no answer on port {port}:\n{self.told()}")

    def _kill_group(self, group: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[House]:
    """A house, for as long as the block lasts."""
    house = House(folder)
    try:
        yield house
    finally:
        house.close()
