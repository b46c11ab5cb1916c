"""The import: every person once, every problem said, whatever happens half-way."""

import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from cases.models import Person
from cases.participants.importing import (
    approve_takeover,
    cancel,
    check,
    checking,
    confirm,
    forget_files,
    give_back,
    read_anew,
    upload,
)
from cases.participants.importing import taking as taking_module
from cases.participants.importing.checking import check_uploaded
from cases.participants.importing.returning import write_rows_to_correct
from cases.participants.models import ParticipantCase, ParticipantImport
from cases.participants.stages import Stage
from cases.workbook import reader
from roles.models import Mandate, Organisation, Territory, User
from roles.reference import load_reference
from roles.role import Role
from roles.services import give_services_their_mandates
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


def workbook(*rows: list[object], headings: list[str] = HEADINGS) -> ContentFile:
    book = Workbook()
    book.active.append(headings)
    for row in rows:
        book.active.append(row)
    sink = BytesIO()
    book.save(sink)
    return ContentFile(sink.getvalue(), name="lista.xlsx")


def row(lp: int, pesel: str, name: str = "Próbna", *, stage: str = "", since: str = "2026-02-03") -> list[object]:
    return [lp, name, "Anna", pesel, "Kobieta", "Poznań", "osoba pracująca", since, stage]


def run_import(
    *rows: list[object], by: str = "animator", stage: str = "", headings: list[str] = HEADINGS
) -> ParticipantImport:
    programme = Programme.objects.get()
    batch = upload(
        workbook(*rows, headings=headings),
        by=person(by),
        organisation=programme.organisations.get(),
        programme=programme,
        stage=stage,
    )
    run_due(datetime.now(UTC))
    batch.refresh_from_db()
    return batch


WOMEN = ["90010100009", "85050500007", "70121200001"]


def command(*options: str, path: Path = SAMPLE) -> tuple[dict, int]:
    out = StringIO()
    code = 0
    try:
        call_command("import_participants", str(path), "--json", *options, stdout=out)
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


def test_a_row_without_an_organisation_goes_to_the_one_whose_coordinator_works_there(region, tmp_path):
    """Not to the first by name, where only the services and a tutor of another reach everywhere."""
    root, powiat = Territory.objects.get(level="voivodeship"), Territory.objects.get(name="kolski")
    serving = Organisation.objects.create(name="Zachód", short_name="Zachód", type="owes", territory=root)
    first = Organisation.objects.create(name="Alfa", short_name="Alfa", type="owes", territory=root)
    region.organisations.set([first, serving])
    give_services_their_mandates([first, serving])
    for user, role, organisation, territory in (
        (person(Role.ANIMATOR), Role.TUTOR, first, root),
        (person(Role.COORDINATOR), Role.COORDINATOR, serving, powiat),
    ):
        Mandate.objects.create(
            user=user, role=role, organisation=organisation, territory=territory, valid_from=date(2020, 1, 1)
        )
    path = tmp_path / "lista.xlsx"
    path.write_bytes(workbook([*row(1, WOMEN[0])[:5], "kolski", *row(1, WOMEN[0])[6:]]).read())
    report, code = command(path=path)
    assert (report["imported"], code) == (1, 0), report
    assert [each.organisation for each in ParticipantCase.objects.all()] == [serving]


def test_a_dry_run_changes_nothing(region):
    report, _code = command("--dry-run")
    assert (report["rows"], report["imported"], report["already_there"], len(report["problems"])) == (600, 552, 0, 48)
    assert not ParticipantCase.objects.exists()
    assert not Person.objects.exists()


def test_a_dry_run_says_who_is_there_already(region):
    command()
    report, _code = command("--dry-run")
    assert (report["rows"], report["imported"], report["already_there"]) == (600, 0, 552)


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
    assert (batch.state, batch.imported, batch.already_there, batch.done_rows) == ("done", 3, 0, 3)


