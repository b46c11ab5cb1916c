"""Planning a session for a group: whom the page offers, and changing it afterwards."""

import pytest
import time_machine
from django.urls import reverse

from cases.models import Attendance, Session
from cases.sessions import plan_session
from roles.role import Role
from tests.cases.participants.factories import at, make_participant, new_person, register_participant
from workflows.models import CaseAssignment

NEW = reverse("cases:new_session")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(at(30), tick=False):
        yield


@pytest.fixture
def trainer(region, client):
    user = region.person(Role.TRAINER)
    client.force_login(user)
    return user


@pytest.fixture
def supported(region):
    return make_participant(region, until="recommend")


def offered(client, **query) -> list[int]:
    return [case.pk for case in client.get(NEW, query).context["form"].fields["cases"].queryset]


def sent(cases, **facts):
    known = {"cases": [case.pk for case in cases], "kind": "training", "starts_at": "2026-04-30T08:00", "hours": "2"}
    return known | facts


def test_a_trainer_is_offered_everybody_in_support_where_they_work(client, trainer, supported, region):
    register_participant(region)  # in recruitment: not in support yet
    assert offered(client) == [supported.pk]
    answer = client.post(NEW, sent([supported]))
    assert answer.status_code == 302
    assert Session.objects.get().leader == trainer


def test_nobody_is_offered_people_of_others(client, supported, region):
    for near in ({"territory": region.next_powiat}, {"organisation": region.other}, {"valid_to": at(29).date()}):
        client.force_login(region.person(Role.TRAINER, **near))
        assert offered(client) == []
        assert client.post(NEW, sent([supported])).status_code == 422
    client.force_login(region.person(Role.AUDITOR))
    assert offered(client) == []


def test_ones_own_people_stand_first_whatever_the_filter(client, supported, region):
    tutor = region.people[Role.TUTOR]
    mine = register_participant(region, person=new_person(region.organisation, last_name="Żyła"))
    CaseAssignment.objects.update_or_create(case=mine, role=Role.TUTOR, defaults={"user": tutor, "since": at().date()})
    CaseAssignment.objects.filter(case=supported).delete()
    client.force_login(tutor)
    assert offered(client) == [mine.pk, supported.pk]
    assert offered(client, q="Nikt") == [mine.pk]


def test_people_are_found_by_name_tutor_and_powiat(client, trainer, supported, region):
    CaseAssignment.objects.filter(case=supported, role=Role.TUTOR).delete()
    other = make_participant(region, until="recommend")
    CaseAssignment.objects.filter(case=other, role=Role.TUTOR).delete()
    tutors = region.people[Role.TUTOR], region.person(Role.TUTOR)
    for case, tutor in zip((supported, other), tutors, strict=True):
        CaseAssignment.objects.create(case=case, role=Role.TUTOR, user=tutor, since=at().date())
    assert set(offered(client)) == {supported.pk, other.pk}
    assert offered(client, q=other.number) == [other.pk]
    assert offered(client, tutor=tutors[1].pk) == [other.pk]
    assert set(offered(client, tutor="x' OR 1")) == {supported.pk, other.pk}
    assert offered(client, q=other.number, case=[supported.pk]) == sorted(
        [supported.pk, other.pk], key=lambda key: {supported.pk: supported, other.pk: other}[key].sort_key
    )


def test_the_page_costs_the_same_for_one_and_for_many(
    client, trainer, supported, region, django_assert_max_num_queries
):
    def queries() -> int:
        with django_assert_max_num_queries(1000) as counted:
            client.get(NEW)
        return len(counted)

    queries()
    one = queries()
    for _more in range(3):
        make_participant(region, until="recommend")
    assert queries() == one


def test_a_planned_session_is_changed_on_its_page(client, trainer, supported, region):
    session = Session(kind="training", starts_at=at(40), hours=2, leader=trainer)
    plan_session(session, [supported], by=trainer, at=at(30))
    colleague = region.people[Role.TUTOR]
    url = reverse("cases:edit_session", args=[session.pk])
    assert url in client.get(reverse("cases:session", args=[session.pk])).content.decode()
    page = client.get(url)
    assert page.context["form"]["cases"].value() == [supported.pk]
    other = make_participant(region, until="recommend")
    answer = client.post(url, sent([other], place="Sala 2", leader=colleague.pk))
    assert answer.status_code == 302
    session.refresh_from_db()
    assert (session.place, session.leader) == ("Sala 2", colleague)
    assert Attendance.objects.get().case_id == other.pk


def test_a_session_of_people_out_of_reach_is_not_changed(client, trainer, supported, region):
    session = Session(kind="training", starts_at=at(40), hours=2, leader=trainer)
    plan_session(session, [supported], by=trainer, at=at(30))
    client.force_login(region.person(Role.AUDITOR))
    url = reverse("cases:edit_session", args=[session.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, sent([supported])).status_code in (403, 422)
    client.force_login(region.person(Role.TRAINER, territory=region.next_powiat))
    assert client.get(url).status_code == 404


def test_nobody_came_is_one_button(client, trainer, supported):
    session = Session(kind="training", starts_at=at(29), hours=2, leader=trainer)
    plan_session(session, [supported], by=trainer, at=at(28))
    page = reverse("cases:session", args=[session.pk])
    assert reverse("cases:no_show", args=[session.pk]) in client.get(page).content.decode()
    client.post(reverse("cases:no_show", args=[session.pk]))
    session.refresh_from_db()
    assert session.status == "no_show"
    assert client.get(page).status_code == 200
