"""The import: every person once, every problem said, whatever happens half-way."""

import json
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from openpyxl import Workbook

from cases.models import Person
from cases.participants.importing import approve_takeover, cancel, check, checking, confirm, forget_files, upload
from cases.participants.importing import taking as taking_module
from cases.participants.importing.checking import check_uploaded
from cases.participants.models import ParticipantCase, ParticipantImport
from cases.participants.stages import Stage
from cases.workbook import reader
from roles.models import Mandate, Organisation, Territory, User
from roles.reference import load_reference
from roles.role import Role
from workflows.chores import hand_out
from workflows.errors import NotYet, NotYou
from workflows.jobs import run_due
from workflows.models import Job, Programme, StageChange, WorkItem

SAMPLE = Path(settings.BASE_DIR) / "fixtures" / "uczestnicy.xlsx"
HEADINGS = [
    "Lp.",
    "Nazwisko",
    "Imię",
    "PESEL",
    "Płeć",
    "Powiat",
    "Status na rynku pracy",
    "Data rozpoczęcia udziału",
    "Etap",
]
NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)


@pytest.fixture
def region(db):
    load_reference()
    root = Territory.objects.get(level="voivodeship")
    organisation = Organisation.objects.create(name="Centrum", short_name="Centrum", type="owes", territory=root)
    programme = Programme.objects.create(
        code="P", name="Program", starts_on=date(2026, 1, 1), ends_on=date(2028, 12, 31)
    )
    programme.organisations.add(organisation)
    for role in (Role.ANIMATOR, Role.COORDINATOR, Role.SUPERVISOR):
        user = User.objects.create_user(role)
        Mandate.objects.create(
            user=user, role=role, organisation=organisation, territory=root, valid_from=date(2020, 1, 1)
        )
    return programme


def person(username: str) -> User:
    return User.objects.get(username=username)


def workbook(*rows: list[object]) -> ContentFile:
    book = Workbook()
    book.active.append(HEADINGS)
    for row in rows:
        book.active.append(row)
    sink = BytesIO()
    book.save(sink)
    return ContentFile(sink.getvalue(), name="lista.xlsx")


def row(lp: int, pesel: str, name: str = "Próbna", *, stage: str = "", since: str = "2026-02-03") -> list[object]:
    return [lp, name, "Anna", pesel, "Kobieta", "Poznań", "osoba pracująca", since, stage]


def run_import(*rows: list[object], by: str = "animator", stage: str = "") -> ParticipantImport:
    programme = Programme.objects.get()
    batch = upload(
        workbook(*rows), by=person(by), organisation=programme.organisations.get(), programme=programme, stage=stage
    )
    run_due(datetime.now(UTC))
    batch.refresh_from_db()
    return batch


WOMEN = ["90010100009", "85050500007", "70121200001"]


def command(*options: str) -> tuple[dict, int]:
    out = StringIO()
    code = 0
    try:
        call_command("import_participants", str(SAMPLE), "--json", *options, stdout=out)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return json.loads(out.getvalue()), code


def test_the_sample_adds_up_and_a_second_run_creates_nothing(region):
    report, code = command()
    bad = {problem["row"] for problem in report["problems"]}
    assert (report["rows"], report["imported"], report["already_there"], len(bad), code) == (600, 552, 0, 48, 1)
    assert ParticipantCase.objects.count() == Person.objects.count() == 552
    assert StageChange.objects.count() == 552
    assert WorkItem.objects.open().filter(node="check_eligibility").count() == 552
    again, _code = command()
    assert (again["rows"], again["imported"], again["already_there"]) == (600, 0, 552)
    assert ParticipantCase.objects.count() == 552


def test_a_dry_run_changes_nothing(region):
    report, _code = command("--dry-run")
    assert (report["rows"], report["imported"], len(report["problems"])) == (600, 0, 48)
    assert not ParticipantCase.objects.exists()


def test_no_pesel_is_printed(region):
    report, _code = command("--dry-run")
    for problem in report["problems"]:
        digits = "".join(filter(str.isdigit, problem["value"]))
        assert problem["column"] != "PESEL" or len(digits) <= 4


def test_upload_check_confirm_and_done(region):
    batch = run_import(row(1, WOMEN[0]), row(2, "123", "Zła"))
    assert (batch.state, batch.rows, batch.bad_rows) == ("checked", 2, 1)
    assert [problem.column for problem in batch.problems.all()] == ["PESEL"]
    confirm(batch, by=person("animator"))
    run_due(datetime.now(UTC))
    batch.refresh_from_db()
    assert (batch.state, batch.imported, batch.done_rows, batch.percent) == ("done", 1, 2, 100)