def test_an_interrupted_import_tells_its_own_people_from_those_there_before(region, monkeypatch):
    first = run_import(row(1, WOMEN[0]))
    confirm(first, by=person("animator"))
    run_due(datetime.now(UTC))
    monkeypatch.setattr(taking_module, "AT_ONCE", 2)
    batch = run_import(*[row(n, pesel) for n, pesel in enumerate([*WOMEN, "65030300004"])])
    confirm(batch, by=person("animator"))
    whole, calls = taking_module._take, []

    def dies_at_the_second(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return whole(*arguments)

    monkeypatch.setattr(taking_module, "_take", dies_at_the_second)
    run_due(datetime.now(UTC))
    monkeypatch.setattr(taking_module, "_take", whole)
    run_due(datetime(2100, 1, 1, tzinfo=UTC))
    batch.refresh_from_db()
    assert batch.rows == batch.imported + batch.already_there + batch.bad_rows
    assert (batch.imported, batch.already_there) == (batch.cases.count(), 1)


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


# people already in support


@pytest.mark.parametrize(
    ("facts", "column"),
    [
        ({"stage": "incubation", "since": "2099-01-01"}, "Data rozpoczęcia udziału"),
        ({"stage": "incubation", "stage_since": "2099-01-01"}, "Na etapie od"),
        ({"stage": "incubation", "stage_since": "2026-02-02"}, "Na etapie od"),
    ],
)
def test_impossible_dates_of_people_in_support_are_problems_of_the_row(region, facts, column):
    stage_since = facts.pop("stage_since", "")
    stage = str(Stage(facts.pop("stage")).label)
    batch = run_import([*row(1, WOMEN[0], stage=stage, **facts), stage_since], headings=[*HEADINGS, "Na etapie od"])
    assert (batch.bad_rows, batch.taken_over, batch.good_rows) == (1, 0, 0)
    assert batch.problems.get().column == column


def test_the_stage_of_the_whole_list_has_the_same_rule(region):
    batch = run_import(row(1, WOMEN[0], since="2099-01-01"), stage="incubation")
    assert (batch.bad_rows, batch.taken_over) == (1, 0)


def test_a_start_to_come_is_no_problem_for_somebody_new(region):
    assert run_import(row(1, WOMEN[0], since="2099-01-01")).bad_rows == 0


def test_a_day_at_a_stage_from_the_very_start_is_possible(region):
    stage = str(Stage.INCUBATION.label)
    batch = run_import([*row(1, WOMEN[0], stage=stage), "2026-02-03"], headings=[*HEADINGS, "Na etapie od"])
    assert (batch.bad_rows, batch.taken_over) == (0, 1)


def test_the_command_has_people_in_support_wait_for_the_supervisor(region, tmp_path):
    path = tmp_path / "lista.xlsx"
    path.write_bytes(workbook(row(1, WOMEN[0], stage=str(Stage.INCUBATION.label)), row(2, WOMEN[1])).read())
    report, code = command(path=path)
    assert (report["rows"], report["imported"], report["waiting"], report["problems"], code) == (2, 1, 1, [], 0)
    batch = ParticipantImport.objects.get()
    assert (batch.state, batch.taken_over, batch.rows, batch.uploaded_by.username) == ("waiting", 1, 2, "importer")
    again, _code = command(path=path)
    assert (again["imported"], again["already_there"], again["waiting"]) == (0, 1, 1)
    assert ParticipantImport.objects.count() == 1
    approve_takeover(batch, by=person("supervisor"))
    run_due(datetime.now(UTC))
    batch.refresh_from_db()
    assert (batch.state, batch.imported, batch.already_there, batch.done_rows) == ("done", 1, 1, 2)
    taken = ParticipantCase.objects.get(stage="incubation")
    assert taken.stage_changes.get(move="take_over").detail.approved_by == person("supervisor")
    done, _code = command(path=path)
    assert (done["imported"], done["already_there"], done["waiting"]) == (0, 2, 0)


def test_the_command_may_be_told_the_stage_of_everybody(region, tmp_path):
    path = tmp_path / "lista.xlsx"
    path.write_bytes(workbook(row(1, WOMEN[0]), row(2, WOMEN[1])).read())
    dry, _code = command("--stage", "pre_incubation", "--dry-run", path=path)
    assert (dry["rows"], dry["imported"], dry["waiting"]) == (2, 0, 2)
    assert not ParticipantImport.objects.exists()
    report, _code = command("--stage", "pre_incubation", path=path)
    assert (report["rows"], report["imported"], report["waiting"]) == (2, 0, 2)
    assert set(ParticipantImport.objects.get().takeovers.values_list("stage", flat=True)) == {"pre_incubation"}


# wrong use


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["missing.xlsx"], "missing.xlsx"),
        ([str(SAMPLE), "--programme", "NONE"], "no such programme"),
        ([str(SAMPLE), "--organisation", "Nobody"], "no such organisation"),
        ([__file__], "workbook"),
    ],
)
def test_wrong_use_ends_with_2_and_a_document(region, options, reason):
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import_participants", *options, "--json", stdout=out)
    assert refused.value.returncode == 2
    said = json.loads(out.getvalue())
    assert (said["rows"], said["imported"], said["already_there"]) == (0, 0, 0)
    (problem,) = said["problems"]
    assert (problem["row"], problem["column"], problem["value"]) == (0, "", "")
    assert reason in problem["reason"]


# supporting members, and people who may be known


