"""The import through its pages: the whole path with the sample, and who may not."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from cases.models import Person
from cases.participants.importing import taking as taking_module
from cases.participants.models import ParticipantCase, ParticipantImport
from roles.models import Mandate, Organisation, Territory, User
from roles.reference import load_reference
from roles.role import Role
from tests.cases.participants.test_importing import HEADINGS, WOMEN, row
from tests.factories import make_user
from workflows.jobs import run_due
from workflows.models import ExportLog, Job, Notice, Programme, StageChange

SAMPLE = Path(settings.BASE_DIR) / "fixtures" / "uczestnicy.xlsx"
PARTS = ["import_report", "import_progress", "import_columns", "import_takeover"]
VERBS = ["confirm_import", "cancel_import", "import_bad_rows"]
STAGE = "pre_incubation"


@pytest.fixture
def region(db) -> dict[str, User]:
    """Poznań and the rest of the region, and a person a role in an organisation that serves all of it."""
    load_reference()
    root = Territory.objects.get(level="voivodeship")
    centre, other = (
        Organisation.objects.create(name=name, short_name=name, type="owes", territory=root)
        for name in ("Centrum", "Inne")
    )
    programme = Programme.objects.create(
        code="P", name="Program", starts_on=date(2026, 1, 1), ends_on=date(2028, 12, 31)
    )
    programme.organisations.set([centre, other])
    people = {}
    for role in (Role.ANIMATOR, Role.COORDINATOR, Role.SUPERVISOR, Role.TUTOR):
        people[role] = holding(role, centre, root)
    return people


def holding(role: Role, organisation: Organisation, territory: Territory, user: User | None = None) -> User:
    user = user or make_user(role, "Nowa")
    Mandate.objects.create(
        user=user, role=role, organisation=organisation, territory=territory, valid_from=date(2020, 1, 1)
    )
    return user


@pytest.fixture
def signed_in(client, region):
    def sign_in(who: Role | User):
        client.force_login(who if isinstance(who, User) else region[who])
        return client

    return sign_in


def url(name: str, *keys: int) -> str:
    return reverse(f"participants:{name}", args=keys)


def text(response) -> str:
    return response.content.decode()


def file_of(*rows: list[object], headings: list[str] | None = None) -> SimpleUploadedFile:
    book = Workbook()
    for each in (headings or HEADINGS, *rows):
        book.active.append(each)
    sink = BytesIO()
    book.save(sink)
    return SimpleUploadedFile("lista.xlsx", sink.getvalue())


def work() -> None:
    run_due(datetime.now(UTC))


def send(client, file, **facts) -> ParticipantImport:
    """Upload it, and let it be checked."""
    sent = {"file": file, "organisation": Organisation.objects.get(name="Centrum").pk, "programme": 0} | facts
    sent["programme"] = Programme.objects.get().pk
    answer = client.post(url("new_import"), sent)
    assert answer.status_code == 302, text(answer)
    work()
    return ParticipantImport.objects.latest("pk")


def test_the_whole_path_with_the_sample(signed_in):
    client = signed_in(Role.ANIMATOR)
    batch = send(client, SimpleUploadedFile("uczestnicy.xlsx", SAMPLE.read_bytes()))
    report = text(client.get(url("import_report", batch.pk)))
    assert "Take 552 people in" in report
    assert not ParticipantCase.objects.exists()
    answer = client.post(url("confirm_import", batch.pk))
    assert answer.url == url("import_report", batch.pk)
    assert 'hx-trigger="every 2s"' in text(client.get(answer.url))
    assert "HX-Refresh" not in client.get(url("import_progress", batch.pk), headers={"HX-Request": "true"})
    work()
    assert client.get(url("import_progress", batch.pk), headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    report = text(client.get(url("import_report", batch.pk)))
    assert "552 cases were opened." in report
    assert "hx-trigger" not in report
    assert ParticipantCase.objects.count() == 552
    assert 'class="number"' in text(client.get(url("imports")))


def test_problems_are_listed_in_pages_without_anybodys_number(signed_in):
    client = signed_in(Role.ANIMATOR)
    bad = [row(number, f"{number:03d}55566{number:03d}", "Zła") for number in range(60)]
    batch = send(client, file_of(*bad))
    first = text(client.get(url("import_report", batch.pk)))
    assert "?page=2" in first
    assert "wrong PESEL check digit" in first
    second = text(client.get(url("import_report", batch.pk), {"page": 2}))
    for each in bad:
        assert each[3] not in first + second


def test_answers_about_health_are_not_repeated(signed_in):
    client = signed_in(Role.ANIMATOR)
    batch = send(client, file_of([*row(1, WOMEN[0]), "schizofrenia"], headings=[*HEADINGS, "Niepełnosprawność"]))
    assert batch.bad_rows == 1
    assert "schizofrenia" not in text(client.get(url("import_report", batch.pk)))


def test_a_second_click_on_confirm_creates_nothing_twice(signed_in):
    client = signed_in(Role.ANIMATOR)
    batch = send(client, file_of(row(1, WOMEN[0]), row(2, WOMEN[1])))
    for _click in range(2):
        assert client.post(url("confirm_import", batch.pk)).status_code == 302
    work()
    client.post(url("confirm_import", batch.pk))
    work()
    assert ParticipantCase.objects.count() == 2
    assert Job.objects.filter(name="participants.take_import").count() == 1


def test_cancelled_half_way_what_was_taken_in_stays_and_is_counted(signed_in, monkeypatch):
    client = signed_in(Role.ANIMATOR)
    batch = send(client, file_of(*[row(number, pesel) for number, pesel in enumerate(WOMEN)]))
    client.post(url("confirm_import", batch.pk))
    whole = taking_module._take

    def and_somebody_cancels(*arguments):
        taken = whole(*arguments)
        client.post(url("cancel_import", batch.pk))
        return taken

    monkeypatch.setattr(taking_module, "AT_ONCE", 1)
    monkeypatch.setattr(taking_module, "_take", and_somebody_cancels)
    work()
    batch.refresh_from_db()
    assert (batch.state, batch.imported, ParticipantCase.objects.count()) == ("cancelled", 1, 1)
    assert "What was taken in before stays." in text(client.get(url("import_report", batch.pk)))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"not a workbook", "This is not a workbook of the kind .xlsx."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as .xlsx"),
        (b"PK\x03\x04" + bytes(600), "This is not a workbook of the kind .xlsx."),
    ],
)
def test_a_hostile_file_is_refused_beside_its_field(signed_in, content, sentence):
    sent = {"file": SimpleUploadedFile("lista.xlsx", content), "organisation": Organisation.objects.first().pk}
    answer = signed_in(Role.ANIMATOR).post(url("new_import"), sent | {"programme": Programme.objects.get().pk})
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not ParticipantImport.objects.exists()


def test_a_workbook_that_is_no_list_says_so(signed_in):
    client = signed_in(Role.ANIMATOR)
    batch = send(client, file_of(["Ala", "ma", "kota"], headings=["a", "b", "c"]))
    assert batch.state == "unreadable"
    assert "No row has the headings" in text(client.get(url("import_report", batch.pk)))


def test_a_needed_column_with_a_strange_heading_is_named_and_read(signed_in):
    client = signed_in(Role.ANIMATOR)
    headings = ["Godność" if each == "Nazwisko" else each for each in HEADINGS]
    batch = send(client, file_of(row(1, WOMEN[0]), headings=headings))
    assert batch.state == "unreadable"
    assert "Godność" in text(client.get(url("import_report", batch.pk)))
    page = client.get(url("import_columns", batch.pk))
    offered = dict(page.context["form"].fields["column_0"].choices)
    assert "last_name" in offered
    assert "first_name" not in offered, "the list has this column already"
    client.post(url("import_columns", batch.pk), {"column_0": "last_name"})
    work()
    batch.refresh_from_db()
    assert (batch.state, batch.rows, batch.bad_rows, batch.finished_at) == ("checked", 1, 0, None)
    assert client.get(url("import_columns", batch.pk)).context["form"].fields["column_0"].initial == "last_name"


def test_two_columns_cannot_be_the_same(signed_in):
    client = signed_in(Role.ANIMATOR)
    batch = send(client, file_of([*row(1, WOMEN[0]), 1, 2], headings=[*HEADINGS, "Kom.", "Kom. 2"]))
    answer = client.post(url("import_columns", batch.pk), {"column_0": "phone", "column_1": "phone"})
    assert answer.status_code == 422
    assert ParticipantImport.objects.get().mapping == {}


def test_bad_rows_come_back_with_reasons_and_without_formulas(signed_in):
    client = signed_in(Role.ANIMATOR)
    headings = [*HEADINGS, "Uwagi", "Nasza kolumna"]
    good = [*row(1, WOMEN[0]), "", ""]
    bad = [*row(2, "123", "=1+1", since="2026-02-03"), "+48 600", '=HYPERLINK("http://example.invalid")']
    batch = send(client, file_of(good, bad, headings=headings))
    answer = client.post(url("import_bad_rows", batch.pk))
    content = b"".join(answer)
    sheet = load_workbook(BytesIO(content)).active
    head, only = sheet.iter_rows()
    assert [cell.value for cell in head] == [*headings, "Powody odrzucenia"]
    assert all(cell.data_type != "f" for cell in only)
    assert only[1].value == "'=1+1"
    assert only[3].value == "123"
    assert "PESEL: PESEL has not 11 digits" in only[-1].value
    assert "Nazwisko: a formula instead of a value" in only[-1].value
    assert ExportLog.objects.get().rows == 1
    only[1].value, only[3].value = "Poprawna", WOMEN[1]
    sink = BytesIO()
    sheet.parent.save(sink)
    again = send(client, SimpleUploadedFile("poprawione.xlsx", sink.getvalue()))
    assert (again.rows, again.bad_rows, again.unknown_columns) == (1, 0, ["Nasza kolumna"])


def test_while_bad_rows_are_being_written_the_page_says_so(signed_in):
    client = signed_in(Role.ANIMATOR)
    batch = send(client, file_of(row(1, WOMEN[0]), row(2, "123")))
    assert url("import_bad_rows", batch.pk) in text(client.get(url("import_report", batch.pk)))
    ParticipantImport.objects.update(to_correct="")
    assert url("import_bad_rows", batch.pk) not in text(client.get(url("import_report", batch.pk)))
    answer = client.post(url("import_bad_rows", batch.pk))
    assert (answer.status_code, answer.url) == (302, batch.get_absolute_url())
    assert not ExportLog.objects.exists()


def test_a_warning_stands_beside_the_problems_and_lets_the_row_in(signed_in, region):
    client = signed_in(Role.ANIMATOR)
    first = send(client, file_of(row(1, WOMEN[0])))
    client.post(url("confirm_import", first.pk))
    work()
    Person.objects.update(birth_date=None)
    batch = send(client, file_of(row(1, WOMEN[1])))
    assert ParticipantCase.objects.get().number in text(client.get(url("import_report", batch.pk)))
    assert (batch.bad_rows, batch.good_rows) == (0, 1)


def test_nobody_else_gets_the_bad_rows(signed_in):
    batch = send(signed_in(Role.ANIMATOR), file_of(row(1, WOMEN[0]), row(2, "123")))
    for role in (Role.COORDINATOR, Role.SUPERVISOR):
        client = signed_in(role)
        assert client.get(url("import_report", batch.pk)).status_code == 200
        assert client.post(url("import_bad_rows", batch.pk)).status_code == 404


def near_misses(region) -> list[User]:
    centre, other = Organisation.objects.get(name="Centrum"), Organisation.objects.get(name="Inne")
    root, konin = Territory.objects.get(level="voivodeship"), Territory.objects.get(code="3010")
    ended = holding(Role.COORDINATOR, centre, root)
    ended.mandates.update(valid_to=date(2026, 1, 1))
    roles = (Role.ANIMATOR, Role.COORDINATOR, Role.SUPERVISOR)
    return [
        *(holding(role, other, root) for role in roles),
        *(holding(role, centre, konin) for role in roles),
        ended,
        region[Role.TUTOR],
    ]


def test_an_import_of_others_is_not_there(signed_in, region):
    batch = send(signed_in(Role.ANIMATOR), file_of(row(1, WOMEN[0], stage=STAGE_LABEL), row(2, "123")))
    for user in near_misses(region):
        client = signed_in(user)
        for name in PARTS:
            assert client.get(url(name, batch.pk)).status_code == 404, (name, user)
        for name in [*VERBS, "import_columns", "import_takeover"]:
            assert client.post(url(name, batch.pk)).status_code == 404, (name, user)
        if user != region[Role.TUTOR] and user.mandates.filter(valid_to=None).exists():
            assert "lista.xlsx" not in text(client.get(url("imports")))
    batch.refresh_from_db()
    assert batch.state == "checked"


STAGE_LABEL = "pre-incubation"


@pytest.fixture
def waiting(signed_in) -> ParticipantImport:
    """A list with two people in support, confirmed; it waits for the supervisor."""
    client = signed_in(Role.ANIMATOR)
    early = row(3, WOMEN[2], stage=STAGE_LABEL, since="2024-06-03")
    people = [row(1, WOMEN[0], stage=STAGE_LABEL), row(2, WOMEN[1]), early]
    batch = send(client, file_of(*people))
    client.post(url("confirm_import", batch.pk))
    return batch


def test_the_supervisor_sees_what_is_taken_over_and_approves(signed_in, region, waiting):
    client = signed_in(Role.SUPERVISOR)
    page = client.get(url("import_takeover", waiting.pk))
    assert [(each["stage"], each["count"]) for each in page.context["stages"]] == [(STAGE_LABEL, 2)]
    assert [person.row for person in page.context["exceptions"]] == [4]
    answer = client.post(url("import_takeover", waiting.pk), {"outcome": "approve"})
    assert answer.status_code == 302
    work()
    assert ParticipantCase.objects.filter(stage=STAGE).count() == 2
    assert StageChange.objects.filter(move="take_over").first().detail.approved_by == region[Role.SUPERVISOR]


def test_a_return_needs_a_reason_and_goes_back_to_whoever_uploaded(signed_in, waiting):
    client = signed_in(Role.SUPERVISOR)
    assert client.post(url("import_takeover", waiting.pk), {"outcome": "return"}).status_code == 422
    client.post(url("import_takeover", waiting.pk), {"outcome": "return", "reason": "Zły rok w wierszu 4"})
    client = signed_in(Role.ANIMATOR)
    report = text(client.get(url("import_report", waiting.pk)))
    assert "Zły rok w wierszu 4" in report
    assert "Ask the supervisor to approve" in report
    client.post(url("confirm_import", waiting.pk))
    assert ParticipantImport.objects.get().state == "waiting"


def test_nobody_approves_what_they_uploaded_or_asked_for(signed_in, region):
    centre, root = Organisation.objects.get(name="Centrum"), Territory.objects.get(level="voivodeship")
    both = holding(Role.SUPERVISOR, centre, root, holding(Role.COORDINATOR, centre, root))
    batch = send(signed_in(Role.ANIMATOR), file_of(row(1, WOMEN[0], stage=STAGE_LABEL)))
    client = signed_in(both)
    client.post(url("confirm_import", batch.pk))
    page = client.get(url("import_takeover", batch.pk))
    assert page.context["why_not"] == "Not yours, because you asked for it."
    answer = client.post(url("import_takeover", batch.pk), {"outcome": "approve"})
    assert answer.status_code == 403
    batch.refresh_from_db()
    assert (batch.state, batch.approved_by) == ("waiting", None)


def test_an_animator_does_not_decide(signed_in, waiting):
    answer = signed_in(Role.COORDINATOR).post(url("import_takeover", waiting.pk), {"outcome": "approve"})
    assert answer.status_code == 403
    waiting.refresh_from_db()
    assert waiting.state == "waiting"


def test_who_must_do_something_is_told_by_the_menu(signed_in, region, waiting):
    for role, count in ((Role.SUPERVISOR, 1), (Role.ANIMATOR, 0), (Role.COORDINATOR, 0)):
        assert ParticipantImport.objects.waiting_for(region[role]).count() == count
        entries = signed_in(role).get(url("imports")).context["navigation"].entries
        assert next(each.count for each in entries if each.url == url("imports")) == count


def beside(client) -> list[tuple[str, bool]]:
    """Where the lines beside my work lead, and whether they wait for me."""
    return [(each.url, each.waits) for each in client.get("/", {"tab": "todo"}).context["beside"]]


def test_a_takeover_waits_on_the_supervisors_work_and_on_nobody_elses(signed_in, region, waiting):
    assert beside(signed_in(Role.SUPERVISOR)) == [(url("import_takeover", waiting.pk), True)]
    assert beside(signed_in(Role.COORDINATOR)) == beside(signed_in(Role.TUTOR)) == []
    both = holding(
        Role.SUPERVISOR, waiting.organisation, Territory.objects.get(level="voivodeship"), waiting.uploaded_by
    )
    assert beside(signed_in(both)) == []
    elsewhere = holding(
        Role.SUPERVISOR, Organisation.objects.get(name="Inne"), Territory.objects.get(level="voivodeship")
    )
    assert beside(signed_in(elsewhere)) == []


def test_what_came_of_an_import_waits_on_my_work_and_is_told(signed_in, region):
    client = signed_in(Role.ANIMATOR)
    batch = send(client, file_of(row(1, WOMEN[0], "Anna")))
    assert beside(client) == [(url("import_report", batch.pk), True)]
    told = Notice.objects.filter(event="finished", link=url("import_report", batch.pk))
    assert [notice.user for notice in told.all()] == [region[Role.ANIMATOR]]
    client.post(url("confirm_import", batch.pk))
    work()
    assert beside(client) == [(url("import_report", batch.pk), False)]
    assert told.all().count() == 2
    work()
    assert told.all().count() == 2
    ParticipantImport.objects.update(finished_at=datetime.now(UTC) - timedelta(days=8))
    assert beside(client) == []


def test_people_of_a_powiat_that_one_does_not_serve_are_not_taken(signed_in, region):
    centre, konin = Organisation.objects.get(name="Centrum"), Territory.objects.get(code="3010")
    client = signed_in(holding(Role.ANIMATOR, centre, konin))
    batch = send(client, file_of(row(1, WOMEN[0])))
    assert [problem.reason for problem in batch.problems.all()] == [
        "powiat outside the mandates of who uploaded the file"
    ]


def test_whose_mandate_has_ended_meanwhile_takes_nobody_in(signed_in, region):
    client = signed_in(Role.ANIMATOR)
    batch = send(client, file_of(row(1, WOMEN[0])))
    client.post(url("confirm_import", batch.pk))
    region[Role.ANIMATOR].mandates.update(valid_to=date(2026, 1, 1))
    work()
    batch.refresh_from_db()
    assert (batch.state, ParticipantCase.objects.count()) == ("cancelled", 0)


def test_a_stage_for_the_whole_list_is_chosen_after_the_check_too(signed_in):
    client = signed_in(Role.ANIMATOR)
    batch = send(client, file_of(row(1, WOMEN[0])))
    assert batch.taken_over == 0
    client.post(url("import_columns", batch.pk), {"stage": "incubation"})
    work()
    batch.refresh_from_db()
    assert (batch.taken_over, batch.stage) == (1, "incubation")
    assert "Ask the supervisor to approve" in text(client.get(url("import_report", batch.pk)))


def test_an_import_given_up_by_its_worker_says_so(signed_in):
    client = signed_in(Role.ANIMATOR)
    batch = send(client, file_of(row(1, WOMEN[0])))
    client.post(url("confirm_import", batch.pk))
    Job.objects.filter(key=batch.take_key).update(state=Job.State.DEAD)
    assert "The work has stopped" in text(client.get(url("import_report", batch.pk)))


def test_what_is_read_of_the_list_costs_the_same_for_one_and_for_thirty(signed_in, django_assert_max_num_queries):
    client = signed_in(Role.ANIMATOR)
    counts = []
    client.get(url("imports"))
    for many in (1, 30):
        for _each in range(many):
            ParticipantImport.objects.create(
                name="x",
                state="done",
                powiats=["3064"],
                organisation=Organisation.objects.get(name="Centrum"),
                programme=Programme.objects.get(),
                uploaded_by=User.objects.first(),
            )
        with django_assert_max_num_queries(1000) as counted:
            client.get(url("imports"))
        counts.append(len(counted))
    assert counts[0] == counts[1]
