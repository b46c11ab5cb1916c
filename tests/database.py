"""The tests' database: migrated once for each state of the migrations, then copied, which takes a tenth of a second."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.strictness import is_ours
from workflows import queue

PREFIX = "spoiwo_tests_"
KEPT = timedelta(days=1)
#: What is in a database that has just been migrated.
OF_MIGRATIONS = {"django_migrations", "django_content_type", "auth_permission"}


def template() -> str:
    """The name of a database with all migrations applied, to copy; made when there is none, old ones removed."""
    name = f"{PREFIX}{fingerprint()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])  # until the cursor's connection closes
        known = existing(cursor)
        if name not in known:
            make(cursor, name)
        for other in known.keys() - {name}:
            if datetime.now(UTC) - known[other] > KEPT:
                cursor.execute(f'DROP DATABASE IF EXISTS "{other}"')
    return name


def empty() -> None:
    """Remove every row that a test may have left."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - OF_MIGRATIONS
    some = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in sorted(tables))  # noqa: S608  names of our tables
    with connection.cursor() as cursor:
        cursor.execute(some)
        filled = ", ".join(f'"{name}"' for (name,) in cursor.fetchall())
        if filled:
            cursor.execute(f"TRUNCATE {filled} CASCADE")


def url() -> str:
    """The address of the database that tests write to, for a process of its own."""
    name = connection.settings_dict["NAME"]
    server = settings.DATABASE_URL.rsplit("/", 1)[0]
    return f"{server}/{name}" if server else connection.cluster.url(name)


def existing(cursor) -> dict[str, datetime]:
    """The templates on this server, with the time when each was made."""
    cursor.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE starts_with(datname, %s)",
        [PREFIX],
    )
    return {name: datetime.fromisoformat(made or "2000-01-01T00:00:00+00:00") for name, made in cursor.fetchall()}


def make(cursor, name: str) -> None:
    """Migrate into a draft and give it the name when it is whole."""
    draft = f"draft_{name}"
    cursor.execute(f'DROP DATABASE IF EXISTS "{draft}"')
    cursor.execute(f'CREATE DATABASE "{draft}" TEMPLATE template0')
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = draft
    try:
        call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
    cursor.execute(f"COMMENT ON DATABASE \"{draft}\" IS '{datetime.now(UTC).isoformat()}'")
    cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')


def fingerprint() -> str:
    """Changes when a migration does, or what migrations call, or a library."""
    digest = hashlib.sha256(" ".join(settings.INSTALLED_APPS).encode())
    ours = [folder for folder in (Path(each.path) for each in apps.get_app_configs()) if is_ours(folder)]
    sources = [path for folder in ours for path in sorted((folder / "migrations").glob("*.py"))]
    called = [Path(queue.__file__), settings.BASE_DIR / "requirements.lock"]
    for path in [*sources, *called]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
