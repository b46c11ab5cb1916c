"""Whoever may only read changes nothing, whatever they post: every form that somebody with every role is shown, sent by those."""

from collections.abc import Iterator
from datetime import date
from functools import partial

import pytest
from django.db import connection, transaction
from django.urls import Resolver404, resolve, reverse

from roles.models import User
from roles.role import Role
from tests.cases.conftest import make_person, open_case, participation, person
from tests.page_forms import SENTENCE, PageForm, forms_on
from tests.permission_matrix import EVERYBODY, MATRIX, NOT_OURS, Anonymous
from tests.strictness import WRITE
from tests.test_urls import SENT, things, third_of_march
from tests.workflows.conftest import at, new_errand, region, show_permit, team
from workflows.models import Case
from workflows.services.sharing import share

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

#: Kept beside the work: who is signed in, what they read and took out, what stands open, how often they ask.
BESIDE = (
    *(
        "django_session",
        "usersessions_usersession",
        "cache",
        "axes_accessattempt",
        "axes_accesslog",
        "workflows_bucket",
    ),
    *("workflows_presence", "workflows_recentcase", "workflows_exportlog", "cases_accesslog", "roles_user"),
    *("workflows_caselook", "workflows_casewatch", "workflows_notice", "workflows_noticechoice"),
    *("workflows_pagedraft", "workflows_listsetting", "cases_calendarkey", "pghistory_context"),
)
#: What is one's own to write, whatever one's role: preferences, views, one's absence, and a run that refuses every row.
OWN = {
    *("set_language", "set_shortcuts", "roles:account", "roles:my_absence", "workflows:new_view", "workflows:bulk"),
    "workflows:bulk_go_on",
    "cases:comment",  # whoever reads a case may say something about it, under their name
}
#: What a role has to do although it only reads cases.
THEIRS = {
    Role.DATA_PROTECTION_OFFICER: {
        *("workflows:review_emergency", "roles:confirm_mandate", "roles:decline_mandate"),
        "cases:propose_erasure",
    }
}
#: Sent wherever no page shows a form.
PLAIN = {
    **dict.fromkeys(("reason", "comment-body", "note-body", "body", "note", "topic", "place"), SENTENCE),
    **{
        "comment-visibility": "team",
        "channel": "email",
        "outcome": "approved",
        "confirmed": "1",
        "until": "2026-03-09",
    },
}


@pytest.fixture
def forms(client, region, things) -> list[tuple[str, PageForm]]:
    """Everything that can be posted to an address of ours about one of these things, by the address's name."""
    client.force_login(region.person("colleague", *sorted(EVERYBODY)))
    found = {}
    for name, row in MATRIX.items():
        address = reverse(name, args=things[row.args])
        plain = PageForm(address, {key: [value] for key, value in (PLAIN | SENT.get(row.args, {})).items()})
        for form in [*shown_at(client, address), plain]:
            sent_to = name_of(form.action)
            if sent_to and MATRIX[sent_to].anonymous != Anonymous.OPEN:
                found[form.action, str(form.fields)] = (sent_to, form)
    return list(found.values())


def shown_at(client, address: str) -> Iterator[PageForm]:
    page = client.get(address)
    if page.status_code == 200 and not page.streaming:
        yield from forms_on(page.content.decode(), address)


def name_of(address: str) -> str:
    """The name of an address of ours, else nothing."""
    try:
        name = resolve(address.partition("?")[0]).view_name
    except Resolver404:
        return ""
    return "" if name.startswith(NOT_OURS) or name not in MATRIX else name


def digests() -> dict[str, str]:
    """What every table holds, by its name, apart from what is kept beside the work."""
    tables = [name for name in connection.introspection.table_names() if name not in BESIDE]
    one = "SELECT '{0}', md5(coalesce(string_agg(row::text, ' ' ORDER BY row::text), '')) FROM \"{0}\" AS row"
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(one.format(name) for name in tables))
        return dict(cursor.fetchall())


def written_by(client, user: User, forms) -> set[tuple[str, str]]:
    """Which addresses wrote into which tables when this person posted there; nothing of it stays.

    Tables are compared only where a statement wrote at all: what a refusal had rolled back counts for nothing.
    """
    client.force_login(user)
    written, before = set(), digests()
    for name, form in forms:
        tables: set[str] = set()
        with transaction.atomic():
            with connection.execute_wrapper(partial(_note, tables)):
                answer = client.post(form.action, form.fields)
                if answer.streaming:
                    b"".join(answer)
            assert answer.status_code < 500, (name, answer.status_code)
            after = digests() if tables - set(BESIDE) else before
            transaction.set_rollback(True)
        written |= {(name, table) for table, digest in after.items() if before[table] != digest}
    return written


def _note(tables: set[str], execute, sql, params, many, context):
    """Keep which tables a statement writes to."""
    tables.update(WRITE.findall(str(sql)))
    return execute(sql, params, many, context)


def test_who_works_here_writes_through_these_forms(client, region, forms):
    written = {name for name, _table in written_by(client, User.objects.get(username="colleague"), forms)}
    assert written >= {  # else the sweep below proves nothing
        *("cases:note", "cases:dispute"),
        *("workflows:claim", "workflows:prioritise"),
    }


@pytest.mark.parametrize(
    "who",
    [
        "auditor",
        "shared with",
        *(pytest.param(who, marks=pytest.mark.torture) for who in ("analyst", "data-protection officer")),
    ],
)
def test_who_may_only_read_changes_nothing(client, region, team, forms, who):
    role = Role.INSTITUTION_REPRESENTATIVE if who == "shared with" else next(r for r in Role if r.value == ROLES[who])
    elsewhere = {"organisation": region.other_organisation} if who == "shared with" else {}
    reader = region.person("reader", role, **elsewhere)
    if who == "shared with":
        for case in Case.objects.all():
            share(case, by=team.coordinator, with_user=reader, until=date(2026, 3, 20), reason="Wspólny plan", at=at(0))
    mine = OWN | THEIRS.get(role, set())
    assert {(name, table) for name, table in written_by(client, reader, forms) if name not in mine} == set()


ROLES = {"auditor": "auditor", "analyst": "analyst", "data-protection officer": "data_protection_officer"}
