"""What every test stands on: reads that do not write, no undefined variables in pages, heavy proofs when asked for."""

import contextlib
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.template import engines
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings
from kombu.exceptions import OperationalError

from config import translations
from config.celery import app as celery
from tests import database, strictness
from workflows import queue

#: How long one example may take depends on what else the machine is doing.
hypothesis_settings.register_profile("suite", deadline=None)
hypothesis_settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--torture", action="store_true", help="run the heavy proofs too, and the scaled ones in full")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # once, not in every process
        for catalogue in settings.BASE_DIR.glob("locale/*/LC_MESSAGES/django.po"):
            translations.compile_catalogue(catalogue)
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns when it is not there


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--torture"):
        heavy = pytest.mark.skip(reason="a heavy proof: make torture")
        for item in items:
            if item.get_closest_marker("torture"):
                item.add_marker(heavy)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = sum("Chromium" in str(report.longrepr) for report in terminalreporter.getreports("skipped"))
    if skipped:
        terminalreporter.write_line(
            f"!!! {skipped} BROWSER TESTS DID NOT RUN: there is no Chromium here", red=True, bold=True
        )


@pytest.fixture
def rounds(request: pytest.FixtureRequest):
    """How often to do it: `rounds(5, 30)` is 5, and 30 under `make torture`. For tests marked `scaled`."""
    return lambda few, many: many if request.config.getoption("--torture") else few


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker) -> None:
    """Django copies this database instead of migrating an empty one."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = database.template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup) -> Iterator[None]:
    """Celery's own connections end before the database is removed, its queues with them."""
    yield
    if not queue.in_database():
        remove_queues()
    celery.pool.force_close_all()


@pytest.fixture(scope="session", autouse=True)
def _emptied_quickly() -> None:
    """After a test with transactions of its own only what has rows is emptied, and what migrations made is left alone.

    Django empties every table and makes all content types and permissions anew, which took longer than most of these tests.
    """
    TransactionTestCase._fixture_teardown = lambda _case: database.empty()  # type: ignore[method-assign]


def remove_queues() -> None:
    """Of this run, from a broker that stays."""
    with celery.connection_for_write() as broker, contextlib.suppress(OperationalError, OSError):
        channel = broker.default_channel
        for each in celery.conf.task_queues:
            each(channel).delete()


@pytest.fixture(scope="session", autouse=True)
def _undefined_variables_fail() -> None:
    for engine in engines.all():
        engine.engine.string_if_invalid = strictness.Undefined("%s")


@pytest.fixture
def client(request: pytest.FixtureRequest) -> strictness.Client:
    """Django's client, for which a GET that writes is an error, unless `@pytest.mark.get_writes("table")`."""
    marker = request.node.get_closest_marker("get_writes")
    return strictness.Client(may_write=marker.args if marker else ())


@pytest.fixture(autouse=True)
def _files_of_its_own(tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.SEALS_FILE = tmp_path / "seals" / "seals.jsonl"
