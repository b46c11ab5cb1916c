"""The pages that belong to everybody."""

import logging
import re

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from roles import navigation
from roles.pages import server_error
from tests.factories import make_user

pytestmark = pytest.mark.django_db

#: What the monitoring of Polish public bodies looks for in a statement (conditions 2.0 of 31 July 2024).
STATEMENT = {
    *("wstep", "podmiot", "url", "data-publikacja", "data-aktualizacja", "status"),
    *("data-sporzadzenie", "data-przeglad", "audytor", "aplikacje", "architektura"),
    *("kontakt", "osoba", "email", "telefon", "procedura"),
}


def test_the_accessibility_statement_has_every_part_that_the_law_names(client):
    html = client.get("/accessibility/").content.decode()
    found = re.findall(r'\sid="a11y-([^"]+)"', html)
    assert sorted(found) == sorted(STATEMENT)


def test_the_statement_says_what_the_institution_still_has_to_fill_in(client, settings):
    filled = {name: "Instytucja" for name in settings.ACCESSIBILITY if not name.endswith("_on")}
    assert "to-fill" in client.get("/accessibility/").content.decode()
    settings.ACCESSIBILITY = settings.ACCESSIBILITY | filled
    html = client.get("/accessibility/").content.decode()
    assert html.count("to-fill") == len([name for name in settings.ACCESSIBILITY if name.endswith("_on")])


@pytest.mark.parametrize("path", ["/accessibility/", "/about/", "/help/", "/session/"])
def test_anybody_may_open_the_common_pages(client, path):
    assert client.get(path).status_code == 200


def test_the_source_is_offered_where_it_is_known(client, settings):
    settings.SOURCE_URL = "https://example.org/spoiwo.tar.gz"
    assert 'href="https://example.org/spoiwo.tar.gz"' in client.get("/about/").content.decode()


def test_an_unknown_address_is_a_page_of_ours(client):
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert 'id="main"' in answer.content.decode()


def test_the_error_page_shows_a_number_and_the_log_has_the_same(caplog):
    with caplog.at_level(logging.ERROR):
        html = server_error(RequestFactory().get("/people/?q=44051401359")).content.decode()
    number = re.search(r'class="number">([0-9a-f]+)<', html).group(1)
    assert number in caplog.text
    assert "44051401359" not in html + caplog.text


def test_the_session_page_tells_a_guest_from_somebody_signed_in(client):
    assert client.get("/session/").json()["signed_in"] is False
    client.force_login(make_user())
    answer = client.get("/session/")
    assert answer.json()["signed_in"] is True
    assert "no-store" in answer["Cache-Control"]


def test_the_shortcuts_are_turned_off_for_oneself_only(client):
    me, other = make_user(), make_user("Józef", "Śliwa")
    client.force_login(me)
    client.post("/help/shortcuts/", {"shortcuts": "off"})
    me.refresh_from_db()
    other.refresh_from_db()
    assert (me.shortcuts, other.shortcuts) == (False, True)
    assert 'data-shortcuts="off"' in client.get("/help/").content.decode()


def test_the_style_guide_is_for_staff(client):
    assert client.get("/styleguide/").status_code == 404
    client.force_login(make_user())
    assert client.get("/styleguide/").status_code == 404
    client.force_login(make_user("Adam", "Ministrator", is_staff=True))
    assert client.get("/styleguide/").status_code == 200


@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_page_says_which_language_it_is_in(client, language):
    client.cookies["django_language"] = language
    assert f'<html lang="{language}">' in client.get("/about/").content.decode()


def test_the_quick_search_never_puts_what_was_typed_into_an_address(client, monkeypatch):
    monkeypatch.setattr(navigation, "_search", ["about"])
    client.force_login(make_user())
    html = client.get("/help/").content.decode()
    assert re.search(r'<form class="quick" method="post" action="/about/"[^>]*autocomplete="off"', html)


def test_the_request_is_all_that_the_error_page_needs():
    assert server_error(HttpRequest()).status_code == 500
