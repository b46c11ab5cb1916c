"""A list is brought in through the pages: at both widths, with and without JavaScript, held to WCAG."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cases.participants.models import ParticipantCase, ParticipantImport
from roles.role import Role
from tests.browser.accessibility import assert_accessible
from tests.cases.participants.test_import_pages import STAGE_LABEL, file_of, region
from tests.cases.participants.test_importing import HEADINGS, WOMEN, row
from workflows.jobs import run_due

__all__ = ["region"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def workbook(tmp_path) -> Path:
    """Two people, one of them in support; a row with problems; a surname under a strange heading."""
    headings = ["Godność" if each == "Nazwisko" else each for each in HEADINGS]
    rows = [row(1, WOMEN[0], stage=STAGE_LABEL), row(2, WOMEN[1]), row(3, "123", "Zła")]
    path = tmp_path / "lista.xlsx"
    path.write_bytes(file_of(*rows, headings=headings).read())
    return path


def url(name: str, *keys: int) -> str:
    return reverse(f"participants:{name}", args=keys)


def press(page: Page, button: str) -> None:
    """Press it, and wait for what follows."""
    with page.expect_navigation():
        page.locator(button).click()


def worked(page: Page, *, javascript: bool) -> None:
    """A worker does what waits; the page shows it by itself, or when one asks."""
    run_due(datetime.now(UTC))
    if not javascript:
        page.locator("main .actions a", has_text="Show how far it is now").click()
    expect(page.locator("#import-progress")).to_have_count(0, timeout=10_000)


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("width", [1366, 320])
def test_a_list_is_brought_in(open_page, region, workbook, width, javascript):
    look = assert_accessible if javascript else lambda page: None
    options = {"width": width, "javascript": javascript}
    page = open_page(url("new_import"), user=region[Role.ANIMATOR], **options)
    look(page)
    page.set_input_files("[name=file]", workbook)
    press(page, "main form.form .btn-primary")
    worked(page, javascript=javascript)
    look(page)
    press(page, "main a[href$='/columns/']")
    look(page)
    page.select_option("[name=column_0]", "last_name")
    press(page, "main form.form .btn-primary")
    worked(page, javascript=javascript)
    look(page)
    press(page, "form[action$='/confirm/'] button")
    batch = ParticipantImport.objects.get()
    page = open_page(url("import_takeover", batch.pk), user=region[Role.SUPERVISOR], **options)
    look(page)
    page.check("[name=outcome][value=approve]")
    press(page, "main form.form .btn-primary")
    worked(page, javascript=javascript)
    look(page)
    assert ParticipantCase.objects.count() == 2
    page.goto(url("imports"))
    look(page)
