"""A case keeps the version of the workflow that it started on; another definition is another version."""

from dataclasses import replace

import pytest
from django import forms

from roles.role import Role
from tests.errands.flow import ErrandFlow, PrepareForm
from tests.errands.lifecycle import money_is_counted
from tests.errands.models import Errand
from tests.workflows.pages import signed_in, text_of, third_of_march, url
from workflows.flow import _line, _terms
from workflows.lifecycle import moves_of
from workflows.models import Case

__all__ = ["signed_in", "third_of_march"]
DROP, BEGIN = moves_of(Errand)["drop"], moves_of(Errand)["begin"]


@pytest.mark.parametrize(
    "changed",
    [
        replace(BEGIN, terms=replace(BEGIN.terms, approved_by=Role.COORDINATOR)),
        replace(BEGIN, terms=replace(BEGIN.terms, asked_by=(Role.TUTOR,))),
        replace(BEGIN, guards=()),
        replace(BEGIN, guards=(*BEGIN.guards, money_is_counted)),
        replace(BEGIN, sources=("planned", "finished")),
        replace(BEGIN, target="finished"),
        replace(BEGIN, terms=replace(BEGIN.terms, why="remark")),
        replace(BEGIN, terms=replace(BEGIN.terms, day="closed_on")),
        replace(BEGIN, terms=replace(BEGIN.terms, clears=("remark",))),
        replace(BEGIN, terms=replace(BEGIN.terms, reasons=DROP.terms.reasons)),
    ],
)
def test_every_term_of_a_move_is_part_of_the_version(changed):
    assert _terms(changed) != _terms(BEGIN)


def test_a_word_is_not_part_of_the_version():
    assert _terms(replace(BEGIN, terms=replace(BEGIN.terms, label="Start"))) == _terms(BEGIN)


def test_the_fields_of_a_form_are_part_of_the_version(monkeypatch):
    node = ErrandFlow.nodes_by_name()["prepare"]
    was = _line(node)

    class Longer(PrepareForm):
        weather = forms.CharField()

    monkeypatch.setattr(node, "form", Longer)
    assert _line(node) != was


def test_the_version_covers_the_lifecycle(monkeypatch):
    was = ErrandFlow.version()
    monkeypatch.setattr("workflows.flow.moves_of", lambda kind: {"drop": DROP})
    ErrandFlow.version.__func__.cache_clear()
    assert ErrandFlow.version() != was
    monkeypatch.undo()
    ErrandFlow.version.__func__.cache_clear()
    assert ErrandFlow.version() == was


def test_the_case_says_which_version_it_started_on_and_whether_it_has_changed(signed_in, new_errand, team):
    case, client = new_errand(), signed_in(team.coordinator)
    page = text_of(client.get(url("case", case.pk)))
    assert ErrandFlow.version() in page
    assert "has been changed since" not in page
    Case.objects.filter(pk=case.pk).update(workflow_version="0123456789ab")
    page = text_of(client.get(url("case", case.pk)))
    assert "0123456789ab" in page
    assert "has been changed since" in page
