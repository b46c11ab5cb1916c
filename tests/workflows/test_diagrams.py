"""How a kind of case goes, as pictures, tables and BPMN; and the documents made of it."""

from collections import Counter
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from roles.models import Mandate
from roles.role import Role
from tests.errands.flow import ErrandFlow
from tests.workflows.conftest import at
from tests.workflows.pages import signed_in, text_of, third_of_march, url
from tests.workflows.soundness.twisted import TwistedFlow
from workflows.deadlines import days, months, working_days
from workflows.diagrams import flow_bpmn, flow_svg, term_told
from workflows.lifecycle_diagram import lifecycle_svg
from workflows.lifecycle_documents import documents
from workflows.lifecycle_tables import as_markdown, moves_told, steps_told
from workflows.services import ask

__all__ = ["signed_in", "third_of_march"]

SVG = "{http://www.w3.org/2000/svg}"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def parsed(text: str | bytes) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314  our own text


def words_of(svg: str) -> list[str]:
    return ["".join(text.itertext()).strip() for text in parsed(svg).iter(f"{SVG}text")]


@pytest.fixture
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


# the pictures


@pytest.mark.parametrize("flow", [ErrandFlow, TwistedFlow])
def test_a_picture_holds_under_the_strictest_policy_and_says_what_it_shows(flow):
    for svg in (flow_svg(flow), lifecycle_svg(flow)):
        root = parsed(svg)
        assert not [each.tag for each in root.iter() if each.tag in (f"{SVG}style", f"{SVG}script")]
        assert not [
            each for each in root.iter() if "style" in each.attrib or any(name.startswith("on") for name in each.attrib)
        ]
        assert root.find(f"{SVG}title").text
        assert root.find(f"{SVG}desc").text


def test_every_step_is_drawn_and_the_engines_own_node_is_not():
    titles = [title.text for title in parsed(flow_svg(ErrandFlow)).iter(f"{SVG}title")]
    assert len(titles) == 1 + len(ErrandFlow.nodes_by_name()) - 1
    assert not [title for title in titles if "Task made by hand" in title]


def test_open_items_are_counted_and_the_place_of_the_case_is_named(in_english):
    plain, marked = words_of(flow_svg(ErrandFlow)), words_of(flow_svg(ErrandFlow, {"prepare": 37}, {"walk", "count"}))
    assert Counter(marked) - Counter(plain) == Counter({"37": 1, "here": 2})


def test_a_hostile_title_is_only_text(monkeypatch):
    monkeypatch.setattr(ErrandFlow.prepare, "task_title", "<script>alert(1)</script>")
    assert "<script>" not in flow_svg(ErrandFlow)


def test_boxes_do_not_lie_on_one_another():
    svg = parsed(lifecycle_svg(ErrandFlow))
    places = [each.get("transform") for each in svg.iter(f"{SVG}g") if each.find(f"{SVG}rect") is not None]
    assert len(places) == len(set(places)) == 5


def test_terms_are_told_in_words(in_english):
    assert [term_told(term) for term in (days(1), working_days(5), months(6).statutory())] == [
        "1 day",
        "5 working days",
        "6 months, statutory",
    ]


# BPMN


@pytest.mark.parametrize("flow", [ErrandFlow, TwistedFlow])
def test_every_reference_in_the_bpmn_resolves_and_every_name_is_one_thing(flow):
    root = parsed(flow_bpmn(flow))
    names = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(names) == len(set(names))
    for attribute in ("sourceRef", "targetRef", "attachedToRef", "bpmnElement", "sourceElement", "targetElement"):
        assert {each.get(attribute) for each in root.iter() if each.get(attribute)} <= set(names)
    said = {each.text.strip() for tag in ("incoming", "outgoing") for each in root.iter(f"{BPMN}{tag}")}
    assert said == {each.get("id") for each in root.iter(f"{BPMN}sequenceFlow")}


def test_the_bpmn_has_the_work_and_the_gateways():
    process = parsed(flow_bpmn(ErrandFlow)).find(f"{BPMN}process")
    found = Counter(each.tag.removeprefix(BPMN) for each in process)
    assert (found["userTask"], found["parallelGateway"], found["boundaryEvent"]) == (11, 2, 2)


# the tables and the documents


