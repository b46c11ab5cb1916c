"""What `manage.py demo` prints for programs."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_user


def test_a_demo_that_is_not_needed_prints_a_document_all_the_same(db):
    make_user()
    out = StringIO()
    call_command("demo", "--if-empty", "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert (said["built"], said["cases"]) == (False, 0)


def test_a_demo_never_goes_on_top_of_somebodys_work(db):
    make_user()
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("demo", "--json", stdout=out)
    assert refused.value.returncode == 2
    assert json.loads(out.getvalue())["built"] is False


def test_the_logins_are_a_document(db):
    out = StringIO()
    call_command("demo", "--users", "--json", stdout=out)
    assert json.loads(out.getvalue()) == []
