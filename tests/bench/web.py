"""The inbox page as people load it: gunicorn as the Procfile starts it, with three workers, and eight of them at once."""

import contextlib
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from config.launch import procfile
from config.management.commands.prepare import NOT_SHOWN
from roles.models import User
from tests.bench.apart import environment
from tests.bench.figures import queries_counted, report
from tests.bench.region import region

WORKERS, CLIENTS, SECONDS, PATIENCE = 3, 8, 20, 30
HOST = "127.0.0.1"


def load(items: int) -> None:
    """Requests a second and the time that all but one in twenty take, at that many work items."""
    region()
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=NOT_SHOWN)
    people = list(User.objects.filter(username__regex="^Centrum [AB] tutor [0-3]$"))
    sessions, address = [signed_in(user) for user in people], f"{reverse('workflows:inbox')}?tab=queue"
    queries = queries_of(people[0], address)
    with web() as port, ThreadPoolExecutor(CLIENTS) as clients:
        until = time.perf_counter() + SECONDS
        times = [
            spent
            for some in clients.map(lambda session: ask(port, session, address, until), sessions)
            for spent in some
        ]
    about = {"workers": WORKERS, "clients": CLIENTS, "items": items, "requests": len(times), "queries": queries}
    report("inbox_requests", len(times) / SECONDS, "1/s", **about)
    report("inbox_p95", quantiles(times, n=20)[-1] * 1e3, "ms", **about, median_ms=quantiles(times, n=2)[0] * 1e3)


def signed_in(user: User) -> str:
    """The cookie of a session."""
    client = Client()
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[1])
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def queries_of(user: User, address: str) -> int:
    """How many queries the page makes for somebody who has been there a moment ago."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[1])
    client.get(address)
    with queries_counted() as queries:
        answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return len(queries)


@contextlib.contextmanager
def web() -> Iterator[int]:
    """The web of the Procfile on a free port, ready."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    around = environment(WEB_WORKERS=str(WORKERS), PORT=str(port), BIND=HOST)
    command = ["sh", "-c", f"exec {dict(procfile())['web']}"]
    with subprocess.Popen(command, env=around, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            wait_for(port)
            yield port
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    """Until it answers. Raises TimeoutError when it does not."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            got(http.client.HTTPConnection(HOST, port, timeout=5), "/healthz", "")
            return
        time.sleep(0.2)
    raise TimeoutError("the web does not answer")


def ask(port: int, session: str, address: str, until: float) -> list[float]:
    """Load the page again and again on one connection; how long each took."""
    connection, times = http.client.HTTPConnection(HOST, port, timeout=PATIENCE), []
    while (start := time.perf_counter()) < until:
        got(connection, address, session)
        times.append(time.perf_counter() - start)
    return times


def got(connection: http.client.HTTPConnection, address: str, session: str) -> None:
    connection.request("GET", address, headers={"Cookie": session, "Host": "localhost"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{address}: {answer.status}")
