"""A journey through the pages as its people make it: sign in, open what waits, choose, fill in, send on."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.urls import reverse
from django.utils.timezone import now
from playwright.sync_api import Locator, Page, Route, expect
from time_machine import Traveller

from roles.role import Role
from tests.browser.accessibility import too_wide, unreachable, violations
from tests.browser.conftest import signed_in
from tests.cases.participants.factories import Region
from workflows.jobs import run_due
from workflows.timers import fire_due

#: A Monday to come: later than the files of styles and scripts, so that the browser keeps those and asks for each once.
START = datetime(2032, 3, 1, 10, tzinfo=UTC)
SEND = ".form-buttons .btn-primary"
#: A refused form is answered with this, and the browser reports it as an error on its console.
REFUSED = 422
#: What axe judges by: pages whose elements, classes and empty places are the same differ in their words alone.
SHAPE = """() => [...document.body.querySelectorAll('*')].map(
  e => [e.tagName, e.getAttribute('class'), e.type, e.textContent.trim() === ''].join()).join()"""


def at(days: int) -> datetime:
    """A moment so many days after the start."""
    return START + timedelta(days=days)


def day(days: int) -> date:
    """The day so many days after the start."""
    return at(days).date()


class Journey:
    """One person after the other at a window of their own; every page on the way is looked at closely."""

    page: Page

    def __init__(
        self,
        open_page: Callable[..., Page],
        region: Region,
        clock: Traveller,
        workbook: Path,
        *,
        width: int,
        javascript: bool,
    ) -> None:
        self.open_page, self.region, self.clock, self.workbook = open_page, region, clock, workbook
        self.width, self.javascript = width, javascript
        self.windows: dict[Role, Page] = {}
        self.shapes: set[str] = set()
        self.known: set[str] = set()
        self.tried: set[str] = set()

    # time and people

    def on(self, day: int) -> None:
        """Another day: timers that are due have fired, jobs that waited are done."""
        self.clock.move_to(max(at(day), now()))
        fire_due(now())
        run_due(now())

    def worked(self) -> None:
        """A worker does what waits; the page shows it by itself, or when one asks."""
        run_due(now())
        if not self.javascript:
            self.follow("Show how far it is now")
        expect(self.page.locator("#import-progress")).to_have_count(0, timeout=10_000)
        self.look()

    def as_(self, role: Role) -> None:
        """Sign in anew, for the last session ended long ago, and come to my work."""
        user = self.region.people[role]
        if role in self.windows:
            self.page = self.windows[role]
            home = urljoin(self.page.url, "/")
            cookies = signed_in(user).items()
            self.page.context.add_cookies([{"name": name, "value": value, "url": home} for name, value in cookies])
            self.page.goto(home)
        else:
            self.page = self.open_page("/", user=user, width=self.width, javascript=self.javascript)
            self.windows[role] = self.page
        self.look()

    # ways about

    def menu(self, name: str) -> None:
        """Choose the entry of the menu with this address; on a phone the menu is folded."""
        drawer = self.page.locator(".drawer summary")
        if drawer.is_visible():
            drawer.click()
        self.press(self.page.locator(f"nav.menu a[href='{reverse(name)}']:visible"))

    def follow(self, label: str, *, within: str = "main") -> None:
        """Follow a link of the page."""
        self.press(self.page.locator(f"{within} a:visible", has_text=label).first)

    def case(self, title: str) -> None:
        """Find somebody's case in the list of all cases."""
        self.menu("workflows:cases")
        self.press(self.page.locator("[data-row] [data-open]", has_text=title))

    def work(self, task: str, title: str, *, tab: str = "", **answers: Any) -> None:
        """Open somebody's item in one's own hands, or in those of nobody, fill its form in and send it on."""
        self.open(task, title, tab=tab)
        self.send(**answers)

    def open(self, task: str, title: str, *, tab: str = "") -> None:
        """Open an item from a tab of my work."""
        if urlsplit(self.page.url).path != "/":
            self.menu("workflows:inbox")
        row = self.page.locator("[data-row]", has_text=title).filter(has_text=task).first
        if tab not in self.page.url:
            self.page.locator(f"#worklist .tabs a[href*='tab={tab}']").click()
            expect(row).to_be_visible()
            self.look()
        self.press(row.locator("[data-open]"))

    # forms

    def send(self, form: str = "main form.form", *, wrong_first: bool = True, **answers: Any) -> None:
        """Fill the form in and send it; the first of its kind is sent unfinished before, and says what is missing."""
        if wrong_first and self.template not in self.tried:
            self.tried.add(self.template)
            self._send_unfinished(form)
        for name, value in answers.items():
            self.fill(self.page.locator(f"{form} [name={name}]"), value)
        self.press(self.page.locator(f"{form} {SEND}").first)
        expect(self.page.locator(".error-summary")).to_have_count(0)

    def choose(self, words: str) -> None:
        """Tick what these words stand beside."""
        self.page.locator("main label", has_text=words).first.click()

    def fill(self, field: Locator, value: Any) -> None:
        """Give an answer in the way that its field wants."""
        kind = field.first.get_attribute("type")
        if kind == "radio" or isinstance(value, list):
            for each in value if isinstance(value, list) else [value]:
                field.and_(self.page.locator(f"[value='{each}']")).check()
        elif kind == "checkbox":
            field.set_checked(value)
        elif kind == "file":
            field.set_input_files(value)
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(str(value))
        else:
            field.fill(str(value))

    def press(self, button: Locator) -> None:
        """Press a button or follow a link, and look at the page that comes."""
        with self.page.expect_navigation():
            button.click()
        self.look()

    def said(self, words: str) -> None:
        """The page says what was done."""
        expect(self.page.locator("#messages, main [role=status]").filter(has_text=words)).to_be_visible()

    def _send_unfinished(self, form: str) -> None:
        answers: list[int] = []

        def without_a_complaint(route: Route) -> None:
            if route.request.is_navigation_request():
                response = route.fetch(max_redirects=0)
                answers.append(response.status)
                route.fulfill(response=response, status=200)
            else:
                route.fallback()

        self.page.route("**", without_a_complaint)
        self.press(self.page.locator(f"{form} {SEND}").first)
        self.page.unroute("**", without_a_complaint)
        assert answers == [REFUSED]
        expect(self.page.locator(".error-summary")).to_be_visible()

    # a close look

    @property
    def template(self) -> str:
        """What kind of page this is: its title without anybody's number."""
        return re.sub(r"\d+", "", self.page.title())

    def look(self) -> None:
        """Nothing for axe to find, nothing wider than a phone; and on the first page of a kind, Tab reaches everything."""
        assert too_wide(self.page) <= 0, self.page.url
        shape = self.page.evaluate(SHAPE)
        if shape not in self.shapes:
            self.shapes.add(shape)
            assert self._violations() == [], self.page.url
        if self.template not in self.known:
            self.known.add(self.template)
            missed = unreachable(self.page)
            assert missed == [], (self.page.url, missed)

    def _violations(self) -> list[str]:
        """What axe finds; where no script runs, and so not axe either, on a copy of the page that has no scripts of its own."""
        if self.javascript:
            return violations(self.page)
        browser = self.page.context.browser
        copy = browser.new_page(viewport=self.page.viewport_size)
        html = re.sub(r"<script.*?</script>|</?noscript>", "", self.page.content(), flags=re.DOTALL)
        copy.set_content(html.replace("<head>", f'<head><base href="{self.page.url}">', 1))
        found = violations(copy)
        copy.close()
        return found
