"""My work, the board and the figures by powiat as files: exactly what the page shows, each noted under its own name."""

import csv
import io

import openpyxl
import pytest

from roles.role import Role
from tests.workflows.conftest import at, item_of
from tests.workflows.pages import signed_in, third_of_march, url
from workflows.exporting import MOST
from workflows.models import ExportLog, WorkItem
from workflows.services import claim

__all__ = ["signed_in", "third_of_march"]


def rows_of(answer):
    return list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig")), delimiter=";"))


def note():
    made = ExportLog.objects.get()
    return made.what, made.query, made.rows, made.user.username


def test_a_tab_of_my_work_is_taken_along_filtered_and_in_its_order(signed_in, new_errand, team):
    first, second = (item_of(new_errand(), "prepare") for _ in range(2))
    WorkItem.objects.filter(pk=first.pk).update(priority=1)
    client = signed_in(team.coordinator)
    answer = client.post(f"{url('export_work')}?tab=queue&priority=0", {"shape": "csv"})
    assert [row[0] for row in rows_of(answer)[1:]] == [second.process.number]
    assert note() == ("work", "tab=queue&priority=0", 1, "coordinator")
    assert rows_of(client.post(f"{url('export_work')}?tab=todo", {"shape": "csv"}))[1:] == []


@pytest.mark.parametrize("tab", ["todo", "queue", "waiting", "late", "done", "snoozed"])
def test_every_tab_can_be_taken_along(signed_in, new_errand, team, tab):
    new_errand()
    answer = signed_in(team.supervisor).post(f"{url('export_work')}?tab={tab}", {"shape": "csv"})
    assert rows_of(answer)[0][0] == "Number"


def test_each_table_of_the_board_is_a_file_with_numbers(signed_in, new_errand, team, time_machine):
    claim([item_of(new_errand(), "prepare")], by=team.coordinator, at=at(0)).only()
    time_machine.move_to(at(40), tick=False)
    client = signed_in(team.supervisor)
    book = client.post(url("export_board"), {"shape": "xlsx", "table": "loads"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(book))).active
    assert [cell.value for cell in sheet[2]][:4] == ["coordinator", 1, 1, 1]
    assert note()[:2] == ("board", "table=loads")
    assert rows_of(client.post(url("export_board"), {"shape": "csv", "table": "ages"}))[1][:2] == ["planned", "1"]
    assert len(rows_of(client.post(url("export_board"), {"shape": "csv", "table": "late"}))) == 2
    assert client.post(url("export_board"), {"shape": "csv", "table": "x"}).status_code == 404


def test_the_board_of_others_is_not_taken_along(signed_in, new_errand, region, team):
    new_errand()
    assert signed_in(team.tutor).post(url("export_board"), {"shape": "csv", "table": "loads"}).status_code == 403
    near = region.person("near", Role.SUPERVISOR, territory=region.next_powiat)
    answer = signed_in(near).post(url("export_board"), {"shape": "csv", "table": "loads"})
    assert rows_of(answer)[1:] == []


def test_figures_hidden_on_the_page_are_hidden_in_the_file(signed_in, new_errand, region, team):
    new_errand()
    analyst = region.person("analyst", Role.ANALYST, territory=region.voivodeship)
    file = rows_of(signed_in(analyst).post(f"{url('export_powiats')}?of=all", {"shape": "csv"}))
    assert {cell for row in file[1:] for cell in row[1:]} <= {"<5", "…", "0"}
    assert note()[:2] == ("powiats", "kind=errand&of=all")
    exact = rows_of(signed_in(team.supervisor).post(url("export_powiats"), {"shape": "csv"}))
    assert exact[-1][1:] == ["1", "1", "0", "0"]


def test_too_many_rows_are_refused_with_a_sentence(signed_in, new_errand, team, monkeypatch):
    monkeypatch.setattr("workflows.exporting.MOST", 1)
    assert MOST > 1
    for _ in range(2):
        new_errand()
    client = signed_in(team.coordinator)
    assert client.post(f"{url('export_work')}?tab=queue", {"shape": "csv"}).url == "/?tab=queue"
    assert not ExportLog.objects.exists()


def test_an_unknown_shape_is_not_there(signed_in, team):
    client = signed_in(team.supervisor)
    for name in ("export_work", "export_board", "export_powiats"):
        assert client.post(url(name), {"shape": "exe", "table": "loads"}).status_code == 404
