"""History that was changed behind its back is found out, and the first bad row is named."""

import json
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from tests.workflows.conftest import at
from workflows.erasing import erase_details, erasing
from workflows.models import Case, DetailErasure, Seal, StageChange, StageChangeDetail
from workflows.sealing import seal, write_out
from workflows.services import ask
from workflows.verification import verify_history


@pytest.fixture(autouse=True)
def seals_file(settings, tmp_path):
    settings.SEALS_FILE = tmp_path / "seals" / "seals.jsonl"
    return settings.SEALS_FILE


@pytest.fixture
def history(new_errand, team, decide):
    """Three errands, the second of them dropped; everything sealed."""
    cases = [new_errand() for _ in range(3)]
    ask(cases[1], "drop", by=team.tutor, reason="moved", at=at(1))
    decide(cases[1], "dropping", by=team.coordinator, day=2).only()
    seal(at(2))
    return cases


@contextmanager
def behind_its_back():
    """As a database administrator, with triggers and foreign keys off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        yield cursor
        cursor.execute("SET session_replication_role = DEFAULT")


def first_problem() -> tuple[str, str]:
    report = verify_history()
    assert not report.ok
    return report.problems[0].where, report.problems[0].what


def row_of(case, seq=1) -> StageChange:
    return StageChange.objects.get(case=case, seq=seq)


def name_of(change) -> str:
    return f"stage change {change.pk} (case {change.case_id}, record {change.seq})"


def rehash(case) -> None:
    """Make a case's chain and head agree again, as somebody would who knows how it works."""
    before = ""
    with behind_its_back() as cursor:
        for change in StageChange.objects.filter(case=case).in_order():
            change.previous_hash = before
            before = change.sealed()
            cursor.execute(
                "UPDATE workflows_stagechange SET previous_hash = %s, hash = %s WHERE id = %s",
                [change.previous_hash, before, change.pk],
            )
        last = StageChange.objects.filter(case=case).in_order().last()
        cursor.execute(
            "UPDATE workflows_case SET history_hash = %s, history_length = %s, stage = %s WHERE id = %s",
            [before, last.seq, last.target, case.pk],
        )


def test_a_history_that_nobody_touched_is_whole(history):
    report = verify_history()
    assert report.problems == []
    assert report.checked == {
        "cases": 3,
        "stage changes": 4,
        "details": 4,
        "erasures": 0,
        "seals": 1,
        "seals in the file": 1,
    }


def test_sealing_what_is_sealed_changes_nothing(history, seals_file):
    before = seals_file.read_bytes()
    assert [seal(at(3)), seal(at(3))] == [0, 0]
    assert (seals_file.read_bytes(), Seal.objects.count()) == (before, 1)


def test_each_seal_covers_what_is_new_and_follows_the_one_before(history, new_errand):
    new_errand(3)
    assert seal(at(3)) == 1
    first, second = Seal.objects.order_by("pk")
    assert (first.changes, second.changes, second.previous_hash) == (4, 1, first.hash)
    assert verify_history().ok


def test_a_line_that_a_crash_tore_off_is_written_again(history, new_errand, seals_file):
    new_errand(3)
    whole = seals_file.read_bytes()
    seals_file.write_bytes(whole + b'{"seal": 2, "torn')
    seal(at(3))
    assert [json.loads(line)["seal"] for line in seals_file.read_text().splitlines()] == list(
        Seal.objects.order_by("pk").values_list("pk", flat=True)
    )
    seals_file.write_bytes(b"")
    assert write_out(seals_file) == 2
    assert verify_history().ok


def test_an_edited_row_is_named(history):
    change = row_of(history[1])
    with behind_its_back() as cursor:
        cursor.execute("UPDATE workflows_stagechange SET effective_on = '2020-01-01' WHERE id = %s", [change.pk])
    assert first_problem() == (name_of(change), "its content does not match its hash")


def test_an_edited_row_is_named_even_when_every_hash_after_it_was_made_to_agree(history):
    change = row_of(history[1])
    with behind_its_back() as cursor:
        cursor.execute("UPDATE workflows_stagechange SET effective_on = '2020-01-01' WHERE id = %s", [change.pk])
    rehash(history[1])
    assert first_problem() == (f"stage change {change.pk}", f"is not what seal {Seal.objects.get().pk} covers")


def test_edited_names_are_found(history, team):
    change = row_of(history[1], 2)
    with behind_its_back() as cursor:
        cursor.execute(
            "UPDATE workflows_stagechangedetail SET approved_by_id = %s WHERE change_id = %s",
            [team.second.pk, change.pk],
        )
    assert first_problem() == (name_of(change), "who and why do not match its digest")


def test_names_that_retention_erased_leave_the_chain_whole(history):
    assert erase_details(history[1].stage_changes.all(), at=at(9)) == 2
    report = verify_history()
    assert (report.problems, report.checked["details"], report.checked["erasures"]) == ([], 2, 2)
    assert erase_details(history[1].stage_changes.all(), at=at(9)) == 0


def test_names_are_deleted_in_an_erasure_alone(history):
    mine = StageChangeDetail.objects.filter(change__case=history[1])
    with pytest.raises(DatabaseError, match="can only be erased on record"), transaction.atomic():
        mine.delete()
    with pytest.raises(DatabaseError, match="can only be erased on record"), erasing():
        mine.delete()
    DetailErasure.objects.bulk_create(DetailErasure(change_id=each.pk, erased_at=at(9)) for each in mine)
    with pytest.raises(DatabaseError, match="can only be erased on record"), transaction.atomic():
        mine.delete()
    with erasing():
        mine.delete()
    assert not mine.exists()


