"""Two organisations in one powiat: nothing of the one can be reached from the other, by any address, method or part.

Driven by the addresses themselves and by the permission matrix: an address that names a thing is about a scope, unless it is listed here.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import date

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from cases.documents import store_document
from cases.models import Comment, Document, Session
from roles.models import Absence
from roles.role import Role
from tests.cases.conftest import PESEL, make_person, open_case, participation, person
from tests.cases.test_documents import PDF
from tests.permission_matrix import EVERYBODY, MATRIX, NOT_OURS
from tests.test_urls import NEAR, OF_THE_ORGANISATION, SENT, YESTERDAY, things, third_of_march
from tests.workflows.conftest import at, new_errand, region, show_permit, team
from workflows.models import BulkRow, BulkRun, Case, WorkItem
from workflows.presence import note_recent

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

#: Addresses that name something which is nobody's: a kind of case, a programme's public form, a job of the system, a guess.
OF_NOBODY = {"kind", "code", "job", "wrong_token"}
SECRET_TITLE = "Nagłówek tylko dla swoich"
SECRET_WORDS = "Uwaga tylko dla swoich"

#: Here who administers the installation sees the number of a case whose job was given up, and no more of it.
JOBS = "workflows:jobs"

#: How one asks: the whole page, and a part of it.
ASKED_AS = ({}, {"HX-Request": "true"})
METHODS = ("get", "post")


def patterns(resolver: URLResolver, inside: tuple[str, ...] = (), taken: int = 0) -> Iterator[tuple[str, int]]:
    """Every address of ours by name, with the number of things that it names."""
    for each in resolver.url_patterns:
        named = taken + len(each.pattern.converters)
        if isinstance(each, URLPattern):
            yield ":".join([*inside, each.name or "?"]), named
        else:
            yield from patterns(each, (*inside, each.namespace) if each.namespace else inside, named)


def test_whoever_adds_an_address_that_names_a_thing_says_whose_it_is():
    naming = {name for name, named in patterns(get_resolver()) if named and not name.startswith(NOT_OURS)}
    unscoped = {name for name in naming if not MATRIX[name].scoped}
    assert {MATRIX[name].args for name in unscoped} <= OF_NOBODY


@pytest.fixture
def secrets(things, team, participation) -> set[str]:
    """What only the first organisation knows, in words that stand nowhere else."""
    paper = Document(case=participation, title=SECRET_TITLE)
    store_document(paper, ContentFile(PDF, name="tajne.pdf"), by=team.tutor, at=at(0))
    Comment.objects.create(case=participation, author=team.tutor, body=SECRET_WORDS)
    (errand,) = Case.objects.filter(pk__in=things["case"])
    names = {participation.person.last_name, participation.title, errand.title}
    return {*names, participation.number, errand.number, PESEL, SECRET_TITLE, SECRET_WORDS}


@pytest.mark.parametrize("miss", NEAR)
def test_with_every_role_at_once_a_near_miss_reaches_no_thing_in_no_way(client, region, things, miss):
    client.force_login(region.person("near", *sorted(EVERYBODY), **NEAR[miss](region)))
    beside = OF_THE_ORGANISATION if miss == "next powiat" else set()
    found = {}
    for name, row in MATRIX.items():
        if row.scoped and row.args not in beside:
            address = reverse(name, args=things[row.args])
            for method in METHODS:
                for headers in ASKED_AS:
                    found[name, method, *headers] = status_of(client, method, address, headers)
    allowed = {asked: {404} if asked[1] == MATRIX[asked[0]].method else {404, 405} for asked in found}
    assert {asked: status for asked, status in found.items() if status not in allowed[asked]} == {}


def status_of(client, method, address, headers) -> int:
    with transaction.atomic():
        answer = getattr(client, method)(address, headers=headers)
        transaction.set_rollback(True)
    return answer.status_code


#: What lists can be asked for besides.
QUERIES = {
    "workflows:inbox": [{"tab": tab} for tab in ("todo", "queue", "waiting", "late", "done", "snoozed")],
    "workflows:cases": [{"q": "Źródl"}, {"q": "Śliwa"}, {"stage": "planned"}, {"state": "all"}],
    "workflows:together": [{"move": "errand.begin"}],
    "roles:people": [{"q": "managed"}],
}
#: What forms are sent that look for something.
SEARCHES = {
    "workflows:search": [{"q": text} for text in ("Źródl", "Śliw", PESEL, "andrzej@example.org", "600100200")],
    "workflows:export": [{"shape": shape} for shape in ("csv", "xlsx")],
}


#: About nothing in particular: lists, boards, exports, searches, and forms told of others' things.
ABOUT_NOTHING = [name for name, row in MATRIX.items() if not row.scoped and row.args not in OF_NOBODY - {"kind"}]


OF_ONES_WORK = ["workflows:inbox", "cases:sessions"]


def pages(client, things, names) -> Iterator[tuple[str, bytes]]:
    """What these say, asked in every way that we know of."""
    told = {name: str(args[0]) for name, args in things.items() if len(args) == 1}
    for name in names:
        row = MATRIX[name]
        address = reverse(name, args=things[row.args])
        for sent in [SENT.get(row.args, {}), told, *QUERIES.get(name, []), *SEARCHES.get(name, [])]:
            for headers in ASKED_AS:
                with transaction.atomic():
                    answer = getattr(client, row.method)(address, sent, headers=headers, follow=True)
                    body = b"".join(answer) if answer.streaming else answer.content
                    transaction.set_rollback(True)
                yield f"{name} {sent}", unpacked(body)


def unpacked(body: bytes) -> bytes:
    """The text of a spreadsheet; anything else as it is."""
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        return b"".join(book.read(name) for name in book.namelist())


def told_in(answers, secrets) -> set[tuple[str, str]]:
    return {(where, secret) for where, body in answers for secret in secrets if secret.encode() in body}


def unexpected(told) -> set[tuple[str, str]]:
    """Without what was asked for in these very words, and numbers on the page of those who administer."""
    numbers = set(Case.objects.values_list("number", flat=True))
    return {
        (where, secret) for where, secret in told if secret not in where and not (secret in numbers and JOBS in where)
    }


def test_no_list_search_or_export_tells_what_the_other_organisation_knows(client, region, things, secrets):
    client.force_login(region.person("colleague", *sorted(EVERYBODY)))
    known = {secret for _where, secret in told_in(pages(client, things, [*QUERIES, *SEARCHES]), secrets)}
    assert known == secrets - {PESEL}  # else the sweep looks where nothing is
    client.force_login(region.person("stranger", *sorted(EVERYBODY), organisation=region.other_organisation))
    assert unexpected(told_in(pages(client, things, ABOUT_NOTHING), secrets)) == set()


def test_files_are_served_by_no_address_that_does_not_ask_who_is_asking(client, region, participation, things):
    document = Document.objects.latest("pk")
    client.force_login(region.person("stranger", Role.SUPERVISOR, organisation=region.other_organisation))
    for where in ("media", "static", "var/media", "documents"):
        assert client.get(f"/{where}/{document.file.name}").status_code == 404
    assert not settings.MEDIA_ROOT.is_relative_to(settings.STATIC_ROOT)


@pytest.fixture
def worker(region, team, things):
    """Somebody with everything in hand in both organisations: own work, put off, asked for, done, a session led, a run begun."""
    person = region.person("worker", *sorted(EVERYBODY))
    for role in sorted(EVERYBODY):
        region.mandate(person, role, organisation=region.other_organisation)
    items = WorkItem.objects.human().filter(process__in=Case.objects.all())
    items.filter(finished=None).update(owner=person, status="ASSIGNED", asked_by=person)
    items.filter(finished__isnull=False).update(owner=person)
    items.filter(pk__in=things["item"]).update(snoozed_until=date(2026, 3, 9))
    Session.objects.update(leader=person)
    run = BulkRun.objects.create(user=person, verb="release", started_at=at(0))
    BulkRow.objects.bulk_create(BulkRow(run=run, item=item) for item in items)
    note_recent(Case.objects.get(pk=things["case"][0]), by=person, at=at(0))
    return person


def own_run(client, worker) -> Iterator[tuple[str, bytes]]:
    run = BulkRun.objects.get(user=worker)
    yield "own run", client.get(reverse("workflows:bulk_run", args=[run.pk])).content


def test_who_works_there_is_told_all_of_it(client, things, secrets, worker):
    client.force_login(worker)
    told = {
        secret for _where, secret in told_in([*pages(client, things, OF_ONES_WORK), *own_run(client, worker)], secrets)
    }
    assert told >= {Case.objects.get(pk=things["participant"][0]).title, Case.objects.get(pk=things["case"][0]).title}


def test_whose_mandate_ended_yesterday_is_told_nothing_of_what_they_did(client, region, things, secrets, worker):
    worker.mandates.filter(organisation=region.organisation).update(valid_to=YESTERDAY)
    client.force_login(worker)
    told = told_in([*pages(client, things, ABOUT_NOTHING), *own_run(client, worker)], secrets)
    assert unexpected(told) == set()


@pytest.mark.torture
def test_a_deputy_in_one_of_two_organisations_is_told_nothing_of_the_other(client, region, things, secrets, worker):
    deputy = region.person("deputy", *sorted(EVERYBODY), organisation=region.other_organisation)
    Absence.objects.create(user=worker, deputy=deputy, starts_on=YESTERDAY, ends_on=date(2026, 3, 9))
    client.force_login(deputy)
    assert unexpected(told_in(pages(client, things, ABOUT_NOTHING), secrets)) == set()
