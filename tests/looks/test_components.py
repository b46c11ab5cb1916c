"""What the components promise to somebody who does not see them."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils.translation import override

from roles.styleguide import SampleForm, samples
from tests.looks.drawing import draw

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


def ids_in(html: str) -> set[str]:
    return set(re.findall(r'\sid="([^"]+)"', html))


def test_an_input_is_described_by_its_hint_and_its_error():
    html = draw('<c-field :field="field" />', field=samples(TODAY)["wrong"]["pesel"])
    described = re.search(r'aria-describedby="([^"]+)"', html).group(1).split()
    assert described == ["wrong_pesel_helptext", "wrong_pesel_error"]
    assert set(described) <= ids_in(html)
    assert 'aria-invalid="true"' in html
    assert '<label class="form-label" for="wrong_pesel">' in html


def test_a_hint_given_by_the_page_describes_the_input_too():
    html = draw('<c-field :field="field" label="Other" hint="As on the card." />', field=SampleForm()["name"])
    assert 'aria-describedby="id_name_helptext"' in html
    assert "As on the card." in html
    assert "Other" in html


@pytest.mark.parametrize("name", ["outcome", "roles"])
def test_a_group_of_choices_is_a_fieldset_with_a_legend(name):
    html = draw('<c-field :field="field" />', field=SampleForm()[name])
    assert html.count("<fieldset") == html.count("<legend") == 1
    assert html.count('<label class="choice"') == html.count("form-check-input") > 1


def test_what_is_optional_says_so_and_what_is_compulsory_does_not():
    assert "(optional)" in draw('<c-field :field="field" />', field=SampleForm()["email"])
    assert "(optional)" not in draw('<c-field :field="field" />', field=SampleForm()["name"])
    assert "(optional)" not in draw('<c-field :field="field" plain />', field=SampleForm()["email"])


def test_a_date_is_a_native_picker_with_an_iso_value():
    html = draw('<c-field :field="field" />', field=SampleForm(initial={"starts_on": TODAY})["starts_on"])
    assert 'type="date"' in html
    assert 'value="2026-11-23"' in html


def test_every_link_of_the_error_summary_leads_to_an_input():
    html = draw('<c-form :form="form" />', form=samples(TODAY)["wrong"])
    targets = set(re.findall(r'<a href="#([^"]+)"', html))
    assert len(targets) == 7
    assert targets <= ids_in(html)
    assert "The plan has not been agreed yet." in html


def test_a_form_without_errors_has_no_summary():
    assert "error-summary" not in draw('<c-form :form="form" />', form=SampleForm())


def test_a_form_with_a_file_is_sent_in_parts():
    assert 'enctype="multipart/form-data"' in draw('<c-form :form="form" />', form=SampleForm())


def test_a_draft_is_offered_only_where_asked_for_and_after_sending_on():
    html = draw('<c-form :form="form" draft />', form=SampleForm())
    assert html.index("Send on") < html.index("Save draft")
    assert "Save draft" not in draw('<c-form :form="form" />', form=SampleForm())


def test_a_heading_that_sorts_says_which_way_and_turns_round():
    html = draw('<c-th key="due" sort="due">Due</c-th>', path="/list/?tab=todo&after=7")
    assert 'aria-sort="ascending"' in html
    assert 'href="?tab=todo&amp;sort=-due"' in html
    assert "aria-sort" not in draw('<c-th key="name" sort="due">Name</c-th>')


def test_a_row_is_picked_for_the_form_named():
    html = draw('<c-row :value="7" pick="Select U/2026/000034" select="picked">…</c-row>')
    assert 'name="item" value="7" form="picked" aria-label="Select U/2026/000034"' in html
    assert "checkbox" not in draw("<c-row>…</c-row>")


def test_lateness_is_said_in_words_and_with_an_icon():
    html = draw('<c-due :on="on" :today="today" />', on=TODAY - timedelta(days=2), today=TODAY)
    assert "2 days overdue" in html
    assert "#alert-triangle" in html
    assert 'datetime="2026-11-21"' in html


def test_what_is_done_is_no_longer_late():
    html = draw('<c-due :on="on" :today="today" done />', on=TODAY - timedelta(days=2), today=TODAY)
    assert "overdue" not in html
    assert "late" not in html


def test_the_stepper_marks_one_step_as_current():
    html = draw('<c-stage-stepper :stages="stages" />', stages=samples(TODAY)["stages"])
    assert html.count('aria-current="step"') == 1
    assert html.count(", done<") == 2
    assert html.count(", still to come<") == 2


def test_a_condition_says_whether_it_is_met():
    assert 'aria-label="met:"' in draw("<c-check met>x</c-check>")
    missing = draw('<c-check href="/fix/">x</c-check>')
    assert 'aria-label="missing:"' in missing
    assert 'href="/fix/"' in missing


def test_an_empty_fact_shows_a_dash():
    assert "<dd>–</dd>" in draw('<c-fact label="Leaving date" />')


def test_a_person_is_shown_by_first_and_last_initial():
    assert ">ŻŁ<" in draw('<c-person name="Żaneta Maria Łukasiewicz" />')


def test_the_style_guide_leaves_no_variable_undefined():
    options = settings.TEMPLATES[0]["OPTIONS"] | {"string_if_invalid": "UNDEFINED(%s)"}
    with override_settings(TEMPLATES=[settings.TEMPLATES[0] | {"OPTIONS": options}]):
        html = draw('{% include "styleguide/index.html" %}', **samples(TODAY))
    assert re.findall(r"UNDEFINED\([^)]*\)", html) == []


def test_clearing_the_filters_keeps_the_tab():
    html = draw(
        '<c-filters :form="form" :keep="keep" :active="1" />', form=samples(TODAY)["filter"], keep=[("tab", "todo")]
    )
    assert 'href="?tab=todo"' in html
    assert '<input type="hidden" name="tab" value="todo">' in html


def test_words_of_a_user_are_escaped():
    html = draw('<c-person name="{{ name }}" /><c-entry kind="comment" title="{{ name }}" />', name="<b>x</b>")
    assert "<b>" not in html


COMPONENTS = sorted(Path(settings.BASE_DIR).glob("templates/components/*.html"))
GLOBAL = {"slot", "attrs", "csrf_token", "request", "user", "forloop"}


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_a_component_takes_nothing_from_the_page_around_it_unasked(path):
    source = path.read_text(encoding="utf-8")
    names = set(re.findall(r"\b[a-z_]+\b", " ".join(re.findall(r"\{[{%](.*?)[%}]\}", source)))) - GLOBAL
    needed = ':field="bound"' if path.stem in {"field", "field_notes"} else ""
    html = draw(
        f"<c-{path.stem.replace('_', '-')} {needed} />", bound=SampleForm()["role"], **dict.fromkeys(names, "LEAK")
    )
    assert "LEAK" not in html
