"""What `manage.py demo` prints for programs."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cases.management.commands import demo
from roles.models import User
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


def test_a_region_built_anew_begins_a_file_of_seals_anew(transactional_db, settings, monkeypatch):
    monkeypatch.setattr(demo.Command, "_build", lambda *_command, **_options: None)  # takes more than a minute
    make_user(username="demo-somebody")
    settings.SEALS_FILE.parent.mkdir()
    settings.SEALS_FILE.write_text('{"seal": 1}\n')
    call_command("demo", "--reset", stdout=StringIO())
    assert not User.objects.exists()
    assert not settings.SEALS_FILE.exists()


def test_somebody_elses_database_keeps_its_seals(db, settings):
    make_user(username="anna.nowak")
    settings.SEALS_FILE.parent.mkdir()
    settings.SEALS_FILE.write_text('{"seal": 1}\n')
    with pytest.raises(CommandError):
        call_command("demo", "--reset", stdout=StringIO())
    assert settings.SEALS_FILE.exists()
