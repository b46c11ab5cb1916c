"""A case through the engine's pages in a browser: at both widths, with and without JavaScript, held to WCAG."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.workflows.conftest import item_of, new_errand, region, show_permit, team, walk
from workflows.models import Case, Draft, Presence, WorkItem

__all__ = ["new_errand", "region", "show_permit", "team", "walk"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = [1366, 320]


def url(name, *args):
    return reverse(f"workflows:{name}", args=args)


def send(page: Page) -> None:
    """Press the main button of the page's form, and wait for what follows."""
    with page.expect_navigation():
        page.locator("main form.form .form-buttons .btn-primary").first.click()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("width", WIDTHS)
def test_work_is_taken_kept_as_a_draft_sent_on_and_approved(
    open_page, new_errand, show_permit, team, width, javascript
):
    case = new_errand()
    show_permit(case)
    page = open_page("/?tab=queue", user=team.coordinator, width=width, javascript=javascript)
    page.get_by_role("link", name=case.title).first.click()
    page.fill("[name=note]", "Zezwolenie okazane")
    with page.expect_navigation():
        page.locator("button[name=draft]").click()
    expect(page.locator("[name=note]")).to_have_value("Zezwolenie okazane")
    assert Draft.objects.count() == 1
    page.check("[name=outcome][value=ready]")
    send(page)
    assert item_of(case, "approve_begin").asked_by == team.coordinator
    page = open_page(
        item_of(case, "approve_begin").get_absolute_url(), user=team.supervisor, width=width, javascript=javascript
    )
    page.check("[name=outcome][value=approved]")
    send(page)
    assert Case.objects.get(pk=case.pk).stage == "running"


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_many_are_taken_and_given_back(open_page, new_errand, team, javascript):
    for _ in range(3):
        new_errand()
    page = open_page("/?tab=queue", user=team.coordinator, javascript=javascript)
    for box in page.locator("[name=item]").all():
        box.check()
    with page.expect_navigation():
        page.locator("button[name=do][value=claim]").click()
    send(page)
    assert WorkItem.objects.filter(owner=team.coordinator).count() == 3
    with page.expect_navigation():
        page.locator("form[action$='/undo/'] button").click()
    assert WorkItem.objects.filter(owner=team.coordinator).count() == 0


def test_somebody_else_is_seen_to_have_it_open(open_page, new_errand, team, region):
    item = item_of(new_errand(), "prepare")
    other = region.person("other", *[mandate.role for mandate in team.coordinator.mandates.all()])
    first = open_page(item.get_absolute_url(), user=other)
    first.wait_for_function("() => performance.getEntriesByType('resource').some(r => r.name.endsWith('/presence/'))")
    first.wait_for_load_state("networkidle")
    assert Presence.objects.count() == 1
    second = open_page(item.get_absolute_url(), user=team.coordinator)
    expect(second.locator("#presence")).to_contain_text("other")


def test_the_tabs_are_swapped_in_and_the_address_follows(open_page, new_errand, team):
    case = new_errand()
    page = open_page("/", user=team.coordinator)
    page.locator("#worklist .tabs a").nth(1).click()
    expect(page.locator("#worklist")).to_contain_text(case.number)
    expect(page.locator("#worklist")).to_be_focused()
    assert page.url.endswith("?tab=queue")


@pytest.fixture
def every_page(new_errand, show_permit, team, walk):
    """Addresses of the engine's pages with something on each, and who looks at it."""
    case, asked = new_errand(), new_errand()
    show_permit(asked)
    walk(asked, "prepare", "ready", by=team.coordinator)
    item, approval = item_of(case, "prepare"), item_of(asked, "approve_begin")
    coordinator = [
        "/",
        "/?tab=queue",
        "/?tab=waiting",
        "/?tab=done",
        item.get_absolute_url(),
        url("cases"),
        url("emergency"),
    ]
    coordinator += [
        url(name, case.pk) for name in ("case", "case_timeline", "assign", "add_task", "hold", "share_case")
    ]
    coordinator += [url(name, item.pk) for name in ("snooze", "delegate", "prioritise")]
    coordinator += [
        url("board"),
        url("powiats"),
        url("programmes"),
        f"{url('new_view')}?list=work",
        approval.get_absolute_url(),
    ]
    supervisor = [approval.get_absolute_url(), url("together"), f"{url('together')}?move=errand.begin.planned"]
    supervisor += [url("programme", case.programme_id), url("new_programme"), url("give_time", item.pk)]
    return [(team.coordinator, path) for path in coordinator] + [(team.supervisor, path) for path in supervisor]


def test_every_page_is_accessible(open_page, every_page):
    pages: dict[str, Page] = {}
    for user, path in every_page:
        if user.username not in pages:
            pages[user.username] = open_page("/", user=user)
        page = pages[user.username]
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert_accessible(page)
