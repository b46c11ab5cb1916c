"""Searching, taking lists out and opening what is masked: so often an hour, and then not, for each person apart."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from cases.models import AccessLog
from tests.cases.conftest import make_person, open_case, participation, person
from tests.workflows.conftest import at, region, team
from workflows.buckets import Rate, take_token
from workflows.models import Bucket, ExportLog

__all__ = ["make_person", "open_case", "participation", "person", "region", "team"]


@pytest.fixture(autouse=True)
def _strict(settings):
    settings.SEARCHES_AN_HOUR = settings.EXPORTS_AN_HOUR = settings.REVEALS_AN_HOUR = 2
    with time_machine.travel(at(1), tick=False):
        yield


def often(client, address: str, sent: dict[str, str], times: int = 3) -> list[int]:
    answers = [client.post(address, sent) for _time in range(times)]
    for answer in answers:
        b"".join(answer)  # a file is closed when it was read
    return [answer.status_code for answer in answers]


def test_a_search_is_asked_so_often(client, team):
    client.force_login(team.coordinator)
    assert often(client, reverse("workflows:search"), {"q": "Śliwa"}) == [302, 302, 429]


def test_a_list_is_taken_out_so_often_and_no_more_is_noted(client, team):
    client.force_login(team.coordinator)
    assert often(client, reverse("workflows:export"), {"shape": "csv"}) == [200, 200, 429]
    assert ExportLog.objects.count() == 2


def test_what_is_masked_is_opened_so_often_through_whatever_door(client, team, participation):
    client.force_login(team.tutor)
    said = {"reason": "rozmowa z PUP"}
    reveal = reverse("participants:reveal", args=[participation.pk, "pesel"])
    assert often(client, reveal, said, 2) == [200, 200]
    for name, args in (("reveal", ["identifier"]), ("restricted", ["answers"]), ("case_file", [])):
        assert client.post(reverse(f"participants:{name}", args=[participation.pk, *args]), said).status_code == 429
    assert AccessLog.objects.count() == 2


def test_the_answer_says_in_words_and_in_seconds_when_to_come_back(client, team):
    client.force_login(team.coordinator)
    often(client, reverse("workflows:search"), {"q": "x"}, 2)
    answer = client.post(reverse("workflows:search"), {"q": "x"})
    assert answer["Retry-After"] == "1800"
    assert "30" in answer.content.decode()
    with time_machine.travel(at(1) + timedelta(seconds=1799), tick=False):
        assert client.post(reverse("workflows:search"), {"q": "x"}).status_code == 429
    with time_machine.travel(at(1) + timedelta(seconds=1801), tick=False):
        assert client.post(reverse("workflows:search"), {"q": "x"}).status_code == 302


def test_one_person_does_not_use_up_anothers(client, team):
    for user in (team.coordinator, team.tutor):
        client.force_login(user)
        assert often(client, reverse("workflows:search"), {"q": "x"}, 2) == [302, 302]


def test_reading_the_list_is_not_counted(client, team):
    client.force_login(team.coordinator)
    assert {client.get(reverse("workflows:cases")).status_code for _time in range(4)} == {200}
    assert not Bucket.objects.exists()


def test_whose_tokens_they_are_is_not_kept(team):
    take_token("search", "a person", Rate.hourly(5), at=at())
    assert "person" not in str(Bucket.objects.values())
