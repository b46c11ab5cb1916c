"""What is kept of an error: its kind, its place and the machine's own code, never its words, which may repeat a person's data."""

import errno
from smtplib import SMTPResponseException
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError

from workflows.errors import NotYet

LONGEST = 300


class Hopeless(Exception):  # noqa: N818  it is a verdict
    """Trying again is of no use. Its words are shown to administrators: nothing personal may stand in them."""


def describe(error: BaseException) -> str:
    """One line for the row and the log: `IntegrityError 23505 job_key at workflows.jobs:120`."""
    if isinstance(error, Hopeless):
        return str(error)[:LONGEST]
    words = [type(error).__name__, *_codes(error)]
    if place := _place(error.__traceback__):
        words += ["at", place]
    return " ".join(words)[:LONGEST]


def _codes(error: BaseException) -> list[str]:
    if isinstance(error, NotYet):
        return error.unmet
    if isinstance(error, DatabaseError):
        diagnosis = getattr(error.__cause__, "diag", None)
        found = [getattr(diagnosis, name, None) for name in ("sqlstate", "constraint_name")]
        return [str(code) for code in found if code]
    if isinstance(error, SMTPResponseException):
        return [str(error.smtp_code)]
    if isinstance(error, OSError) and error.errno:
        return [errno.errorcode.get(error.errno, str(error.errno))]
    return []


def _place(traceback: TracebackType | None) -> str:
    """The last line of ours that the error went through."""
    place = ""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename.startswith(str(settings.BASE_DIR)) and "site-packages" not in code.co_filename:
            place = f"{traceback.tb_frame.f_globals.get('__name__', '?')}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
