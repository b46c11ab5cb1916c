"""My work: who sees what, in which order, page by page."""

from datetime import date, timedelta
from functools import partial

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db.models import Q

from roles.models import Absence, Territory, absent_people_of
from roles.navigation import COUNT_CAP
from roles.role import Role
from tests.workflows.conftest import START, at, item_of
from workflows.errors import NotYou
from workflows.inbox import (
    ORDERS,
    WIDE,
    Desk,
    counts,
    done_page,
    inbox_page,
    late_page,
    queue_page,
    snoozed_page,
    waiting_page,
)
from workflows.models import CaseGrant, WorkItem
from workflows.services import claim, complete, prioritise, release, snooze
from workflows.standing import Standing

TODAY = date(2026, 3, 3)


@pytest.fixture
def errands(new_errand, team):
    return [new_errand(n % 5) for n in range(12)]


def all_pages(page_of, user, size=5):
    seen, after = [], None
    while True:
        page = page_of(Desk(user, TODAY), after=after, size=size)
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
    first = queue_page(Desk(team.coordinator, TODAY), size=5)
    second = queue_page(Desk(team.coordinator, TODAY), after=first.after, size=5)
    back = queue_page(Desk(team.coordinator, TODAY), before=second.before, size=5)
    assert [item.pk for item in back.items] == [item.pk for item in first.items]
    assert back.before is None


def test_the_queue_of_many_scopes_is_the_same_set_as_the_rule(errands, region, new_errand):
    person = region.person("many", Role.COORDINATOR, Role.TUTOR)
    region.mandate(person, Role.COORDINATOR, territory=region.next_powiat)
    region.mandate(person, Role.COORDINATOR, organisation=region.other_organisation, territory=region.voivodeship)
    assert set(all_pages(queue_page, person)) == set(
        WorkItem.objects.queue_for(person, TODAY).values_list("pk", flat=True)
    )


@pytest.fixture
def wide(region, new_errand):
    """Somebody whose one mandate reaches a whole region, and another a powiat of the next organisation; work in all of it."""
    for n in range(WIDE):
        code = f"31{n:02}"
        Territory.objects.create(
            code=code, level="powiat", name=code, parent=region.voivodeship, path=f"30/{code}/", valid_from=START
        )
    person = region.person("wide", Role.COORDINATOR, territory=region.voivodeship)
    region.mandate(person, Role.COORDINATOR, organisation=region.other_organisation, territory=region.next_powiat)
    for n, powiat in enumerate(Territory.objects.filter(level="powiat").order_by("-code")[:8]):
        new_errand(n % 3, territory=powiat, by=person)
        new_errand(n % 3, territory=region.next_powiat, organisation=region.other_organisation, by=person)
    return person


def test_a_whole_region_and_a_powiat_beside_it_are_one_queue(wide):
    expected = WorkItem.objects.queue_for(wide, TODAY).oldest_first().values_list("pk", flat=True)
    assert all_pages(queue_page, wide) == list(expected)
    assert len(expected) == 16


def test_paging_back_from_the_end_gives_every_page_again(wide):
    desk, pages = Desk(wide, TODAY), [queue_page(Desk(wide, TODAY), size=3)]
    while pages[-1].after:
        pages.append(queue_page(desk, after=pages[-1].after, size=3))
    back = [pages.pop()]
    for page in reversed(pages):
        back.append(queue_page(desk, before=back[-1].before, size=3))
        assert back[-1].items == page.items
    assert (len(back), back[-1].before) == (6, None)


def test_a_filter_holds_in_wide_and_in_narrow_scopes(wide, region):
    here = queue_page(Desk(wide, TODAY), Q(territory=region.next_powiat), size=20).items
    assert {(item.territory, item.organisation) for item in here} == {(region.next_powiat, region.other_organisation)}
    assert len(here) == 8


def test_the_queue_of_somebody_without_mandates_is_empty(errands, region):
    nobody = Desk(region.person("nobody"), TODAY)
    assert (queue_page(nobody).items, counts(nobody)["queue"]) == ([], 0)


def test_nobody_counts_beyond_the_cap(wide, region, new_errand):
    for _ in range(COUNT_CAP):
        new_errand(by=wide)
    assert counts(Desk(wide, TODAY))["queue"] == COUNT_CAP + 1


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
    assert queue_page(Desk(person, TODAY)).items == []


