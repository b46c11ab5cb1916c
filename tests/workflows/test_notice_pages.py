"""The page of notices, the choice of how each comes, and watching a case."""

from datetime import date

import pytest

from roles.models import User
from roles.role import Role
from tests.workflows.conftest import at, item_of
from tests.workflows.pages import signed_in, text_of, third_of_march, url
from tests.workflows.test_work_pages import queries_of
from workflows import jobs, notifications
from workflows.errors import NotYet, NotYou
from workflows.models import Case, CaseWatch, Notice, NoticeChoice
from workflows.services import add_item, ask, break_glass, choose_paces, decide_many, share, stop_watching, watch

__all__ = ["signed_in", "third_of_march"]


@pytest.fixture
def told(new_errand, team):
    """A notice to the tutor of a task that has a name in its title."""

    def make(case=None) -> Notice:
        task = {"title": "Call Jan Kowalski", "role": Role.TUTOR, "due": date(2026, 3, 6)}
        item = add_item(case or new_errand(), by=team.animator, to=team.tutor, at=at(), **task)
        return Notice.objects.get(item=item)

    return make


def wants(user: User, notify: str, **facts) -> User:
    User.objects.filter(pk=user.pk).update(notify=notify, email=f"{user.username}@example.org", language="en", **facts)
    user.refresh_from_db()
    return user


# The page


def test_a_notice_that_nobody_wants_mailed_stands_on_the_page(signed_in, team, told, mailoutbox):
    wants(team.tutor, "never")
    notice = told()
    notifications.send_digests(at(1))
    jobs.run_due(at(1))
    page = text_of(signed_in(team.tutor).get(url("notices")))
    assert mailoutbox == []
    assert notice.item.get_absolute_url() in page
    assert notice.case.number in page
    assert "Call Jan Kowalski" in page


def test_nobody_sees_the_notices_of_others(signed_in, team, told):
    notice = told()
    client = signed_in(team.coordinator)
    assert notice.case.number not in text_of(client.get(url("notices")))
    assert client.post(url("read_notice", notice.pk)).status_code == 404
    client.post(url("read_notices"), {"up_to": notice.pk})
    assert Notice.objects.get().read_at is None


def test_the_menu_counts_what_is_unread(signed_in, team, told):
    first, _second = told(), told()
    client = signed_in(team.tutor)
    assert menu_count(client) == 2
    client.post(url("read_notice", first.pk))
    assert menu_count(client) == 1
    client.post(url("read_notices"), {"up_to": Notice.objects.latest("pk").pk})
    assert menu_count(client) == 0


def menu_count(client) -> int:
    entries = client.get(url("notices")).context["navigation"].entries
    return next(entry.count for entry in entries if entry.url == url("notices"))


def test_all_read_leaves_what_came_after_the_page_was_shown(signed_in, team, told):
    shown, later = told(), told()
    signed_in(team.tutor).post(url("read_notices"), {"up_to": shown.pk})
    assert list(Notice.objects.unread()) == [later]


@pytest.mark.parametrize("up_to", ["", "x", "-1", "9" * 30])
def test_nonsense_marks_nothing_read(signed_in, team, told, up_to):
    told()
    assert signed_in(team.tutor).post(url("read_notices"), {"up_to": up_to}).status_code == 302
    assert Notice.objects.unread().count() == 1


def test_opening_the_case_reads_what_was_told_of_it(signed_in, team, told):
    mine, other = told(), told()
    signed_in(team.tutor).post(url("seen", mine.case_id))
    assert list(Notice.objects.unread()) == [other]


def test_a_case_that_one_may_no_longer_read_has_no_name_and_no_link(signed_in, team, told):
    notice = told()
    team.tutor.mandates.update(valid_to=date(2026, 3, 2))
    page = text_of(signed_in(team.tutor).get(url("notices")))
    assert notice.case.number in page
    assert not {each for each in ("Kowalski", "Źródlana", notice.item.get_absolute_url()) if each in page}


