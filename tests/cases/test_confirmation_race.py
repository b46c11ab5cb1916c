"""The recipient answers while somebody writes down a dispute: whichever comes second sees the first."""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDoneYet
from contextlib import contextmanager, suppress

import pytest
from django.db import connection

from cases.confirmation import code_of, confirm_by_code, dispute_by_code, record_dispute, request_confirmation
from cases.models import Attendance, ConfirmationCode
from cases.sessions import log_session
from tests.cases.conftest import at
from workflows.errors import NotYet, TooLate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(a_session, participation, team) -> ConfirmationCode:
    attendance = log_session(a_session(), [participation], by=team.tutor, at=at()).attendances.get()
    return request_confirmation(attendance, by=team.tutor, channel="email", at=at())


@contextmanager
def just_before(statement: str, act):
    """Start `act` on a connection of its own when this one is about to run such a statement, and give it a second."""
    started: list[Future] = []

    def on_its_own():
        try:
            return act()
        finally:
            connection.close()

    def wrapper(execute, sql, params, many, context):
        if not started and sql.startswith(statement):
            started.append(pool.submit(on_its_own))
            with suppress(NotDoneYet):
                started[0].exception(timeout=1)
        return execute(sql, params, many, context)

    with ThreadPoolExecutor(1) as pool, connection.execute_wrapper(wrapper):
        yield started


def test_a_dispute_recorded_while_the_code_is_taken_is_not_overwritten(asked, team):
    def dispute():
        return record_dispute(asked.attendance, by=team.tutor, complaint="never met", at=at())

    with just_before('UPDATE "cases_attendance"', dispute) as started:
        confirm_by_code(asked.attendance, code=code_of(asked), at=at())
    started[0].result()
    attendance = Attendance.objects.get()
    assert (attendance.confirmation, attendance.complaint) == ("disputed", "never met")


def test_a_code_used_twice_at_once_counts_once(asked):
    def dispute():
        return dispute_by_code(asked.attendance, code=code_of(asked), complaint="no", at=at())

    with just_before('UPDATE "cases_attendance"', dispute) as started:
        confirm_by_code(asked.attendance, code=code_of(asked), at=at())
    assert isinstance(started[0].exception(), TooLate)
    assert Attendance.objects.get().confirmation == "confirmed"


def test_an_answer_that_fails_leaves_the_code_unspent(asked):
    def fail(execute, sql, params, many, context):
        if sql.startswith('UPDATE "cases_attendance"'):
            raise RuntimeError("the process ends here")
        return execute(sql, params, many, context)

    with pytest.raises(RuntimeError), connection.execute_wrapper(fail):
        confirm_by_code(asked.attendance, code=code_of(asked), at=at())
    assert ConfirmationCode.objects.get().used_at is None
    assert confirm_by_code(asked.attendance, code=code_of(asked), at=at()).confirmation == "confirmed"


@pytest.mark.parametrize("answer", [confirm_by_code, dispute_by_code])
def test_a_wrong_code_is_counted_for_good(asked, answer):
    with pytest.raises(NotYet):
        answer(asked.attendance, code="x", at=at())
    assert ConfirmationCode.objects.get().failures == 1
