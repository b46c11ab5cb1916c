"""The log of readings and exports: seen by those who check the house, for their scopes only."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from cases.models import AccessLog
from cases.people import log_access
from roles.role import Role
from roles.views.paging import A_PAGE
from tests.cases.participants.factories import at, make_participant
from workflows.models import ExportLog

ADDRESS = reverse("cases:reading_log")


@pytest.fixture
def read(region):
    """Somebody reads the PESEL of a participant's case, with a reason."""
    case = make_participant(region, until="check_eligibility")

    def read(reason="Umowa", **more):
        tutor = region.people[Role.TUTOR]
        return log_access(AccessLog.What.PESEL, by=tutor, reason=reason, person=case.person, case=case, **more)

    return read


def exported(by, **more):
    return ExportLog.objects.create(
        **{"user": by, "what": "cases", "query": "stage=incubation", "shape": "xlsx", "rows": 7, "at": at(1)} | more
    )


def page_of(client, user, **data) -> str:
    client.force_login(user)
    return client.get(ADDRESS, data).content.decode()


@pytest.mark.parametrize("role", [Role.DATA_PROTECTION_OFFICER, Role.AUDITOR])
def test_who_checks_the_house_sees_who_read_what_and_why(client, region, read, role):
    entry = read()
    page = page_of(client, region.person(role))
    assert "Umowa" in page
    assert str(entry.by) in page
    assert entry.case.number in page
    assert entry.case.title not in page


@pytest.mark.parametrize("near_miss", ["another organisation", "the next powiat", "until yesterday"])
def test_who_checks_another_house_does_not(client, region, read, near_miss):
    read()
    facts = {
        "another organisation": {"organisation": region.other},
        "the next powiat": {"territory": region.next_powiat},
        "until yesterday": {"valid_to": localdate() - timedelta(days=1)},
    }[near_miss]
    officer = region.person(Role.DATA_PROTECTION_OFFICER, **facts)
    client.force_login(officer)
    answer = client.get(ADDRESS)
    assert answer.status_code == (403 if near_miss == "until yesterday" else 200)
    assert "Umowa" not in answer.content.decode()


def test_exports_of_the_organisations_people_are_listed(client, region):
    exported(region.people[Role.COORDINATOR])
    exported(region.person(Role.COORDINATOR, organisation=region.other), query="stage=elsewhere")
    page = page_of(client, region.person(Role.DATA_PROTECTION_OFFICER), list="exports")
    assert "stage=incubation" in page
    assert "elsewhere" not in page


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, True),
        ({"what": "pesel"}, True),
        ({"what": "case_file"}, False),
        ({"who": "tutor"}, True),
        ({"who": "nobody of that name"}, False),
        ({"since": "2026-03-02", "until": "2026-03-02"}, True),
        ({"since": "2026-03-03"}, False),
        ({"until": "2026-03-01"}, False),
        ({"since": "yesterday", "page": "x"}, True),
    ],
)
def test_filters_narrow_the_log(client, region, read, filters, found):
    read(at=datetime(2026, 3, 2, 10, tzinfo=UTC))
    page = page_of(client, region.person(Role.DATA_PROTECTION_OFFICER), **filters)
    assert ("Umowa" in page) is found


def test_pages_lead_to_one_another(client, region, read):
    for number in range(2 * A_PAGE + 1):
        read(f"powód nr {number:03}")
    officer = region.person(Role.DATA_PROTECTION_OFFICER)
    first = page_of(client, officer, what="pesel")
    assert "powód nr 100" in first
    assert "powód nr 050" not in first
    assert 'href="?what=pesel&amp;page=2" rel="next"' in first
    assert 'rel="prev"' not in first
    second = page_of(client, officer, page=2)
    assert "powód nr 050" in second
    assert 'rel="prev"' in second
    last = page_of(client, officer, page=3)
    assert "powód nr 000" in last
    assert 'rel="next"' not in last