def test_an_erasure_stays_on_record(history):
    erase_details(history[1].stage_changes.all(), at=at(9))
    for change in (DetailErasure.objects.all().delete, lambda: DetailErasure.objects.update(erased_at=at(10))):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_names_that_are_gone_without_an_erasure_are_missed(history):
    change = row_of(history[1], 2)
    with behind_its_back() as cursor:
        cursor.execute("DELETE FROM workflows_stagechangedetail WHERE change_id = %s", [change.pk])
    assert first_problem() == (name_of(change), "who and why are gone, and no erasure vouches for that")


def test_a_removed_row_in_the_middle_is_named(history):
    change, after = row_of(history[1]), row_of(history[1], 2)
    with behind_its_back() as cursor:
        cursor.execute("DELETE FROM workflows_stagechangedetail WHERE change_id = %s", [change.pk])
        cursor.execute("DELETE FROM workflows_stagechange WHERE id = %s", [change.pk])
    report = verify_history()
    assert report.problems[0].where == name_of(change)
    assert (f"case {history[1].pk}", f"record 1 is missing before stage change {after.pk}") in [
        (problem.where, problem.what) for problem in report.problems
    ]


def test_a_removed_last_row_is_named_even_when_the_head_was_made_to_agree(history):
    change = row_of(history[1], 2)
    with behind_its_back() as cursor:
        cursor.execute("DELETE FROM workflows_stagechangedetail WHERE change_id = %s", [change.pk])
        cursor.execute("DELETE FROM workflows_stagechange WHERE id = %s", [change.pk])
    rehash(history[1])
    assert first_problem() == (name_of(change), f"is gone; seal {Seal.objects.get().pk} covers it")


def test_an_inserted_row_is_named(history):
    change = row_of(history[0])
    with behind_its_back() as cursor:
        cursor.execute(
            "INSERT INTO workflows_stagechange (case_id, seq, move, source, target, effective_on, recorded_at,"
            " in_closed_period, is_takeover, digest, previous_hash, hash)"
            " SELECT case_id, 2, 'begin', 'planned', 'running', effective_on, recorded_at, false, false, digest, hash, hash"
            " FROM workflows_stagechange WHERE id = %s RETURNING id",
            [change.pk],
        )
        (inserted,) = cursor.fetchone()
    assert first_problem()[0] == f"stage change {inserted} (case {history[0].pk}, record 2)"


def test_a_table_cut_off_whole_is_found_by_heads_and_seals(history):
    first = row_of(history[0])
    with behind_its_back() as cursor:
        cursor.execute("DELETE FROM workflows_stagechangedetail")
        cursor.execute("DELETE FROM workflows_stagechange")
    report = verify_history()
    assert (f"case {history[0].pk}", "record 1 is missing at the end of 1") in [
        (p.where, p.what) for p in report.problems
    ]
    assert name_of(first) in [problem.where for problem in report.problems]


def test_a_case_that_vanished_with_its_history_is_named_by_the_file(history):
    case, change = history[2], row_of(history[2])
    with behind_its_back() as cursor:
        cursor.execute("DELETE FROM workflows_stagechangedetail WHERE change_id = %s", [change.pk])
        cursor.execute("DELETE FROM workflows_stagechange WHERE id = %s", [change.pk])
        cursor.execute("DELETE FROM workflows_case WHERE id = %s", [case.pk])
    assert first_problem() == (name_of(change), f"is gone; seal {Seal.objects.get().pk} covers it")


def test_a_stage_changed_behind_its_back_is_named(history):
    with behind_its_back() as cursor:
        cursor.execute("UPDATE workflows_case SET stage = 'archived' WHERE id = %s", [history[0].pk])
    assert first_problem() == (f"case {history[0].pk}", "is in the stage archived, its last record leads to planned")


def test_seals_that_were_rewritten_or_cut_off_do_not_agree_with_the_file(history, new_errand):
    new_errand(3)
    seal(at(3))
    first, second = Seal.objects.order_by("pk")
    with behind_its_back() as cursor:
        cursor.execute("DELETE FROM workflows_seal WHERE id = %s", [second.pk])
    assert first_problem() == (f"seal {second.pk}", "stands in the file and not in the table")
    with behind_its_back() as cursor:
        cursor.execute("UPDATE workflows_seal SET root = %s WHERE id = %s", ["0" * 64, first.pk])
    assert (f"seal {first.pk}", "is not what stands in the file") in [
        (problem.where, problem.what) for problem in verify_history().problems
    ]


def test_a_file_that_was_removed_is_missed(history, seals_file):
    seals_file.unlink()
    assert first_problem() == (f"seal {Seal.objects.get().pk}", "does not stand in the file")


def test_the_command_prints_one_document_and_ends_with_the_right_status(history, capsys):
    call_command("verify_history", "--json")
    assert json.loads(capsys.readouterr().out)["ok"] is True
    with behind_its_back() as cursor:
        cursor.execute("UPDATE workflows_stagechange SET move = 'finish' WHERE id = %s", [row_of(history[0]).pk])
    with pytest.raises(SystemExit) as ended:
        call_command("verify_history", "--json")
    assert ended.value.code == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], set(answer)) == (False, {"ok", "checked", "problems"})
    assert answer["problems"][0]["where"] == name_of(row_of(history[0]))


def test_the_database_itself_refuses_to_change_history(history):
    for statement in ("UPDATE workflows_stagechange SET move = 'x'", "DELETE FROM workflows_seal"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Case.objects.count() == 3