def test_the_page_goes_on_where_it_ended(signed_in, team, told):
    case = told().case
    for _ in range(50):
        Notice.objects.create(user=team.tutor, event="mentioned", case=case, at=at())
    client = signed_in(team.tutor)
    first = client.get(url("notices")).context["page"]
    second = client.get(url("notices"), {"before": first.older}).context["page"]
    assert (len(first.lines), len(second.lines), second.older) == (50, 1, None)
    assert client.get(url("notices"), {"before": "x'"}).status_code == 200


def test_the_page_costs_the_same_at_one_notice_and_at_thirty(signed_in, team, told, django_assert_max_num_queries):
    told()
    client = signed_in(team.tutor)
    one = queries_of(client, url("notices"), django_assert_max_num_queries)
    for _ in range(29):
        told()
    assert queries_of(client, url("notices"), django_assert_max_num_queries) == one


# How each comes


def test_one_event_comes_at_once_while_the_rest_waits_for_the_digest(team, told, mailoutbox):
    wants(team.tutor, "daily")
    choose_paces({"mentioned": "at_once"}, by=team.tutor)
    case = told().case
    Notice.objects.create(user=team.tutor, event="mentioned", case=case, at=at())
    notifications.mail_at_once(at())
    jobs.run_due(at())
    assert [("YOU WERE MENTIONED" in mail.body, "GIVEN TO YOU" in mail.body) for mail in mailoutbox] == [(True, False)]
    notifications.send_digests(at(1))
    jobs.run_due(at(1))
    assert ["GIVEN TO YOU" in mail.body for mail in mailoutbox] == [False, True]


def test_an_event_that_one_wants_only_here_is_not_mailed(team, told, mailoutbox):
    wants(team.tutor, "at_once")
    choose_paces({"assigned": "never"}, by=team.tutor)
    told()
    notifications.mail_at_once(at())
    notifications.send_digests(at(1))
    jobs.run_due(at(1))
    assert (mailoutbox, Notice.objects.waiting().count(), Notice.objects.unread().count()) == ([], 0, 1)


def test_an_event_without_a_choice_comes_as_everything_else(team, told, mailoutbox):
    wants(team.tutor, "never")
    choose_paces({"assigned": "at_once"}, by=team.tutor)
    choose_paces({"assigned": ""}, by=team.tutor)
    told()
    notifications.mail_at_once(at())
    jobs.run_due(at())
    assert mailoutbox == []


def test_an_officer_is_mailed_of_an_emergency_whatever_they_chose(region, team, new_errand, mailoutbox):
    officer = wants(region.person("officer", Role.DATA_PROTECTION_OFFICER), "never")
    with pytest.raises(NotYet):
        choose_paces({"emergency": "never"}, by=officer)
    far = region.person("far", Role.TUTOR, territory=region.next_powiat)
    case = break_glass(new_errand(), by=far, reason="a life is in danger, nobody here", at=at()).content_object
    notifications.mail_at_once(at())
    jobs.run_due(at())
    (mail,) = mailoutbox
    assert (mail.to, "/emergencies/" in mail.body) == (["officer@example.org"], True)
    assert case.get_absolute_url() not in mail.body


def test_the_account_page_offers_each_event_and_emergencies_to_officers_alone(signed_in, region, team):
    officer = region.person("officer", Role.DATA_PROTECTION_OFFICER)
    offered = {}
    for user in (team.tutor, officer):
        parts = dict(signed_in(user).get("/people/me/").context["parts"])
        offered[user] = set(parts["workflows/_paces.html"].fields)
    assert offered[officer] - offered[team.tutor] == {"emergency"}
    assert offered[officer] == set(Notice.Event.values)


def test_choices_are_made_on_the_account_page(signed_in, team):
    client = signed_in(team.tutor)
    client.post(url("choose_paces"), {"mentioned": "at_once", "due": "never"})
    assert set(NoticeChoice.objects.values_list("user", "event", "pace")) == {
        (team.tutor.pk, "mentioned", "at_once"),
        (team.tutor.pk, "due", "never"),
    }
    client.post(url("choose_paces"), {"mentioned": "sometimes"})
    assert NoticeChoice.objects.count() == 2


