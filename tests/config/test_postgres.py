"""The project's own PostgreSQL: in any folder, for anybody, gone when the last has left, there again after any kill."""

import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db.utils import ConnectionHandler

from config.postgres import as_root
from config.postgres.cluster import LONGEST_SOCKET_PATH, SOCKET_NAME, Cluster

fork = multiprocessing.get_context("fork")
USE = """
import sys, time
from pathlib import Path
from config.postgres.cluster import Cluster
Cluster(Path(sys.argv[1]), careless=True).ensure()
print("in use", flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A project folder with a space, a quote and a dollar in its path."""
    return tmp_path_factory.mktemp("a project's $HOME")


@pytest.fixture
def cluster(folder):
    """One cluster for all tests here: making it takes a second, starting it a tenth."""
    cluster = Cluster(folder / "var" / "postgres-test", careless=True)
    yield cluster
    cluster.stop()
    cluster.release()


@pytest.fixture(scope="module", autouse=True)
def _nothing_left(folder):
    yield
    home = folder / "var" / "postgres-test"
    if home.is_symlink():
        place = home.resolve()
        home.unlink()
        shutil.rmtree(place)


def ask(cluster: Cluster, question: str = "SELECT 1") -> object:
    with psycopg.connect(cluster.url("spoiwo")) as connection:
        return connection.execute(question).fetchone()[0]


def user_of(cluster: Cluster, seconds: float = 60) -> subprocess.Popen:
    """Another process that uses the cluster, for so long."""
    command = [sys.executable, "-c", USE, str(cluster.home), str(seconds)]
    process = subprocess.Popen(  # noqa: S603
        command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "in use\n"
    return process


def test_it_starts_at_first_use_and_knows_polish_and_warsaw(cluster):
    assert not cluster.answers()
    cluster.ensure()
    assert ask(cluster, "SELECT upper('zażółć gęślą jaźń')") == "ZAŻÓŁĆ GĘŚLĄ JAŹŃ"
    assert (
        ask(cluster, "SELECT extract(hour FROM timestamptz '2026-07-01 12:00Z' AT TIME ZONE 'Europe/Warsaw')::int")
        == 14
    )
    assert int(ask(cluster, "SHOW server_version_num")) >= 180000


def test_nothing_listens_on_the_network_and_the_socket_is_its_owners(cluster):
    cluster.ensure()
    assert ask(cluster, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(cluster.socket_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700


def test_the_last_to_leave_stops_it(cluster):
    cluster.ensure()
    other = user_of(cluster, seconds=0.5)
    cluster.release()
    assert cluster.answers()
    other.communicate()
    assert not cluster.answers()
    assert cluster._server() is None


def test_who_was_killed_has_left(cluster):
    other = user_of(cluster)
    cluster.ensure()
    other.kill()
    other.communicate()
    assert ask(cluster) == 1
    cluster.release()
    assert cluster._server() is None


def test_its_owner_stops_it_whoever_uses_it(cluster):
    other = user_of(cluster)
    cluster.stop()
    assert cluster._server() is None
    other.kill()
    other.communicate()


def test_a_killed_server_is_there_again(cluster):
    cluster.ensure()
    cluster._server().kill()
    time.sleep(0.2)
    cluster.ensure()
    assert ask(cluster) == 1


def test_a_number_that_another_program_has_by_now_does_not_keep_it_from_starting(cluster):
    cluster.ensure()
    cluster._server().kill()
    time.sleep(0.2)
    note = cluster.data / "postmaster.pid"
    note.write_text("\n".join([str(os.getpid()), *note.read_text().splitlines()[1:]]))
    cluster.ensure()
    assert ask(cluster) == 1


def test_several_that_start_together_share_one(cluster):
    with ThreadPoolExecutor(4) as pool:
        others = list(pool.map(user_of, [cluster] * 4, [1] * 4))
    servers = {cluster._server().pid}
    for other in others:
        other.communicate()
    assert len(servers) == 1
    assert not cluster.answers()


def test_a_forked_child_neither_stops_it_nor_lets_go_of_it_for_its_parent(cluster):
    cluster.ensure()

    def child():
        cluster.ensure()
        cluster.release()

    process = fork.Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert ask(cluster) == 1


def test_an_interrupted_first_start_leaves_nothing_that_passes_for_data(cluster, folder):
    home = folder / "var" / "postgres-test"
    cluster.ensure()
    cluster.release()
    (cluster.data / "PG_VERSION").rename(cluster.data / "PG_VERSION.away")
    partial = cluster.data.with_name("data.partial")
    cluster.data.rename(partial)
    Cluster(home, careless=True)._create()
    assert (cluster.data / "PG_VERSION").exists()
    assert not partial.exists()


def test_the_environment_does_not_steer_it(cluster, monkeypatch):
    monkeypatch.setenv("PGPORT", "9999")
    monkeypatch.setenv("PGHOST", "elsewhere")
    cluster.ensure()
    assert ask(cluster) == 1


def test_a_path_too_long_for_a_socket_has_its_socket_elsewhere(tmp_path):
    deep = tmp_path / ("x" * 100) / "var" / "postgres-test"
    comma = tmp_path / "a,b" / "var" / "postgres-test"
    for home in (deep, comma):
        folder = Cluster(home).socket_dir
        assert len(str(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
        assert "," not in str(folder)
    assert Cluster(deep).socket_dir != Cluster(comma).socket_dir


def test_django_connects_by_the_folder_alone(cluster, django_db_blocker):
    wrapper = ConnectionHandler({"default": settings.OWN_POSTGRES | {"HOST": str(cluster.home), "NAME": "spoiwo"}})[
        "default"
    ]
    with django_db_blocker.unblock(), wrapper.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == ("spoiwo",)
    wrapper.close()
    wrapper.cluster.release()
    assert not cluster.answers()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused by PostgreSQL")
def test_as_root_it_is_somebody_elses_and_no_folder_is_opened(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    cluster = Cluster(private / "var" / "postgres-test", careless=True)
    cluster.ensure()
    try:
        assert cluster._server().username() == as_root.USER
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert cluster.home.is_symlink()
    finally:
        cluster.release()
    place = cluster.home.resolve()
    as_root.remove_orphans()
    assert place.exists()
    cluster.home.unlink()
    as_root.remove_orphans()
    assert not place.exists()


def test_a_signal_to_the_terminals_group_does_not_reach_it(cluster):
    before = signal.getsignal(signal.SIGINT)
    cluster.ensure()
    assert os.getpgid(cluster._server().pid) != os.getpgid(0)
    assert os.getsid(cluster._server().pid) != os.getsid(0)
    assert signal.getsignal(signal.SIGINT) == before
