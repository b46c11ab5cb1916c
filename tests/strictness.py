"""What a page must not do: write when it is only read, or show a variable that nobody has given it."""

import inspect
import re
from collections.abc import Iterable
from pathlib import Path

import django.test
from django.conf import settings
from django.db import connection
from django.template.base import Node

READS = {"GET", "HEAD", "OPTIONS"}
WRITE = re.compile(
    r'(?:INSERT INTO|(?<!FOR )(?<!KEY )UPDATE|DELETE FROM|TRUNCATE|pgmq\.send\w*)[\s(]+"?(\w+)', re.IGNORECASE
)
# Who is signed in, how often somebody tried, and what is remembered for a while.
NOT_CASE_WORK = {"django_session", "usersessions_usersession", "cache", "axes_accessattempt", "axes_accesslog"}


class Client(django.test.Client):
    """Refuses statements that write while a page is read."""

    def __init__(self, *args: object, may_write: Iterable[str] = (), **options: object) -> None:
        super().__init__(*args, **options)
        self.may_write = NOT_CASE_WORK.union(may_write)

    def request(self, **request: object):
        if request["REQUEST_METHOD"] not in READS:
            return super().request(**request)
        with connection.execute_wrapper(self._refuse_writes):
            return super().request(**request)

    def _refuse_writes(self, execute, sql, params, many, context):
        for table in WRITE.findall(str(sql)):
            assert table in self.may_write, f"a GET writes to {table}: {sql}"
        return execute(sql, params, many, context)


class Undefined(str):
    """Stands for an undefined variable; in a template of ours it fails the test, in other people's it is nothing."""

    __slots__ = ()

    def __mod__(self, variable: object) -> str:
        template = rendering()
        assert not is_ours(template), f"undefined variable {variable} in {template}"
        return ""


def rendering() -> Path:
    """The template whose node is being rendered."""
    for frame in inspect.stack(context=0):
        node = frame.frame.f_locals.get("self")
        if isinstance(node, Node) and getattr(node, "origin", None):
            return Path(node.origin.name)
    return Path()


def is_ours(template: Path) -> bool:
    """Whether it lies in the tree and not in the environment."""
    return template.is_relative_to(settings.BASE_DIR) and not template.is_relative_to(settings.BASE_DIR / ".venv")