# Watching


def moves(case, team, day=0):
    """A colleague of the tutor has the case dropped."""
    item = ask(case, "drop", by=team.tutor, reason="moved", at=at(day))
    decide_many([item], by=team.coordinator, outcome="approved", at=at(day)).only()


def test_who_watches_is_told_of_a_move(new_errand, team):
    case = new_errand()
    watch(case, by=team.animator, at=at())
    moves(case, team)
    assert Notice.objects.filter(event="moved").values_list("user__username", flat=True).get() == "animator"


def test_who_moves_it_or_is_told_anyway_gets_no_second_notice(new_errand, team):
    case = new_errand()
    for user in (team.tutor, team.coordinator):
        watch(case, by=user, at=at())
    moves(case, team)
    assert set(Notice.objects.values_list("user__username", "event")) == {("tutor", "decided")}


def test_who_stopped_watching_is_told_no_more(new_errand, team):
    case = new_errand()
    watch(case, by=team.animator, at=at())
    watch(case, by=team.animator, at=at())
    stop_watching(case, by=team.animator)
    moves(case, team)
    assert not Notice.objects.filter(event="moved").exists()


def test_nobody_watches_a_case_out_of_reach(new_errand, region):
    case = new_errand()
    for near in ({"territory": region.next_powiat}, {"organisation": region.other_organisation}):
        with pytest.raises(NotYou):
            watch(case, by=region.person(f"near{len(near)}{next(iter(near))}", Role.TUTOR, **near), at=at())


def test_watchers_told_are_exactly_those_who_may_still_read(new_errand, region, team):
    case = new_errand()
    people = {
        "here": region.person("here", Role.TUTOR),
        "whole region": region.person("whole", Role.AUDITOR, territory=region.voivodeship),
        "next powiat": region.person("near1", Role.TUTOR, territory=region.next_powiat),
        "next organisation": region.person("near2", Role.TUTOR, organisation=region.other_organisation),
        "until yesterday": region.person("near3", Role.TUTOR, valid_to=date(2026, 3, 1)),
        "figures alone": region.person("near4", Role.ANALYST),
        "guest": region.person("guest", Role.TUTOR, organisation=region.other_organisation),
        "guest until yesterday": region.person("guest2", Role.TUTOR, organisation=region.other_organisation),
        "closed account": region.person("gone", Role.TUTOR),
    }
    User.objects.filter(username="gone").update(is_active=False)
    people["closed account"].refresh_from_db()
    share(case, by=team.coordinator, with_user=people["guest"], until=date(2026, 3, 9), reason="x", at=at())
    share(
        case,
        by=team.coordinator,
        with_user=people["guest until yesterday"],
        until=date(2026, 3, 2),
        reason="x",
        at=at(),
    )
    CaseWatch.objects.bulk_create(CaseWatch(user=user, case=case, since=at()) for user in people.values())
    later = at(1)
    told = {watch.user for watch in CaseWatch.objects.who_may_read(later)}
    assert told == {
        user for user in people.values() if Case.objects.visible_to(user, later).filter(pk=case.pk).exists()
    }
    assert told == {people["here"], people["whole region"], people["guest"]}


def test_the_button_on_the_case_page_watches_and_stops(signed_in, new_errand, team):
    case, client = new_errand(), signed_in(team.tutor)
    assert url("watch", case.pk) in text_of(client.get(case.get_absolute_url()))
    client.post(url("watch", case.pk))
    assert CaseWatch.objects.filter(user=team.tutor, case=case).exists()
    assert url("stop_watching", case.pk) in text_of(client.get(case.get_absolute_url()))
    client.post(url("stop_watching", case.pk))
    assert not CaseWatch.objects.exists()


def test_opening_a_case_tells_nobody_and_asks_for_no_watches(new_errand, django_assert_max_num_queries):
    with django_assert_max_num_queries(1000) as counted:
        new_errand()
    assert not [query for query in counted.captured_queries if "casewatch" in query["sql"]]
    assert item_of(Case.objects.get(), "prepare")
