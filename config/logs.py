"""What is logged, and how: one line an event, with the request's id, and nothing that tells who a case is about."""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

PERSONAL = re.compile(
    "pesel|first_name|last_name|surname|username|email|phone|address|street|birth_date|born_on"
    "|password|token|secret|cookie|authorization|notes?|remarks?|body|content|form|post|get|params|query"
)
ELEVEN_DIGITS = re.compile(r"(?<!\d)\d{11}(?!\d)")
MAIL_ADDRESS = re.compile(r"[^\s@<>\"'(]+@[^\s@<>\"')]+\.\w+")
# PostgreSQL repeats the row under DETAIL and the statement under LINE.
OF_THE_ROW = re.compile(r"^(DETAIL|CONTEXT|HINT|LINE \d+):.*(\n\s*\^)?$\n?", re.MULTILINE)


def without_personal_data(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop fields named after personal data, and mask what looks like a PESEL or a mail address in the rest."""
    return {key: masked(value) for key, value in event.items() if not PERSONAL.fullmatch(key.lower())}


def masked(value: Any) -> Any:
    """The text without PESEL numbers, mail addresses and database rows; anything else as it is."""
    if not isinstance(value, str):
        return value
    value = OF_THE_ROW.sub("", value)
    return MAIL_ADDRESS.sub("[address]", ELEVEN_DIGITS.sub("[number]", value))


#: Asked every few seconds by whoever watches; what is not well stands in the answer.
SILENT = {"/healthz", "/readyz"}


def is_told(record: logging.LogRecord) -> bool:
    """Whether a refused request is worth a line."""
    return getattr(getattr(record, "request", None), "path", "") not in SILENT


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LAST: list[Processor] = [
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    without_personal_data,
]


def logging_settings(*, level: str, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING; the same lines come from our code (structlog) and from libraries (logging)."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    renderer = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [*LAST, renderer],
                "foreign_pre_chain": SHARED,
            }
        },
        "filters": {"told": {"()": "django.utils.log.CallbackFilter", "callback": is_told}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["out"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"filters": ["told"]},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.db.backends": {"level": "WARNING"},  # statements hold personal data
            "celery.worker.strategy": {"level": "WARNING"},  # two lines for every job
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
        },
    }
