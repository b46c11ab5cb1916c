"""My work: who sees what, in which order, page by page."""

from datetime import date, timedelta

import pytest

from roles.models import Absence
from roles.role import Role
from tests.workflows.conftest import at, item_of
from workflows.inbox import counts, done_page, inbox_page, queue_page, waiting_page
from workflows.models import WorkItem
from workflows.services import claim, complete

TODAY = date(2026, 3, 3)


@pytest.fixture
def errands(new_errand, team):
    return [new_errand(n % 5) for n in range(12)]


def all_pages(page_of, user, size=5):
    seen, after = [], None
    while True:
        page = page_of(user, TODAY, after=after, size=size)
        seen += [item.pk for item in page.items]
        if page.after is None:
            return seen
        after = page.after


def test_the_queue_pages_through_everything_once_by_deadline(errands, team):
    keys = all_pages(queue_page, team.coordinator)
    expected = WorkItem.objects.queue_for(team.coordinator, TODAY).oldest_first().values_list("pk", flat=True)
    assert keys == list(expected)
    assert len(keys) == 12


def test_paging_back_gives_the_page_before(errands, team):
    first = queue_page(team.coordinator, TODAY, size=5)
    second = queue_page(team.coordinator, TODAY, after=first.after, size=5)
    back = queue_page(team.coordinator, TODAY, before=second.before, size=5)
    assert [item.pk for item in back.items] == [item.pk for item in first.items]
    assert back.before is None


def test_the_queue_of_many_scopes_is_the_same_set_as_the_rule(errands, region, new_errand):
    person = region.person("many", Role.COORDINATOR, Role.TUTOR)
    region.mandate(person, Role.COORDINATOR, territory=region.next_powiat)
    region.mandate(person, Role.COORDINATOR, organisation=region.other_organisation, territory=region.voivodeship)
    assert set(all_pages(queue_page, person)) == set(
        WorkItem.objects.queue_for(person, TODAY).values_list("pk", flat=True)
    )


@pytest.mark.parametrize(
    "mandate",
    [
        {"territory": "next_powiat"},
        {"organisation": "other_organisation"},
        {"valid_to": TODAY - timedelta(days=1)},
        {"valid_from": TODAY + timedelta(days=1)},
    ],
)
def test_a_near_miss_sees_an_empty_queue(errands, region, mandate):
    mandate = {name: getattr(region, value) if isinstance(value, str) else value for name, value in mandate.items()}
    person = region.person("near", Role.COORDINATOR, **mandate)
    assert queue_page(person, TODAY).items == []


def test_an_auditor_reads_but_takes_nothing(errands, region):
    auditor = region.person("auditor", Role.AUDITOR)
    assert WorkItem.objects.visible_to(auditor, at(1)).count() == 12
    assert queue_page(auditor, TODAY).items == []


def test_a_deputy_finds_the_absent_ones_work_and_only_while_they_are_away(errands, region, team):
    deputy = region.person("deputy", Role.COORDINATOR)
    item = item_of(errands[0], "prepare")
    claim([item], by=team.coordinator, at=at(1)).only()
    Absence.objects.create(user=team.coordinator, deputy=deputy, starts_on=TODAY, ends_on=TODAY)
    assert [each.pk for each in inbox_page(deputy, TODAY).items] == [item.pk]
    assert inbox_page(deputy, TODAY + timedelta(days=1)).items == []
    done = complete(item, by=deputy, outcome="again", at=at(1))
    assert (done.owner, done.on_behalf_of) == (deputy, team.coordinator)


def test_what_i_asked_for_waits_and_what_i_did_is_done(errands, team, show_permit):
    show_permit(errands[0])
    complete(item_of(errands[0], "prepare"), by=team.coordinator, outcome="ready", at=at(6))
    assert [item.node for item in waiting_page(team.coordinator, TODAY).items] == ["approve_begin"]
    assert [item.node for item in done_page(team.coordinator).items] == ["prepare"]


def test_the_tabs_are_counted(errands, team):
    claim([item_of(errands[0], "prepare")], by=team.coordinator, at=at(1)).only()
    assert counts(team.coordinator, date(2027, 1, 1)) == {"inbox": 1, "overdue": 1, "queue": 11, "waiting": 0}


def test_a_page_costs_the_same_at_one_row_and_at_thirty(new_errand, team, django_assert_num_queries):
    new_errand()
    with django_assert_num_queries(5):
        queue_page(team.coordinator, TODAY)
    for _ in range(29):
        new_errand()
    with django_assert_num_queries(5):
        assert len(queue_page(team.coordinator, TODAY, size=30).items) == 30
