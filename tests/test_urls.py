"""Every address against the permission matrix: each role, nobody, somebody deactivated, and near misses."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from cases.documents import store_document
from cases.models import Document, Erasure, Session
from cases.participants.models import ParticipantImport
from cases.participants.views.reading import RESTRICTED
from cases.sessions import log_session
from roles.models import Absence, User
from roles.role import Role
from tests.cases.conftest import make_person, open_case, participation, person
from tests.cases.test_documents import PDF
from tests.errands.flow import PREPARE_DAYS
from tests.permission_matrix import EVERYBODY, MATRIX, NOT_OURS, Anonymous, Row
from tests.workflows.conftest import at, item_of, new_errand, region, show_permit, team
from workflows.models import BulkRun, Job, Notice, ParameterValue, Programme, SavedView
from workflows.services import complete
from workflows.services.holds import put_on_hold
from workflows.services.sharing import break_glass, share

__all__ = ["make_person", "new_errand", "open_case", "participation", "person", "region", "show_permit", "team"]

YESTERDAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def third_of_march():
    with time_machine.travel(datetime(2026, 3, 3, 10, tzinfo=UTC), tick=False):
        yield


def names(resolver: URLResolver, inside: tuple[str, ...] = ()) -> Iterator[str]:
    """The name of every address, with its namespaces."""
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield ":".join([*inside, each.name or "?"])
        else:
            yield from names(each, (*inside, each.namespace) if each.namespace else inside)


def ours() -> set[str]:
    return {name for name in names(get_resolver()) if not name.startswith(NOT_OURS)}


def test_every_address_has_a_row_and_every_row_an_address():
    assert ours() == set(MATRIX)


@pytest.fixture
def things(region, team, new_errand, participation, show_permit):
    """One of everything, in the scope of the first organisation and powiat; to reverse addresses and to send along."""
    case, other = new_errand(), new_errand()
    show_permit(other)
    complete(item_of(other, "prepare"), by=team.coordinator, outcome="ready", at=at(0))
    hold = put_on_hold(case, by=team.tutor, starts_on=YESTERDAY, reason="illness", at=at(0))
    guest = region.person("guest", Role.INSTITUTION_REPRESENTATIVE, territory=region.next_powiat)
    far = region.person("far", Role.TUTOR, territory=region.next_powiat)
    until = date(2026, 3, 20)
    grant = share(case, by=team.coordinator, with_user=guest, until=until, reason="Wspólny plan", at=at(0))
    glass = break_glass(case, by=far, reason="Zagrożenie życia, brak opiekuna", at=at(0))
    own = Programme.objects.create(code="OWN", name="Własny", starts_on=YESTERDAY, ends_on=date(2027, 1, 1))
    own.organisations.set([region.organisation])
    value = ParameterValue.objects.create(
        programme=own, name=PREPARE_DAYS.name, value=12, valid_from=YESTERDAY + timedelta(days=30)
    )
    tutor = region.person("managed", Role.TUTOR)
    absence = Absence.objects.create(user=tutor, starts_on=YESTERDAY, ends_on=date(2026, 3, 9))
    item = item_of(case, "prepare")
    held = Session(kind="advice", starts_at=at(0), hours=Decimal("2.00"), leader=team.tutor)
    session = log_session(held, [participation], by=team.tutor, at=at(0))
    paper = Document(case=case, title="Umowa", visibility="institution")
    document = store_document(paper, ContentFile(PDF, name="umowa.pdf"), by=team.tutor, at=at(0))
    facts = {"organisation": region.organisation, "programme": region.programme, "powiats": [region.powiat.code]}
    batch = ParticipantImport.objects.create(
        name="lista.xlsx", state="checked", rows=1, uploaded_by=team.coordinator, **facts
    )
    return {
        "": [],
        "take": [],
        "as_csv": [],
        "of_work": [],
        "case": [case.pk],
        "item": [item.pk],
        "approval": [item_of(other, "approve_begin").pk],
        "move": [case.pk, "drop"],
        "hold": [case.pk, hold.pk],
        "share": [grant.pk],
        "emergency": [glass.pk],
        "programme": [own.pk],
        "parameter": [own.pk, PREPARE_DAYS.name],
        "value": [value.pk],
        "run": [BulkRun.objects.create(user=tutor, verb="claim", started_at=at(0)).pk],
        "notice": [Notice.objects.create(user=tutor, event="mentioned", case=case, at=at(0)).pk],
        "view": [SavedView.objects.create(owner=tutor, list="work", name="Moja").pk],
        "job": [Job.objects.create(name="x", key="x", state=Job.State.DEAD, case=case).pk],
        "timer": [item.pk],
        "person": [tutor.pk],
        "mandate": [tutor.mandates.get().pk],
        "offered": [region.mandate(guest, Role.TRAINER, waits_for="owner").pk],
        "unconfirmed": [region.mandate(guest, Role.PSYCHOLOGIST, waits_for="second").pk],
        "absence": [absence.pk],
        "organisation": [region.organisation.pk],
        "code": [region.programme.code],
        "kind": ["errand"],
        "participant": [participation.pk],
        "import": [batch.pk],
        "pesel": [participation.pk, "pesel"],
        "document": [document.pk],
        "session": [session.pk],
        "attendance": [session.attendances.get().pk],
        "wrong_token": ["nobody-guessed-this"],
        "erasure": [an_erasure_of(participation, region, at(0)).pk],
        "restricted": [participation.pk, next(iter(RESTRICTED))],
    }


def an_erasure_of(case, region, moment) -> Erasure:
    """Proposed by somebody who is not tried out."""
    officer = region.person("officer", Role.DATA_PROTECTION_OFFICER)
    erasure = Erasure.objects.create(
        organisation=region.organisation, as_of=YESTERDAY, proposed_by=officer, proposed_at=moment
    )
    erasure.cases.create(case=case)
    return erasure


#: What is sent to addresses that want to be told something.
SENT = {"take": {"do": "claim"}, "as_csv": {"shape": "csv", "table": "loads"}, "of_work": {"list": "work"}}
#: Answers 503 where nothing runs beside the tests, as it should.
UNREADY = {"readyz"}


def seen(client, name: str, things) -> str:
    """What is to be seen at the address: "open", "refused", "hidden" or "sign in". Nothing that it does stays."""
    row = MATRIX[name]
    with transaction.atomic():
        answer = getattr(client, row.method)(reverse(name, args=things[row.args]), SENT.get(row.args, {}))
        if answer.streaming:
            b"".join(answer)  # a file is closed when it was read
        transaction.set_rollback(True)
    assert answer.status_code < 500 or name in UNREADY, name
    if answer.status_code == 302 and "/account/login/" in answer.url:
        return "sign in"
    return {404: "hidden", 403: "refused"}.get(answer.status_code, "open")


def expected(row: Row, role: Role) -> str:
    return "open" if role in row.opens_to else "refused" if role in row.refuses else "hidden"


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_role_sees_what_the_matrix_says_and_nothing_else(client, region, things, role):
    client.force_login(region.person("somebody", role))
    found = {name: seen(client, name, things) for name in MATRIX}
    assert found == {name: expected(row, role) for name, row in MATRIX.items()}


def test_who_is_not_signed_in_is_led_to_the_sign_in(client, things):
    for name, row in MATRIX.items():
        allowed = {"open", "hidden"} if row.anonymous == Anonymous.OPEN else {"sign in"}
        assert seen(client, name, things) in allowed, name


def test_who_was_deactivated_meanwhile_is_led_to_the_sign_in(client, region, things):
    gone = region.person("gone", Role.SUPERVISOR)
    client.force_login(gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for name, row in MATRIX.items():
        if row.anonymous != Anonymous.OPEN:
            assert seen(client, name, things) == "sign in", name


NEAR = {
    "next powiat": lambda region: {"territory": region.next_powiat},
    "next organisation": lambda region: {"organisation": region.other_organisation},
    "ended yesterday": lambda region: {"valid_to": YESTERDAY},
}
#: What a mandate in the next powiat does open: the programmes of one's organisation.
OF_THE_ORGANISATION = {"programme", "parameter", "value"}


#: Those whose near misses are tried every time; the others' as a heavy proof, and all at once in `test_other_organisation`.
TRIED = {Role.TUTOR, Role.SUPERVISOR, Role.AUDITOR}


@pytest.mark.parametrize(
    "role", [pytest.param(role, marks=[] if role in TRIED else pytest.mark.torture) for role in sorted(EVERYBODY)]
)
def test_a_near_miss_finds_nothing(client, region, things, role):
    for number, (miss, mandate) in enumerate(NEAR.items()):
        client.force_login(region.person(f"near{number}", role, **mandate(region)))
        beside = OF_THE_ORGANISATION if miss == "next powiat" else set()
        rows = [name for name, row in MATRIX.items() if row.scoped and role in row.opens_to and row.args not in beside]
        assert {name: seen(client, name, things) for name in rows} == dict.fromkeys(rows, "hidden"), miss
