"""On a phone what stands above a list is folded; on a wide screen it is open, with scripts or without."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import assert_accessible
from tests.workflows.conftest import START, at, item_of, new_errand, region, show_permit, team, walk
from workflows.services.holds import put_on_hold

__all__ = ["new_errand", "region", "show_permit", "team", "walk"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("address", ["/?tab=queue", "/cases/"])
def test_filters_are_folded_on_a_phone_and_open_on_a_wide_screen(open_page, new_errand, team, address, javascript):
    new_errand()
    wide = open_page(address, user=team.coordinator, javascript=javascript)
    expect(wide.locator(".filters select").first).to_be_visible()
    expect(wide.locator(".fold-narrow > summary")).to_be_hidden()
    phone = open_page(address, user=team.coordinator, width=320, javascript=javascript)
    expect(phone.locator(".filters select").first).to_be_hidden()
    phone.locator(".fold-narrow > summary").click()
    expect(phone.locator(".filters select").first).to_be_visible()


def test_a_filter_that_is_set_stands_open_on_a_phone(open_page, new_errand, team):
    new_errand()
    phone = open_page("/?tab=queue&due=later", user=team.coordinator, width=320)
    expect(phone.locator(".filters select").first).to_be_visible()


def test_what_happened_since_the_last_move_is_folded_on_a_phone(open_page, new_errand, show_permit, team, walk):
    case = new_errand()
    show_permit(case)
    walk(case, "prepare", "ready", by=team.coordinator)
    put_on_hold(case, by=team.tutor, starts_on=START, reason="illness", at=at(1))
    address = item_of(case, "approve_begin").get_absolute_url()
    phone = open_page(address, user=team.supervisor, width=320)
    expect(phone.locator(".fold-narrow .timeline")).to_be_hidden()
    assert_accessible(phone)
    expect(open_page(address, user=team.supervisor).locator(".fold-narrow .timeline")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_columns_are_chosen_on_a_phone(open_page, new_errand, team, javascript):
    new_errand()
    phone = open_page("/cases/", user=team.coordinator, width=320, javascript=javascript)
    phone.locator(".own-columns > summary").click()
    phone.check("[name=column][value=programme]")
    with phone.expect_navigation():
        phone.locator(".own-columns button").click()
    expect(phone.locator("td[data-label]", has_text="Program").first).to_be_visible()


@pytest.mark.parametrize("address", ["/?tab=queue", "/cases/", "/work/many/runs/"])
def test_lists_are_accessible_at_both_widths(open_page, new_errand, team, address):
    new_errand()
    assert_accessible(open_page(address, user=team.coordinator))
    assert_accessible(open_page(address, user=team.coordinator, width=320))
