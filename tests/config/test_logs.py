"""What is logged tells operators enough and nobody who a case is about."""

import io
import json
import logging

import pytest
import structlog
from django.db import IntegrityError, connection
from structlog.stdlib import ProcessorFormatter

from config.logs import logging_settings, masked

PESEL = "44051401359"


@pytest.fixture
def lines():
    """The lines logged as JSON."""
    terms = logging_settings(level="INFO", as_json=True)["formatters"]["line"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(processors=terms["processors"], foreign_pre_chain=terms["foreign_pre_chain"])
    )
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def test_a_line_of_ours_and_a_line_of_a_library_look_alike(lines):
    structlog.get_logger("ours").info("done", jobs=3)
    logging.getLogger("theirs").warning("slow: %s s", 3)
    ours, theirs = lines()
    assert (ours["event"], ours["jobs"], ours["logger"], ours["level"]) == ("done", 3, "ours", "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("slow: 3 s", "theirs", "warning")


def test_fields_named_after_personal_data_are_dropped(lines):
    structlog.get_logger("ours").info("saved", case=7, pesel=PESEL, last_name="Łucka", email="x@example.org", note="…")
    assert {"case", "event", "level", "logger", "timestamp"} == set(lines()[0])


@pytest.mark.parametrize("logger", ["ours", "django.request"])
def test_a_pesel_and_an_address_are_masked_wherever_they_stand(lines, logger):
    logging.getLogger(logger).error("no %s for %s", PESEL, "anna.nowak@example.org")
    assert lines()[0]["event"] == "no [number] for [address]"


@pytest.mark.django_db
def test_the_row_that_a_constraint_refused_is_not_in_the_log(lines):
    name = "".join(["Łu", "cka"])  # a traceback shows the lines of this file
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE people (name text CHECK (name = '')) ON COMMIT DROP")
        with pytest.raises(IntegrityError) as refusal:
            cursor.execute("INSERT INTO people VALUES (%s)", [name])
    assert name in str(refusal.value)
    logging.getLogger("ours").error("failed", exc_info=refusal.value)
    line = lines()[0]
    assert "violates check constraint" in line["exception"]
    assert name not in json.dumps(line, ensure_ascii=False)


def test_a_line_break_does_not_begin_a_new_line(lines):
    logging.getLogger("ours").warning("first\nforged: all is well")
    assert len(lines()) == 1


def test_ten_or_twelve_digits_are_not_a_pesel():
    assert masked("1234567890 and 123456789012") == "1234567890 and 123456789012"