def test_a_column_says_who_is_a_supporting_member(region):
    rows = [[*row(1, WOMEN[0]), "Studentka"], [*row(2, WOMEN[1]), "uczestniczka"], [*row(3, WOMEN[2]), ""]]
    confirm(run_import(*rows, headings=[*HEADINGS, "Rodzaj udziału"]), by=person("animator"))
    run_due(datetime.now(UTC))
    kinds = ParticipantCase.objects.order_by("pk").values_list("participation", flat=True)
    assert list(kinds) == ["supporting", "participant", "participant"]


def test_another_kind_of_participation_is_a_problem(region):
    batch = run_import([*row(1, WOMEN[0]), "gość"], headings=[*HEADINGS, "Rodzaj udziału"])
    assert [problem.column for problem in batch.problems.all()] == ["Rodzaj udziału"]


def somebody_known(**facts) -> Person:
    known = {"first_name": "Anna", "last_name": "Próbna", "birth_date": date(1990, 1, 1), "sex": "K"}
    by = person("animator")
    return Person.objects.create(organisation=Organisation.objects.get(), recorded_by=by, **known | facts)


def test_somebody_who_may_be_known_is_a_warning_and_comes_in_all_the_same(region):
    somebody_known()
    batch = run_import(row(1, WOMEN[0]), row(2, WOMEN[1], "Zupełnie"))
    (warning,) = batch.problems.all()
    assert (warning.row, warning.column, warning.is_warning, batch.bad_rows) == (2, "Nazwisko", True, 0)
    assert "Próbna" not in warning.why
    confirm(batch, by=person("animator"))
    run_due(datetime.now(UTC))
    assert ParticipantCase.objects.count() == 2


def test_a_warning_names_the_case_only_to_who_may_see_it(region):
    first = run_import(row(1, WOMEN[0]))
    confirm(first, by=person("animator"))
    run_due(datetime.now(UTC))
    case = ParticipantCase.objects.get()
    Person.objects.update(pesel_index="", birth_date=None)
    seen = run_import(row(1, WOMEN[1]))
    assert case.number in seen.problems.warnings().get().why
    Mandate.objects.filter(user=person("animator")).update(territory=Territory.objects.get(code="3064"))
    ParticipantCase.objects.update(territory=Territory.objects.get(code="3010"))
    hidden = run_import(row(1, WOMEN[2]))
    assert case.number not in hidden.problems.warnings().get().why


def test_somebody_known_by_their_number_is_no_warning(region):
    first = run_import(row(1, WOMEN[0]))
    confirm(first, by=person("animator"))
    run_due(datetime.now(UTC))
    assert not run_import(row(1, WOMEN[0])).problems.exists()


def test_the_command_lists_warnings_apart_from_problems(region, tmp_path):
    somebody_known()
    path = tmp_path / "lista.xlsx"
    path.write_bytes(workbook(row(1, WOMEN[0])).read())
    report, code = command("--dry-run", path=path)
    assert (report["problems"], [each["row"] for each in report["warnings"]], code) == ([], [2], 0)


# rows to correct


def test_bad_rows_are_written_by_a_worker_and_go_with_the_upload(region):
    batch = run_import(row(1, WOMEN[0]), row(2, "123"))
    assert batch.to_correct
    path = Path(batch.to_correct.path)
    assert b"123" not in path.read_bytes()
    assert not zipfile.is_zipfile(path)
    confirm(batch, by=person("animator"))
    run_due(datetime.now(UTC))
    forget_files(datetime(2100, 1, 1, tzinfo=UTC))
    batch.refresh_from_db()
    assert (batch.to_correct.name, path.exists()) == ("", False)


def test_bad_rows_asked_for_too_early_are_being_prepared(region):
    batch = run_import(row(1, WOMEN[0]), row(2, "123"))
    ParticipantImport.objects.update(to_correct="")
    batch.refresh_from_db()
    with pytest.raises(NotYet):
        give_back(batch, by=person("animator"), at=datetime.now(UTC))


def test_the_job_of_bad_rows_that_comes_twice_writes_once(region):
    batch = run_import(row(1, WOMEN[0]), row(2, "123"))
    kept = batch.to_correct.name
    write_rows_to_correct(Job.objects.get(key=batch.give_back_key), batch=batch.pk)
    batch.refresh_from_db()
    assert batch.to_correct.name == kept


def test_a_list_checked_anew_has_its_bad_rows_written_anew(region):
    batch = run_import(row(1, WOMEN[0]), row(2, "123"))
    first = Path(batch.to_correct.path)
    read_anew(batch, by=person("animator"), mapping={})
    run_due(datetime.now(UTC))
    batch.refresh_from_db()
    assert Path(batch.to_correct.path) != first
    assert not first.exists()


def test_a_list_without_bad_rows_has_nothing_to_correct(region):
    batch = run_import(row(1, WOMEN[0]))
    assert not batch.to_correct
    assert not Job.objects.filter(key=batch.give_back_key).exists()
