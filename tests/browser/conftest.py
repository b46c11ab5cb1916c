"""A browser for the tests that need one."""

import os
import threading
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.chromium import QUIET, find


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the session."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop makes Django think that it runs in async code
    with sync_playwright() as playwright:
        path = find(playwright.chromium.executable_path)
        if path is None:
            pytest.skip("no Chromium")
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """Opens an address in a window of its own; an error on its console (a breach of the policy, say) fails the test."""
    windows: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str, *, user=None, width: int = 1366, language: str = "pl", javascript: bool = True) -> Page:
        window = chromium.new_context(
            viewport={"width": width, "height": 900},
            base_url=live_server.url,
            java_script_enabled=javascript,
            locale=language,
        )
        windows.append(window)
        cookies = {settings.LANGUAGE_COOKIE_NAME: language} | signed_in(user)
        window.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
        page = window.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for window in windows:
        window.close()
    wait_for_requests()
    assert complaints == []


def wait_for_requests() -> None:
    """Until the live server has answered what closed windows had asked: the tables are emptied next."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(timeout=10)


def signed_in(user) -> dict[str, str]:
    """The cookie of somebody's session."""
    if user is None:
        return {}
    client = Client()
    client.force_login(user)
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
