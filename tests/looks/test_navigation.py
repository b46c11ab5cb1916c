"""Every app puts its own entries on the menu; each person sees theirs."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from roles import navigation
from roles.models import User
from roles.navigation import Navigation, NavItem, Place, register, search_at


@pytest.fixture(autouse=True)
def _own_menu(monkeypatch):
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(navigation, "_search", [])


def item(url_name: str, **facts: object) -> NavItem:
    return NavItem(**{"label": url_name, "url_name": url_name, "icon": "inbox", "allowed": lambda user: True} | facts)


def labels(user: object, path: str = "/") -> list[str]:
    return [str(entry.label) for entry in Navigation(user, path).entries]


def test_entries_stand_in_the_order_of_place_and_number():
    register(item("about", place=Place.REGION))
    register(item("help", order=9))
    register(item("accessibility", order=10))
    assert labels(User()) == ["help", "accessibility", "about"]


def test_nobody_sees_an_entry_that_is_not_for_them():
    register(item("help", allowed=lambda user: user.is_staff))
    assert labels(User(is_staff=True)) == ["help"]
    assert labels(User()) == []
    assert labels(AnonymousUser()) == []


def test_what_waits_is_not_counted_for_somebody_who_may_not_open_it():
    asked = []
    register(item("help", allowed=lambda user: user.is_staff, count=lambda user: asked.append(user) or 3))
    assert labels(User()) == []
    assert asked == []
    assert Navigation(User(is_staff=True), "/").entries[0].count == 3


def test_the_longest_address_that_begins_this_one_is_the_current_page():
    register(item("help"))
    register(item("set_shortcuts"))
    current = [entry.label for entry in Navigation(User(), "/help/shortcuts/").entries if entry.current]
    assert current == ["set_shortcuts"]


def test_a_second_registration_takes_the_place_of_the_first():
    register(item("help", label="old"))
    register(item("help", label="new"))
    assert labels(User()) == ["new"]


def test_ones_own_entries_stand_apart_from_the_menu():
    register(item("help", place=Place.PERSON))
    register(item("about"))
    menu = Navigation(User(), "/")
    assert [entry.label for entry in menu.own] == ["help"]
    assert [entry.label for _heading, entries in menu.sections for entry in entries] == ["about"]


def test_the_quick_search_is_for_people_who_are_signed_in():
    search_at("about")
    assert Navigation(User(), "/").search_url == "/about/"
    assert Navigation(AnonymousUser(), "/").search_url == ""


def test_nothing_is_worked_out_before_the_page_asks():
    register(item("help", allowed=lambda user: pytest.fail("asked too early")))
    request = RequestFactory().get("/")
    request.user = User()
    assert "navigation" in navigation.navigation(request)
