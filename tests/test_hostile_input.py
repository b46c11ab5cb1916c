"""Whatever is sent, the server does not fail: every address with every parameter that any of ours reads, and hostile text in each."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import NoReverseMatch, get_resolver, reverse

from tests.cases.conftest import make_person, open_case, participation, person
from tests.page_forms import forms_on
from tests.permission_matrix import EVERYBODY, MATRIX, NOT_OURS
from tests.test_other_organisation import patterns
from tests.test_urls import UNREADY, things, third_of_march
from tests.workflows.conftest import new_errand, region, show_permit, team
from workflows.filters import CaseFilter, WorkFilter

__all__ = [
    "make_person",
    "new_errand",
    "open_case",
    "participation",
    "person",
    "region",
    "show_permit",
    "team",
    "things",
    "third_of_march",
]

FAR = "9" * 23
#: As they stand in an address.
HOSTILE = {
    "NUL": "a%00b",
    "400 digits": "9" * 400,
    "5,000 digits": "9" * 5000,
    "more than a key holds": FAR,
    "a lone surrogate": "%ED%A0%80",
    "not UTF-8": "%FF%FE",
    "right to left": quote("\u202e\u0627\u0644\u0639"),
    "SQL": quote("' OR 1=1; DROP TABLE roles_user; --"),
    "script": quote("<script>alert(1)</script>{{ settings.SECRET_KEY }}{% debug %}"),
    "Arabic digits": quote("\u0661\u0662\u0663"),
    "a place far out": f"2026-03-02_{FAR}",
    "a moment far out": quote(f"2026-03-02T10:00:00+00:00_{FAR}"),
    "the first month": "0001-01",
    "the last month": "9999-12",
    "a moment before all time zones": quote("0001-01-01T00:00:00+14:00_0"),
    "1 MB": "x" * 1_000_000,
}
#: In place of the key of a thing.
KEYS = (FAR, "9" * 5000, "0", "%00", "%F0%9F%92%A9", "%ED%A0%80")
ASKED = re.compile(r"""(?:GET|data|self\.data)\.(?:get|getlist)\(["']([\w-]+)["']""")


def some(every: Iterable[str], *always: str) -> list[object]:
    """All of these, those that are not tried every time as a heavy proof."""
    return [each if each in always else pytest.param(each, marks=pytest.mark.torture) for each in every]


def parameters() -> list[str]:
    """The names of all that our addresses read after the question mark, found in the source."""
    sources = [
        path for app in ("roles", "workflows", "cases", "config") for path in Path(settings.BASE_DIR, app).rglob("*.py")
    ]
    found = {name for path in sources for name in ASKED.findall(path.read_text(encoding="utf-8"))}
    return sorted(
        found | set(CaseFilter.base_fields) | set(WorkFilter.base_fields) | {"after", "before", "page", "next"}
    )


def test_the_parameters_are_found():
    assert set(parameters()) >= {"q", "month", "before", "after", "case", "tab", "sort", "version", "page", "group"}


def failing(client, asked: Iterator[tuple[str, str]]) -> dict[str, int]:
    """What answers with an error of the server."""
    failed = {}
    for name, address in asked:
        with transaction.atomic():
            answer = client.get(address)
            if answer.streaming:
                b"".join(answer)
            transaction.set_rollback(True)
        if answer.status_code >= 500 and name not in UNREADY:
            failed[address[:120]] = answer.status_code
    return failed


@pytest.mark.parametrize("kind", some(HOSTILE, "more than a key holds", "a place far out"))
def test_no_parameter_makes_the_server_fail(client, region, things, kind):
    client.force_login(region.person("colleague", *sorted(EVERYBODY)))
    names = [name for name in parameters() if name != "save"]
    names = names[:4] if kind == "1 MB" else names
    query = "&".join(f"{name}={HOSTILE[kind]}" for name in names)
    asked = (
        (name, f"{reverse(name, args=things[row.args])}?{query}") for name, row in MATRIX.items() if row.method == "get"
    )
    assert failing(client, asked) == {}


@pytest.mark.parametrize("tab", some(("todo", "queue", "waiting", "done", "snoozed", "late"), "todo", "queue"))
def test_no_place_on_a_page_makes_the_server_fail(client, team, tab):
    client.force_login(team.supervisor)
    places = ("2026-03-02_", "2026-03-02T10:00:00+00:00_", "0001-01-01T00:00:00+14:00_", f"{FAR}_", "2026-03-02T10:00_")
    addresses = [
        f"/?tab={tab}&sort={sort}&{side}={quote(place)}{key}"
        for sort in ("due", "-due", "created", "-priority")
        for side in ("after", "before")
        for place in places
        for key in ("1", FAR, "-1")
    ]
    assert failing(client, ((tab, address) for address in addresses)) == {}


@pytest.mark.parametrize("key", some(KEYS, FAR))
def test_no_key_in_an_address_makes_the_server_fail(client, region, key):
    client.force_login(region.person("colleague", *sorted(EVERYBODY)))
    names = [(name, count) for name, count in patterns(get_resolver()) if count and not name.startswith(NOT_OURS)]
    assert failing(client, ((name, at) for name, count in names for at in addressed(name, count, key))) == {}


def addressed(name: str, count: int, key: str) -> Iterator[str]:
    """The address with this key in every place that takes it."""
    for filled in ([key] * count, ["1"] * (count - 1) + [key], [key] + ["1"] * (count - 1)):
        try:
            yield reverse(name, args=["7"] * count).replace("7", "{}").format(*filled)
        except NoReverseMatch:
            continue
        except IndexError:
            continue


TEXTS = ["a\0b", "9" * 400, "\u202e\u0627\u0644", "' OR 1=1; --", "{{ x }}<script>", "x" * 100_000]


@pytest.mark.parametrize("text", some(TEXTS, "a\0b"))
def test_no_form_makes_the_server_fail(client, region, things, text):
    client.force_login(region.person("colleague", *sorted(EVERYBODY)))
    statuses = {}
    for name, row in MATRIX.items():
        address = reverse(name, args=things[row.args])
        page = client.get(address)
        shown = list(forms_on(page.content.decode(), address)) if not page.streaming else []
        for form in shown[-1:] if row.method == "get" else []:
            sent = {key: [text] if key in form.free else values for key, values in form.fields.items()}
            with transaction.atomic():
                statuses[form.action] = client.post(form.action, sent).status_code
                transaction.set_rollback(True)
        if row.method == "post":
            with transaction.atomic():
                statuses[address] = client.post(
                    address, dict.fromkeys(("reason", "q", "body", "item"), text)
                ).status_code
                transaction.set_rollback(True)
    assert {where: status for where, status in statuses.items() if status >= 500} == {}
    if "\0" in text:
        assert 400 in statuses.values()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_nul_is_answered_with_a_page_that_says_so(client, team, method):
    client.force_login(team.coordinator)
    answer = client.get("/cases/?q=a%00b") if method == "get" else client.post("/search/", {"q": "a\0b"})
    assert answer.status_code == 400
    assert "400.html" in [template.name for template in answer.templates]
