"""The interface's foundation as people meet it: by eye, by keyboard, enlarged, on a phone, without JavaScript."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from roles import navigation
from roles.navigation import NavItem
from tests.browser.accessibility import NUMBER_THE_INTERACTIVE, violations
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ["/styleguide/", "/help/", "/about/", "/accessibility/", "/nowhere/"]

#: Which of the numbered elements has focus, how thick its outline is, and whether it is shown.
FOCUSED = """() => {
  const e = document.activeElement;
  return [+(e.dataset.nth ?? -1), parseFloat(getComputedStyle(e).outlineWidth), e.checkVisibility()];
}"""


@pytest.fixture
def visit(open_page, monkeypatch) -> Callable[..., Page]:
    """Opens an address as somebody who may see the style guide, with a menu and a search of their own."""
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(navigation, "_search", ["about"])
    for order, (label, url_name, key) in enumerate([("Style guide", "styleguide", "i"), ("Help", "help", "h")]):
        item = NavItem(label=label, url_name=url_name, icon="inbox", allowed=lambda user: True, key=key, order=order)
        navigation.register(item)

    def visit(path: str, *, language: str = "pl", **options: object) -> Page:
        user = make_user("Żaneta", "Łukasiewicz", is_staff=True, language=language)
        return open_page(path, user=user, language=language, **options)

    return visit


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def as_found(route: Route) -> None:
    """The same page, but not reported as an error on the console for not being found."""
    route.fulfill(response=route.fetch(), status=200)


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("width", [1366, 768, 320])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, width, language):
    page = visit(PAGES[0], width=width, language=language)
    page.route("**/nowhere/", as_found)
    for path in PAGES:
        page.goto(path)
        assert violations(page) == [], path
        assert overflow(page) <= 0, path
    assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("width", [1366, 640])
def test_text_twice_as_large_still_fits(visit, width):
    page = visit("/styleguide/", width=width)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert overflow(page) <= 0


@pytest.mark.parametrize("width", [1366, 320])
def test_tab_reaches_everything_and_focus_is_seen(visit, width):
    page = visit("/styleguide/", width=width)
    elements = page.evaluate(NUMBER_THE_INTERACTIVE)
    wanted = set(range(len(elements)))
    faint = []
    for _press in range(2 * len(wanted)):  # a date has a stop for each of its parts
        page.keyboard.press("Tab")
        nth, outline, shown = page.evaluate(FOCUSED)
        wanted.discard(nth)
        if nth >= 0 and (outline < 3 or not shown):
            faint.append(elements[nth])
    assert [elements[n] for n in wanted] == []
    assert faint == []


def test_the_keys_walk_the_list_pick_and_open(visit):
    page = visit("/styleguide/")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-row] [data-open]").nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(".pick [name]").nth(1)).to_be_checked()
    expect(page.locator("[data-picked]")).to_contain_text("1")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#row-1$"))
    page.keyboard.press("/")
    expect(page.locator("#quick-search")).to_be_focused()
    page.keyboard.type("j?x")
    expect(page.locator("#quick-search")).to_have_value("j?x")


def test_the_question_mark_opens_the_help_and_escape_gives_focus_back(visit):
    page = visit("/styleguide/")
    page.locator("[data-open]").first.focus()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()
    expect(page.locator("[data-open]").first).to_be_focused()


def test_g_and_a_letter_go_to_a_place(visit):
    page = visit("/help/")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/styleguide/")


def test_shortcuts_that_are_off_do_nothing(visit):
    page = visit("/help/")
    page.locator("button[name=shortcuts]").click()
    expect(page.locator("body")).to_have_attribute("data-shortcuts", "off")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_hidden()


def test_a_refused_form_works_and_shows_its_errors_without_javascript(visit):
    page = visit("/styleguide/", width=320, javascript=False)
    expect(page.locator("[data-select-all]")).to_be_hidden()
    page.locator("#id_name").fill("Róża Żak")
    page.locator("#forms button[type=submit]").first.click()
    expect(page.locator("#forms .error-summary")).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("Róża Żak")
    page.locator("#forms .error-summary a").first.click()
    assert page.url.endswith("#id_pesel")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_field_is_shown_under_the_choice_that_wants_it(visit, javascript):
    page = visit("/styleguide/", javascript=javascript)
    hours = page.locator("#id_hours")
    expect(hours).to_be_hidden()
    page.locator("#forms [value=approve]").first.check()
    hours.fill("4")
    page.locator("#forms [value=return]").first.check()
    expect(hours).to_be_hidden()
    expect(page.locator("#wrong_hours")).to_be_visible()  # it has an error


def test_what_is_not_shown_is_not_sent(visit):
    page = visit("/styleguide/")
    names = "[...new FormData(document.querySelector('#forms form')).keys()]"
    page.locator("#forms [value=approve]").first.check()
    assert "hours" in page.evaluate(names)
    page.locator("#forms [value=return]").first.check()
    assert "hours" not in page.evaluate(names)
    assert "note" in page.evaluate(names)


def test_the_menu_folds_out_on_a_phone_without_javascript(visit):
    page = visit("/help/", width=320, javascript=False)
    expect(page.locator(".drawer .menu")).to_be_hidden()
    page.locator(".drawer summary").click()
    page.locator(".drawer .menu a").first.click()
    page.wait_for_url("**/styleguide/")


def test_the_error_summary_takes_focus(visit):
    page = visit("/styleguide/")
    page.locator("#forms button[type=submit]").first.click()
    expect(page.locator("#forms .error-summary")).to_be_focused()


def test_all_rows_of_a_page_are_picked_at_once_and_the_bar_appears(visit):
    page = visit("/styleguide/")
    expect(page.locator(".bulk")).to_be_hidden()
    page.locator("[data-select-all]").check()
    expect(page.locator(".bulk")).to_be_visible()
    expect(page.locator("[data-picked]")).to_contain_text("5")
    page.locator(".pick [name]").first.uncheck()
    expect(page.locator("[data-picked]")).to_contain_text("4")


def test_a_draft_saves_itself_and_says_when(visit):
    page = visit("/styleguide/")
    page.clock.install()
    page.reload()
    sent = []
    page.route("**/styleguide/", lambda route: (sent.append(route.request.post_data), route.fulfill(status=204)))
    page.locator("#id_name").fill("Łucja Źródlana-Nowak")
    page.clock.fast_forward("00:21")
    expect(page.locator("#forms [data-saved]")).not_to_be_empty()
    page.clock.fast_forward("01:00")
    assert len(sent) == 1, "an unchanged draft is not sent again"
    assert "Łucja Źródlana-Nowak" in sent[0]
    assert "scan" not in sent[0], "files wait for the real sending"


def test_a_form_keeps_its_content_when_the_session_has_ended(visit):
    page = visit("/styleguide/")
    page.clock.install()
    page.reload()
    page.locator("#id_note").fill("Długa notatka ze spotkania")
    page.clock.fast_forward("00:21")
    expect(page.locator("#forms [data-saved]")).to_contain_text(":")
    page.clock.fast_forward("11:00")
    page.context.clear_cookies()
    page.locator("#forms button[type=submit]").first.click()
    expect(page.locator("#messages a")).to_have_attribute("target", "_blank")
    expect(page.locator("#id_note")).to_have_value("Długa notatka ze spotkania")


def test_a_form_that_stood_open_long_is_sent_with_a_fresh_token(visit):
    page = visit("/styleguide/")
    page.clock.install()
    page.reload()
    page.locator("#id_name").fill("Róża Żak")
    page.clock.fast_forward("00:21")
    expect(page.locator("#forms [data-saved]")).to_contain_text(":")
    page.clock.fast_forward("11:00")
    page.evaluate("document.querySelector('#forms [name=csrfmiddlewaretoken]').value = 'stale'")
    page.locator("#forms button[type=submit]").first.click()
    expect(page.locator("#forms .error-summary")).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("Róża Żak")


def test_a_second_click_does_not_send_twice(visit):
    page = visit("/styleguide/")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate("for (let n = 0; n < 3; n++) document.querySelector('#forms button[type=submit]').click()")
    expect(page.locator("#forms .error-summary")).to_be_visible()
    assert len(sent) == 1


def test_paper_shows_no_menus_and_no_buttons(visit):
    page = visit("/styleguide/")
    page.emulate_media(media="print")
    for name in (".top", ".sidebar", ".foot", ".filters", ".form-buttons"):
        expect(page.locator(name).first).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
