"""The tests' own nets catch what they are for."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.template import Context, engines
from django.template.base import Origin, Template
from django.urls import path

from tests.strictness import Client

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def write(_request):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE roles_user SET first_name = 'X' WHERE id = -1")
    return HttpResponse("written")


def lock(_request):
    with connection.cursor() as cursor:
        cursor.execute('SELECT 1 FROM "roles_user" FOR NO KEY UPDATE OF "roles_user"')
    return HttpResponse("locked")


def sign_in(request):
    request.session["x"] = 1
    return HttpResponse("remembered")


for view in (write, lock, sign_in):
    view.login_required = False
urlpatterns = [path("write", write), path("lock", lock), path("session", sign_in)]


def test_a_get_that_writes_fails(client):
    with pytest.raises(AssertionError, match="a GET writes to roles_user"):
        client.get("/write")


def test_a_post_may_write_and_a_get_may_lock_or_remember_who_is_signed_in(client):
    assert client.post("/write").content == b"written"
    assert client.get("/lock").content == b"locked"
    client.get("/session")
    assert Session.objects.exists()


@pytest.mark.get_writes("roles_user")
def test_a_test_may_say_that_its_get_writes(client: Client):
    assert client.get("/write").content == b"written"


def rendered(source: str, place) -> str:
    """The text, as if it stood in that file."""
    engine = engines["django"].engine
    template = Template(source, Origin(str(place)), engine=engine)
    return template.render(Context())


def test_an_undefined_variable_fails_in_a_template_of_ours():
    with pytest.raises(AssertionError, match="undefined variable nobody in"):
        rendered("{{ nobody }}", settings.BASE_DIR / "templates" / "x.html")


def test_a_template_of_others_may_leave_variables_out_and_ours_may_ask_for_them():
    assert rendered("a{{ nobody }}", settings.BASE_DIR / ".venv" / "x.html") == "a"
    assert rendered("a{% if nobody %}b{% endif %}", settings.BASE_DIR / "templates" / "x.html") == "a"