@pytest.mark.parametrize("order", ORDERS)
def test_what_one_owns_pages_in_every_order(errands, team, order):
    claim(WorkItem.objects.open().filter(node="prepare"), by=team.coordinator, at=at(1))
    own = WorkItem.objects.inbox_of(team.coordinator, TODAY)
    expected = own.order_by(order, "-pk" if order.startswith("-") else "pk").values_list("pk", flat=True)
    assert all_pages(partial(inbox_page, order=order), team.coordinator) == list(expected)
    assert len(expected) == 12


def test_an_auditor_reads_but_takes_nothing(errands, region):
    auditor = region.person("auditor", Role.AUDITOR)
    assert WorkItem.objects.visible_to(auditor, at(1)).count() == 12
    assert queue_page(Desk(auditor, TODAY)).items == []


def test_a_deputy_finds_the_absent_ones_work_and_only_while_they_are_away(errands, region, team):
    deputy = region.person("deputy", Role.COORDINATOR)
    item = item_of(errands[0], "prepare")
    claim([item], by=team.coordinator, at=at(1)).only()
    Absence.objects.create(user=team.coordinator, deputy=deputy, starts_on=TODAY, ends_on=TODAY)
    assert [each.pk for each in inbox_page(Desk(deputy, TODAY)).items] == [item.pk]
    assert inbox_page(Desk(deputy, TODAY + timedelta(days=1))).items == []
    done = complete(item, by=deputy, outcome="again", at=at(1))
    assert (done.owner, done.on_behalf_of) == (deputy, team.coordinator)


def test_what_i_asked_for_waits_and_what_i_did_is_done(errands, team, show_permit):
    show_permit(errands[0])
    complete(item_of(errands[0], "prepare"), by=team.coordinator, outcome="ready", at=at(6))
    assert [item.node for item in waiting_page(Desk(team.coordinator, TODAY)).items] == ["approve_begin"]
    assert [item.node for item in done_page(Desk(team.coordinator, TODAY)).items] == ["prepare"]


def test_the_tabs_are_counted(errands, team):
    claim([item_of(errands[0], "prepare")], by=team.coordinator, at=at(1)).only()
    assert counts(Desk(team.coordinator, date(2027, 1, 1))) == {"inbox": 1, "overdue": 1, "queue": 11, "waiting": 0}


def test_a_page_costs_the_same_at_one_row_and_at_thirty(new_errand, team, django_assert_num_queries):
    new_errand()
    with django_assert_num_queries(4):
        queue_page(Desk(team.coordinator, TODAY))
    for _ in range(29):
        new_errand()
    with django_assert_num_queries(4):
        assert len(queue_page(Desk(team.coordinator, TODAY), size=30).items) == 30


# Against a rule that asks for each item apart

NOON = at(1, hour=12)


@pytest.fixture
def mixed(region, team, new_errand, show_permit):
    """People with all sorts of reach, and work of every kind in the hands of each, in both organisations and both powiats."""
    yesterday = {"valid_to": TODAY - timedelta(days=1)}
    people = {
        "here": region.person("p1", Role.COORDINATOR, Role.SUPERVISOR),
        "ended yesterday": region.person("p2", Role.COORDINATOR, Role.SUPERVISOR, **yesterday),
        "next powiat": region.person("p3", Role.COORDINATOR, territory=region.next_powiat),
        "auditor": region.person("p4", Role.AUDITOR),
        "both organisations": region.person("p5", Role.COORDINATOR),
        "deputy in one": region.person("p6", Role.COORDINATOR, organisation=region.other_organisation),
        "deputy who audits": region.person("p7", Role.AUDITOR),
        "shared with": region.person("p8", Role.INSTITUTION_REPRESENTATIVE, territory=region.next_powiat),
        "nobody": region.person("p9"),
    }
    region.mandate(people["both organisations"], Role.COORDINATOR, organisation=region.other_organisation)
    region.mandate(team.coordinator, Role.COORDINATOR, territory=region.next_powiat)
    beta = region.person("beta", Role.COORDINATOR, organisation=region.other_organisation)
    for deputy in ("deputy in one", "deputy who audits"):
        away = people["both organisations"]
        Absence.objects.create(user=away, deputy=people[deputy], starts_on=TODAY, ends_on=TODAY)
    for person in people.values():
        places = [{}, {"territory": region.next_powiat}, {"organisation": region.other_organisation, "by": beta}]
        for place in places:
            one, two, three = (new_errand(**place) for _n in range(3))
            WorkItem.objects.filter(pk=item_of(one, "prepare").pk).update(owner=person, status="ASSIGNED", due=START)
            asleep = {"owner": person, "status": "ASSIGNED", "snoozed_until": date(2026, 3, 9)}
            WorkItem.objects.filter(pk=item_of(two, "prepare").pk).update(**asleep)
            show_permit(three)
            by = place.get("by", team.coordinator)
            complete(item_of(three, "prepare"), by=by, outcome="ready", at=at(0))
            WorkItem.objects.filter(process=three, node="prepare").update(owner=person)
            WorkItem.objects.filter(process=three, node="approve_begin").update(asked_by=person)
            if not place:
                for case in (one, three):
                    facts = {"valid_from": at(0), "expires_at": at(9), "given_by": team.coordinator, "reason": "x"}
                    permission = Permission.objects.get(content_type__app_label="workflows", codename="view_case")
                    CaseGrant.objects.create(
                        user=people["shared with"], content_object=case.case_ptr, permission=permission, **facts
                    )
    return people


