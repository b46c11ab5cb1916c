"""Every request leaves one line and carries an id; every answer carries the headers."""

import pytest
from structlog.testing import capture_logs

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/healthz", "/nowhere/", "/account/login/", "/admin/"])
def test_every_answer_carries_the_headers(client, path):
    headers = client.get(path).headers
    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_the_line_names_the_route_and_not_what_was_asked_for(client):
    with capture_logs() as lines:
        client.get("/account/login/?next=/people/44051401359/")
    assert [(line["route"], line["status"]) for line in lines if line["event"] == "request"] == [
        ("account/login/", 200)
    ]
    assert "44051401359" not in str(lines)


def test_a_request_keeps_the_id_that_a_proxy_gave_it(client):
    assert client.get("/healthz", headers={"X-Request-ID": "abcdef-0123456789"})["X-Request-ID"] == "abcdef-0123456789"


@pytest.mark.parametrize("forged", ["", "x", "a" * 65, "a b c d e f g", "<script>alert()</script>"])
def test_an_id_that_is_none_is_replaced(client, forged):
    assert len(client.get("/healthz", headers={"X-Request-ID": forged})["X-Request-ID"]) == 32


def test_health_is_asked_too_often_to_be_logged(client):
    with capture_logs() as lines:
        client.get("/healthz")
    assert lines == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_nul_is_answered_with_a_page_that_says_so(client, django_user_model, method):
    client.force_login(django_user_model.objects.create_user("somebody"))
    answer = client.get("/cases/?q=a%00b") if method == "get" else client.post("/search/", {"q": "a\0b"})
    assert answer.status_code == 400
    assert "400.html" in [template.name for template in answer.templates]


@pytest.mark.parametrize("key", ["9" * 23, "9" * 5000, "٣"])
def test_no_number_is_too_long(client, django_user_model, key):
    client.force_login(django_user_model.objects.create_user("somebody"))
    for address in ("/sessions/new/?case=", "/cases/?after=", "/cases/?sort=name&before=", "/?after=2026-03-02_"):
        assert client.get(address + key).status_code == 200
