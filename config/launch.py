"""`make run`: the database, the web, the worker and the clock together, until Ctrl-C or SIGTERM. Nothing outlives it.

honcho would do half of this, but signals whole process groups: it kills the worker's children in the middle of a job.
"""

import contextlib
import ctypes
import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from config import settings
from config.postgres.cluster import Cluster

MANAGE = [sys.executable, "manage.py"]
DEMO = settings.env.bool("DEMO", default=not settings.PRODUCTION)
PATIENCE = 20  # seconds for a process to end by itself; jobs survive being killed
LOOK_EVERY = 0.2
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Stopped(Exception):  # noqa: N818  not an error
    """Somebody asked us to stop."""


class Refused(Exception):  # noqa: N818
    """It cannot start; the message says why."""


def main() -> int:
    """Run until told to stop (0) or until something ends by itself (1)."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)
    try:
        with the_only_one(), own_database(), processes() as started:
            return run(started)
    except Stopped:
        say("stopped")
        return 0
    except Refused as refusal:
        say(str(refusal))
        return 1


def run(started: dict[str, subprocess.Popen[bytes]]) -> int:
    """Prepare, start everything in the Procfile, say when it is ready, and watch."""
    refuse_taken_port()
    started["prepare"] = start([*MANAGE, "prepare", *(["--demo"] if DEMO else [])])
    if started["prepare"].wait():
        return 1
    del started["prepare"]
    for name, command in procfile():
        started[name] = start(["sh", "-c", f"exec {command}"])
    started_at, announced = time.monotonic(), False
    while not (ended := [name for name, process in started.items() if process.poll() is not None]):
        if not announced and (is_ready() or time.monotonic() - started_at > 60):
            announce()
            announced = True
        time.sleep(LOOK_EVERY)
    say(f"{', '.join(ended)} ended by itself")
    return 1


@contextlib.contextmanager
def the_only_one() -> Iterator[None]:
    """Two of them would fight over one database."""
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.VAR_DIR / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("it is running already, from this folder") from None
        yield


@contextlib.contextmanager
def own_database() -> Iterator[None]:
    """The embedded PostgreSQL, for as long as we run; ours to stop, whoever else uses it."""
    if settings.DATABASE_URL:
        yield
        return
    cluster = Cluster(Path(settings.OWN_POSTGRES["HOST"]))
    cluster.ensure()
    try:
        yield
    finally:
        cluster.stop()


@contextlib.contextmanager
def processes() -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """What has been started, by name; all of it is gone afterwards."""
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        yield started
    finally:
        for process in started.values():
            if process.poll() is None:
                process.terminate()  # the leader alone: it ends its children when they have finished
        end = time.monotonic() + PATIENCE
        for process in started.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0, end - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """A process in a session of its own, so that the terminal's Ctrl-C reaches only us."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",  # what they say is seen when they say it
    }
    return subprocess.Popen(  # noqa: S603
        command, cwd=settings.BASE_DIR, env=environment, start_new_session=True, preexec_fn=end_with(os.getpid())
    )


def end_with(parent: int) -> Callable[[], None]:
    """For a child: have the kernel ask it to stop when its parent is gone, even by `kill -9`. Linux only."""
    if sys.platform != "linux":
        return lambda: None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was gone before we could ask
            os._exit(1)

    return ask


def procfile() -> list[tuple[str, str]]:
    """The processes by name, and their commands."""
    lines = (settings.BASE_DIR / "Procfile").read_text(encoding="utf-8").splitlines()
    named = (line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))
    return [(name.strip(), command.strip()) for name, command in named]


def address() -> tuple[str, int]:
    """Where the web listens."""
    bind = settings.env.str("BIND", default="127.0.0.1")
    return ("127.0.0.1" if bind == "0.0.0.0" else bind), settings.env.int("PORT", default=8000)  # noqa: S104


def refuse_taken_port() -> None:
    """Say so before anything is built when the port belongs to somebody else."""
    with socket.socket() as probe:
        if probe.connect_ex(address()) == 0:
            raise Refused(f"port {address()[1]} is taken; choose another: make run PORT=8001")


def is_ready() -> bool:
    """Whether the web answers and every part behind it is well."""
    known = [host for host in settings.ALLOWED_HOSTS if host[0] not in ".*"]
    server = http.client.HTTPConnection(*address(), timeout=5)
    try:
        server.request("GET", "/readyz", headers={"Host": known[0] if known else "localhost"})
        return server.getresponse().status == 200
    except OSError:
        return False
    finally:
        server.close()


def announce() -> None:
    """The address, and who can sign in to the demo region."""
    host, port = address()
    trouble = "" if is_ready() else " (not everything is well, see /readyz)"
    say(f"ready{trouble}: http://{host}:{port}/")
    for line in demo_logins() if DEMO else ():
        say(line)


def demo_logins() -> Iterator[str]:
    """One login for each role of the demo region; none when there is no demo region."""
    command = [*MANAGE, "demo", "--users", "--json"]
    answer = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, check=False)  # noqa: S603
    users = json.loads(answer.stdout) if answer.returncode == 0 else []
    first = {user["role"]: user for user in reversed(users)}
    wide = max((len(user["username"]) for user in users), default=0)
    for user in reversed(first.values()):
        yield f"  {user['username']:<{wide}}  {user['password']}  {user['role']} · {user['scope']}"


def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Stop once: `make` and the terminal may both pass the signal on."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def say(text: str) -> None:
    """A line of our own among the processes' lines."""
    print(f"spoiwo: {text}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