def test_the_tables_tell_what_the_lifecycle_and_the_flow_say(in_english):
    begin = moves_told(ErrandFlow)[0]
    assert (begin.label, begin.sources, begin.target) == ("Begin", ["planned"], "running")
    assert begin.only_if == ["The permit has not been shown."]
    prepare = next(step for step in steps_told(ErrandFlow) if step.name == "prepare")
    assert (prepare.deadline, prepare.parameter) == ("10 working days", "errand_prepare_days")
    assert prepare.ways == [("Ready", "Begin"), ("Once more", "Prepare")]


def test_the_document_has_a_row_for_each_move_and_each_step(in_english):
    text = as_markdown(ErrandFlow)
    for move in moves_told(ErrandFlow):
        assert f"(`{move.name}`)" in text
    for step in steps_told(ErrandFlow):
        assert f"(`{step.name}`)" in text


def test_the_documents_are_not_stale():
    folder = settings.BASE_DIR / "docs" / "lifecycles"
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    stale = [name for name, text in documents().items() if written.get(name) != text]
    assert stale == [], "run `make docs`"
    assert set(written) == set(documents())


# the pages


def test_the_page_shows_pictures_tables_and_the_way_to_bpmn(signed_in, team, new_errand):
    new_errand()
    page = text_of(signed_in(team.tutor).get(url("diagram", "errand")))
    for name in ("flow_picture", "lifecycle_picture", "bpmn"):
        assert url(name, "errand") in page


def test_the_menu_leads_to_the_first_kind_and_the_case_to_its_own_place(signed_in, team, new_errand):
    case, client = new_errand(), signed_in(team.tutor)
    page = text_of(client.get(url("case", case.pk)))
    assert f'href="{url("diagrams")}"' in page
    assert f'href="{url("diagram", "errand")}?case={case.pk}"' in page
    assert client.get(url("diagrams"), follow=True).status_code == 200


def test_who_holds_no_mandate_is_not_led_there(signed_in, region):
    client = signed_in(region.person("nobody"))
    assert url("diagrams") not in text_of(client.get("/"))
    assert client.get(url("diagrams")).status_code == 403


def test_only_items_of_cases_one_may_see_are_counted(signed_in, region, team, new_errand):
    new_errand()
    assert "1" in words_of(text_of(signed_in(team.tutor).get(url("flow_picture", "errand"))))
    far = region.person("far tutor", Role.TUTOR, territory=region.next_powiat)
    assert "1" not in words_of(text_of(signed_in(far).get(url("flow_picture", "errand"))))


def test_the_case_is_marked_in_both_pictures(signed_in, team, new_errand):
    case, client = new_errand(), signed_in(team.tutor)
    ask(case, "drop", by=team.tutor, reason="moved", at=at())
    here = words_of(text_of(client.get(url("flow_picture", "errand"), {"case": case.pk})))
    assert here.count("tutaj") + here.count("here") == 2
    stage = words_of(text_of(client.get(url("lifecycle_picture", "errand"), {"case": case.pk})))
    assert stage.count("tutaj") + stage.count("here") == 1


@pytest.mark.parametrize("name", ["diagram", "flow_picture", "lifecycle_picture"])
def test_a_case_that_one_may_not_see_is_not_marked_but_missing(signed_in, region, new_errand, name):
    case = new_errand()
    far = region.person("far tutor", Role.TUTOR, territory=region.next_powiat)
    assert signed_in(far).get(url(name, "errand"), {"case": case.pk}).status_code == 404
    assert signed_in(far).get(url(name, "errand"), {"case": "x"}).status_code == 404


def test_a_mandate_that_ended_yesterday_shows_nothing(signed_in, team, region):
    Mandate.objects.filter(user=team.tutor).update(valid_to="2026-03-02")
    assert signed_in(team.tutor).get(url("diagram", "errand")).status_code == 403


def test_a_kind_that_there_is_not_is_missing(signed_in, team):
    assert signed_in(team.tutor).get(url("diagram", "picnic")).status_code == 404


def test_the_bpmn_is_a_download(signed_in, team):
    answer = signed_in(team.tutor).get(url("bpmn", "errand"))
    assert answer["Content-Disposition"] == 'attachment; filename="errand.bpmn"'
    assert parsed(answer.content).tag.endswith("definitions")


def test_the_page_asks_as_much_at_thirty_cases_as_at_one(signed_in, team, new_errand):
    client = signed_in(team.tutor)
    new_errand()
    client.get(url("diagram", "errand"))
    asked = [_queries(client) for _each in range(2)]
    for _each in range(29):
        new_errand()
    assert _queries(client) == asked[1]


def _queries(client) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(url("diagram", "errand"))
    return len(captured)
