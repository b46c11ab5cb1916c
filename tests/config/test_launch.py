"""`make run` as its users know it: it serves, it can be stopped, and nothing of it is left."""

import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest
from django.conf import settings

from tests import database

KEY = "A" * 43 + "="


@pytest.fixture
def environment(transactional_db, tmp_path, free_port) -> dict[str, str]:
    """A deployment on the tests' database: without a demo region and without compressing static files."""
    given = {"ENVIRONMENT": "production", "SECRET_KEY": KEY, "PII_KEY": KEY, "PII_INDEX_KEY": KEY, "DEBUG": "true"}
    given |= {
        "DATABASE_URL": database.url(),
        "VAR_DIR": str(tmp_path / "var"),
        "PORT": str(free_port),
        "WEB_WORKERS": "1",
    }
    return {"PATH": os.defpath, "WORKER_CONCURRENCY": "1", **given}


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def launched(environment: dict[str, str]) -> subprocess.Popen:
    command = [sys.executable, "-m", "config.launch"]
    return subprocess.Popen(  # noqa: S603
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def read_until(process: subprocess.Popen, words: str) -> str:
    """What it said, up to and with the line that has these words."""
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"{words!r} was never said:\n{said}")


@pytest.mark.parametrize("how", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.torture)])
def test_it_serves_until_it_is_told_to_stop_and_leaves_nothing(environment, how):
    process = launched(environment)
    said = read_until(process, "ready: http://")
    assert f":{environment['PORT']}/" in said
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 5  # web and worker with a child each, and beat
    process.send_signal(how)
    process.send_signal(how)  # make and the terminal both pass it on
    assert "stopped" in process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert [child for child in family if child.is_running()] == []


def test_nothing_outlives_one_that_was_killed_and_the_next_one_starts(environment):
    process = launched(environment)
    read_until(process, "ready: http://")
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate(timeout=30)  # until nobody of the family holds our end of the pipe any more
    _gone, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
    following = launched(environment)
    read_until(following, "ready: http://")
    following.terminate()
    assert "stopped" in following.communicate(timeout=60)[0]


def test_one_that_ends_by_itself_ends_all(environment):
    process = launched(environment)
    read_until(process, "prepare: reference data")
    while not (worker := [child for child in psutil.Process(process.pid).children() if "worker" in child.cmdline()]):
        time.sleep(0.1)
    family = psutil.Process(process.pid).children(recursive=True)
    worker[0].kill()
    assert "worker ended by itself" in process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert [child for child in family if child.is_running()] == []


def test_a_taken_port_and_a_second_one_are_refused_at_once(environment, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["PORT"])))
        taken.listen()
        process = launched(environment)
        assert "is taken; choose another: make run PORT=8001" in process.communicate(timeout=30)[0]
        assert process.returncode == 1
