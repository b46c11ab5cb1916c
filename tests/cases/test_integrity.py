"""Facts that were edited, removed or put in behind the back of their history."""

import pytest

from cases.models import Person, Session
from cases.sessions import log_session
from roles.models import Absence, User
from tests.cases.conftest import at
from tests.workflows.test_integrity import found, spoil
from workflows.integrity import verify_integrity


def name_of(row) -> str:
    return f"{row._meta.verbose_name} {row.pk}"


@pytest.fixture
def facts(participation, a_session, team):
    """A person with a case and a session, all as they should be."""
    log_session(a_session(), [participation], by=team.tutor, at=at())
    Person.objects.filter(pk=participation.person.pk).update(phone="600 100 201")
    absence = Absence.objects.create(user=team.tutor, starts_on=at().date(), ends_on=at(3).date())
    absence.delete()
    report = verify_integrity()
    assert (report.problems, report.checked["facts are what their history says"] > 5) == ([], True)
    return participation


def test_an_edited_fact_is_named_with_what_was_edited_and_without_its_value(facts):
    spoil("UPDATE cases_person SET last_name = 'Inna', phone = '1' WHERE id = %s", facts.person.pk)
    assert found() == [(name_of(facts.person), "is not what its history says: last_name, phone")]


def test_the_first_of_two_edited_facts_is_named_first(facts, make_person):
    second = make_person()
    spoil("UPDATE cases_person SET last_name = 'Inna'")
    assert [where for where, _what in found()] == [name_of(facts.person), name_of(second)]


def test_a_removed_fact_is_named(facts):
    session = Session.objects.get()
    spoil("DELETE FROM cases_session WHERE id = %s", session.pk)
    assert (name_of(session), "is gone, and its history does not say so") in found()


def test_a_truncated_table_is_named_row_by_row(facts):
    attendance = Session.objects.get().attendances.get()
    spoil("TRUNCATE cases_attendance CASCADE")
    assert (name_of(attendance), "is gone, and its history does not say so") in found()


def test_a_fact_that_was_put_in_is_named_and_so_is_a_history_that_was_cut_off(facts):
    spoil("TRUNCATE roles_userevent CASCADE")
    assert (name_of(User.objects.earliest("pk")), "has no history") in found()
