"""Every seeded defect is refused, by the right check and with the path that shows it."""

import sys
from types import ModuleType

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from viewflow import this
from viewflow.workflow import flow as stock
from viewflow.workflow import lock

from roles.role import Role
from tests.errands.flow import ErrandFlow, NoteForm
from tests.errands.models import Errand
from tests.workflows.soundness.defects import ARCHIVE, DEFECTS, Defect
from tests.workflows.soundness.rooms import errand_with
from workflows.deadlines import days
from workflows.flow import CaseFlow
from workflows.nodes import End, Start, Work
from workflows.soundness import prove


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_seeded_defect_is_refused(defect: Defect):
    found = prove(errand_with(*defect.changes))
    told = [str(finding) for finding in found if finding.code == defect.code]
    assert any(defect.words in finding for finding in told), "\n".join(f"{each.code} {each}" for each in found)


def test_the_errand_is_sound():
    assert prove(ErrandFlow) == []


def test_the_errand_read_anew_is_sound():
    assert prove(errand_with()) == []


def test_an_approval_of_what_is_no_move_does_not_even_start():
    beginning = ARCHIVE.replace("[Stage.FINISHED, Stage.DROPPED]", "Stage.PLANNED")
    assert "Stage.PLANNED" in beginning
    with pytest.raises(KeyError, match="begin"):
        errand_with(("    @move(\n        source=Stage.PLANNED,", "    @bare(\n        source=Stage.PLANNED,"), BARE)


def test_manage_py_check_refuses_a_broken_room_and_shows_the_path(monkeypatch):
    broken = ModuleType("tests.errands.broken")
    broken.ErrandFlow = errand_with((".Else(this.recount)", ".Else(this.end)"))
    monkeypatch.setitem(sys.modules, broken.__name__, broken)
    with pytest.raises(SystemCheckError) as refused:
        call_command("check", tags=["workflows"])
    assert "errands/broken.ErrandFlow: (workflows.E052)" in str(refused.value)
    assert "→ meet → deliver → is_small[no] → end." in str(refused.value)


class Elsewhere(CaseFlow):
    """Another flow."""

    process_class = Errand
    there = End()


class Shared(CaseFlow):
    """Declares a step for others to inherit."""

    end = End()


class Careless(Shared):
    """Inherits a step, brings viewflow's lock and one of its nodes, and takes a step from elsewhere."""

    process_class = Errand
    lock_impl = lock.no_lock

    start = Start(opened_by=(Role.COORDINATOR,)).Next(this.tell)
    tell = Work(NoteForm, role=Role.TUTOR, within=days(1)).Next(this.note)
    note = stock.Function(lambda activation: None).Next(Elsewhere.there)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("E001", "note is viewflow's own Function"),
        ("E002", "end is declared in Shared"),
        ("E003", "lock_impl is not the engine's"),
        ("E024", "note leads to Elsewhere.there, which is no step of this flow"),
    ],
)
def test_a_careless_flow_class_is_refused(code: str, words: str):
    assert any(finding.code == code and words in finding.what for finding in prove(Careless))


BARE = ("class Why", "def bare(**terms):\n    return lambda method: method\n\n\nclass Why")