def sees(user, item) -> bool:
    return WorkItem.objects.visible_to(user, NOON).filter(pk=item.pk).exists()


def works_at(user, item) -> bool:
    return Standing.of(user, TODAY).works_on(item.process)


def hands(user, item) -> bool:
    """Whether the item is in the person's hands: their own where they may read, an absent one's where they work."""
    away = item.owner_id in absent_people_of(user, TODAY) and works_at(user, item)
    return item.finished is None and (away or (item.owner_id == user.pk and sees(user, item)))


ORACLE = {
    "todo": (inbox_page, lambda user, item: hands(user, item) and item.snoozed_until is None),
    "snoozed": (snoozed_page, lambda user, item: hands(user, item) and item.snoozed_until is not None),
    "waiting": (
        waiting_page,
        lambda user, item: item.finished is None and item.asked_by_id == user.pk and sees(user, item),
    ),
    "done": (
        done_page,
        lambda user, item: item.finished is not None and item.owner_id == user.pk and sees(user, item),
    ),
    "late": (
        late_page,
        lambda user, item: (
            item.finished is None
            and item.due < date(2026, 2, 25)
            and Standing.of(user, TODAY).acts_as(Role.SUPERVISOR, item.process)
        ),
    ),
}


def test_every_tab_holds_what_the_rule_says_of_each_item(mixed):
    WorkItem.objects.human().filter(due=START).update(due=date(2026, 2, 10))
    items = list(WorkItem.objects.human().select_related("process__territory"))
    with time_machine.travel(NOON, tick=False):
        for name, user in mixed.items():
            for tab, (page_of, rule) in ORACLE.items():
                expected = {item.pk for item in items if rule(user, item)}
                assert set(all_pages(page_of, user)) == expected, (name, tab)
            assert counts(Desk(user, TODAY))["inbox"] == len(all_pages(inbox_page, user)), name


@pytest.mark.parametrize(
    ("who", "whose", "how_many"),
    [
        ("here", "here", 1),
        ("ended yesterday", "ended yesterday", 0),
        ("auditor", "auditor", 1),
        ("deputy in one", "both organisations", 1),
        ("deputy who audits", "both organisations", 0),
        ("shared with", "shared with", 1),
    ],
)
def test_of_three_places_only_those_open_to_one_are_on_the_list(mixed, who, whose, how_many):
    with time_machine.travel(NOON, tick=False):
        found = inbox_page(Desk(mixed[who], TODAY)).items
    assert len([item for item in found if item.owner == mixed[whose]]) == how_many


def test_nobody_puts_back_or_puts_off_what_lies_where_they_do_not_work_any_more(errands, region, team):
    items = [item_of(each, "prepare") for each in errands[:2]]
    claim(items, by=team.coordinator, at=at(0))
    team.coordinator.mandates.update(valid_to=START)
    for verb in (release, partial(snooze, until=date(2026, 3, 9)), partial(prioritise, priority=1)):
        refused = verb(items, by=team.coordinator, at=at(1)).refused
        assert {type(each) for each in refused.values()} == {NotYou}
        assert len(refused) == 2
    assert set(WorkItem.objects.filter(pk__in=[each.pk for each in items]).values_list("owner", "snoozed_until")) == {
        (team.coordinator.pk, None)
    }


def test_the_lists_of_my_work_cost_the_same_as_before(new_errand, team, django_assert_num_queries):
    new_errand()
    for page_of in (inbox_page, waiting_page, done_page):
        with django_assert_num_queries(4 if page_of is inbox_page else 3):
            page_of(Desk(team.coordinator, TODAY))
    with django_assert_num_queries(4):
        counts(Desk(team.animator, TODAY))