def test_people_already_in_support_wait_for_the_supervisor(region):
    batch = run_import(row(1, WOMEN[0], stage=str(Stage.PRE_INCUBATION.label)), row(2, WOMEN[1]))
    assert batch.taken_over == 1
    assert confirm(batch, by=person("animator")).state == "waiting"
    with pytest.raises(NotYou):
        approve_takeover(batch, by=person("coordinator"))
    approve_takeover(batch, by=person("supervisor"))
    run_due(datetime.now(UTC))
    batch.refresh_from_db()
    assert batch.imported == 2
    taken = ParticipantCase.objects.get(stage="pre_incubation")
    opened, takeover = StageChange.objects.filter(case=taken).order_by("seq")
    assert (taken.admitted_on, taken.opened_on, takeover.effective_on) == (date(2026, 2, 3),) * 3
    assert (opened.is_takeover, takeover.is_takeover, takeover.move) == (True, True, "take_over")
    assert takeover.detail.approved_by == person("supervisor")
    assert WorkItem.objects.open().get(process=taken).node == "diagnose"


def test_the_supervisor_who_uploaded_does_not_approve(region):
    Mandate.objects.create(
        user=person("coordinator"),
        role=Role.SUPERVISOR,
        organisation=Organisation.objects.get(),
        territory=Territory.objects.get(level="voivodeship"),
        valid_from=date(2020, 1, 1),
    )
    batch = run_import(row(1, WOMEN[0]), by="coordinator", stage="incubation")
    confirm(batch, by=person("coordinator"))
    with pytest.raises(NotYou):
        approve_takeover(batch, by=person("coordinator"))


def test_killed_half_way_the_second_run_takes_the_rest_once(region, monkeypatch):
    monkeypatch.setattr(taking_module, "AT_ONCE", 1)
    batch = run_import(*[row(n, pesel) for n, pesel in enumerate(WOMEN)])
    confirm(batch, by=person("animator"))
    whole, calls = taking_module._take, []

    def dies_at_the_second(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return whole(*arguments)

    monkeypatch.setattr(taking_module, "_take", dies_at_the_second)
    run_due(datetime.now(UTC))
    assert ParticipantCase.objects.count() == 1
    monkeypatch.setattr(taking_module, "_take", whole)
    run_due(datetime(2100, 1, 1, tzinfo=UTC))
    batch.refresh_from_db()
    assert ParticipantCase.objects.count() == 3
    assert (batch.state, batch.imported, batch.already_there) == ("done", 2, 1)


def test_a_cancelled_import_keeps_what_was_taken_and_stops(region, monkeypatch):
    monkeypatch.setattr(taking_module, "AT_ONCE", 1)
    batch = run_import(*[row(n, pesel) for n, pesel in enumerate(WOMEN)])
    confirm(batch, by=person("animator"))
    cancel(batch, by=person("animator"))
    run_due(datetime.now(UTC))
    batch.refresh_from_db()
    assert (batch.state, ParticipantCase.objects.count()) == ("cancelled", 0)


def test_an_unreadable_file_says_why(region):
    programme = Programme.objects.get()
    batch = upload(
        ContentFile(b"not a workbook", name="x.xlsx"),
        by=person("animator"),
        organisation=programme.organisations.get(),
        programme=programme,
    )
    check(batch)
    assert batch.state == "unreadable"
    assert batch.refusal


def test_files_are_forgotten_after_their_time(region):
    batch = run_import(row(1, WOMEN[0]))
    confirm(batch, by=person("animator"))
    run_due(datetime.now(UTC))
    assert forget_files(datetime.now(UTC)) == 0
    assert forget_files(datetime(2100, 1, 1, tzinfo=UTC)) == 1
    batch.refresh_from_db()
    assert not batch.file


def test_the_clock_forgets_files_once_a_day(region):
    batch = run_import(row(1, WOMEN[0]))
    confirm(batch, by=person("animator"))
    run_due(datetime.now(UTC))
    for days in (1, 40):
        at = datetime.now(UTC) + timedelta(days=days)
        hand_out(at)
        run_due(at)
        batch.refresh_from_db()
        assert bool(batch.file) == (days == 1)
    assert not batch.problems.exists()


def test_what_nobody_goes_on_with_is_called_off_and_then_forgotten(region):
    batch = run_import(row(1, WOMEN[0]))
    later = datetime.now(UTC) + timedelta(days=31)
    assert forget_files(later) == 0
    batch.refresh_from_db()
    assert (batch.state, bool(batch.file)) == ("cancelled", True)
    assert "in time" in batch.why_refused
    assert forget_files(later + timedelta(days=31)) == 1


def test_a_check_that_comes_twice_is_made_once(region):
    batch = run_import(row(1, WOMEN[0]), row(2, "123"))
    check_uploaded(Job.objects.get(key=batch.check_key), batch=batch.pk)
    assert batch.problems.count() == 1


def test_the_workers_are_told_at_once(region):
    run_import(row(1, WOMEN[0]))
    assert not Job.objects.filter(name="participants.check_import", sent_at=None).exists()


def test_a_workbook_damaged_further_down_leaves_no_half_of_a_report(region, monkeypatch):
    monkeypatch.setattr(reader, "MAX_ROWS", 2)
    monkeypatch.setattr(checking, "AT_ONCE", 1)
    batch = run_import(*[row(number, "123") for number in range(3)])
    assert (batch.state, batch.rows, batch.problems.count()) == ("unreadable", 0, 0)


def test_an_organisation_outside_the_programme_brings_nobody_in(region):
    region.organisations.clear()
    with pytest.raises(NotYet):
        upload(workbook(), by=person("animator"), organisation=Organisation.objects.get(), programme=region)
