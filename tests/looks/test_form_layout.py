"""Fields that are wanted under some choices only, and sections: what the pages rely on."""

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.utils.translation import override

from cases.forms import AnswerForm
from cases.participants.forms import EligibilityForm, FollowUpForm, GraduationForm, RecommendationForm, SupplementForm
from cases.participants.forms.facts import EntryDataForm
from cases.participants.forms.registering import RegistrationForm
from roles.form_layout import MOST_CONDITIONS, LaidOut, Section, When, parts_of
from roles.forms import MandateForm
from tests.looks.drawing import draw
from workflows.forms import DecisionForm

FORMS = (
    *(AnswerForm, EligibilityForm, FollowUpForm, GraduationForm, RecommendationForm, SupplementForm),
    *(EntryDataForm, RegistrationForm, MandateForm, DecisionForm),
)


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


class Leaving(LaidOut):
    """Somebody stays, or leaves with a job or without."""

    sections = (Section("After leaving", ("job", "hours"), "Asked by the fund."), Section("Words", ("remarks",)))
    wanted_when = {
        "job": When("way", ("leave",)),
        "hours": When("job", ("yes",), may_lack=True),
    }

    way = forms.ChoiceField(choices=[("stay", "stays"), ("leave", "leaves")], widget=forms.RadioSelect)
    remarks = forms.CharField(required=False)
    job = forms.ChoiceField(choices=[("", "—"), ("yes", "has a job"), ("no", "has none")], required=False)
    hours = forms.IntegerField(required=False)


def drawn(name: str, **initial: str) -> str:
    return draw('<c-field :field="field" />', field=Leaving(initial=initial)[name])


def test_a_choice_says_which_conditions_it_meets():
    assert re.findall(r'value="(\w+)"[^>]*data-opens="(\d+)"', drawn("way")) == [("leave", "1")]
    assert re.findall(r'<option value="(\w+)" data-opens="(\d+)"', drawn("job")) == [("yes", "2")]


def test_a_field_says_what_it_waits_for_and_what_that_waits_for():
    assert 'data-wanted="1"' in drawn("job")
    assert set(re.search(r'data-wanted="([^"]+)"', drawn("hours")).group(1).split()) == {"1", "2"}
    assert "data-wanted" not in drawn("way")


def test_a_draft_opens_with_the_choice_that_shows_its_fields():
    assert re.search(r'value="leave"[^>]*checked[^>]*data-opens|data-opens[^>]*checked', drawn("way", way="leave"))


def test_an_error_on_a_field_that_the_choice_does_not_want_is_seen():
    sent = {"way": "stay", "job": "perhaps", "hours": "many"}
    assert "data-wanted" not in draw('<c-field :field="field" />', field=Leaving(sent)["job"])
    assert "data-wanted" in draw('<c-field :field="field" />', field=Leaving(sent | {"way": "leave"})["job"])


def test_what_is_needed_under_its_choice_is_not_called_optional():
    assert "(optional)" not in drawn("job")
    assert "(optional)" in drawn("hours")


def test_an_old_browser_that_shows_all_fields_says_for_which_choice_each_is():
    assert "Only for: leaves" in drawn("job")


def test_fields_stand_in_their_sections_and_the_others_come_first():
    parts = parts_of(Leaving())
    told = [(part.section and part.section.title, [field.name for field in part.fields]) for part in parts]
    assert told == [(None, ["way"]), ("After leaving", ["job", "hours"]), ("Words", ["remarks"])]


def test_a_section_of_optional_fields_says_so_once_and_hides_with_its_fields():
    html = draw('<c-form :form="form" />', form=Leaving())
    assert html.count("(optional)") == 2  # hours, and the section Words
    assert '<fieldset class="section" data-wanted="1">' in html
    assert "Asked by the fund." in html


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_conditions_name_fields_and_choices_that_there_are(form):
    declared = form.base_fields.keys() | {name for section in form.sections for name in section.fields}
    for name, condition in form.wanted_when.items():
        assert {name, condition.field} <= declared
        offered = getattr(form.base_fields.get(condition.field), "choices", None)
        if offered:
            assert set(condition.choices) <= {str(value) for value, _label in offered}, name


def test_the_style_sheet_knows_as_many_conditions_as_a_form_may_have():
    css = Path(settings.BASE_DIR / "static" / "css" / "parts.css").read_text(encoding="utf-8")
    assert set(re.findall(r'\[data-wanted~="(\d+)"\]', css)) == {str(n) for n in range(1, MOST_CONDITIONS + 1)}
    assert all(len(set(form.wanted_when.values())) <= MOST_CONDITIONS for form in FORMS)


@pytest.mark.parametrize(("labels", "in_a_row"), [(("yes", "no"), True), (("a long answer " * 3, "another"), False)])
def test_short_answers_stand_in_one_row(labels, in_a_row):
    class Question(forms.Form):
        answer = forms.ChoiceField(choices=list(enumerate(labels)), widget=forms.RadioSelect)

    html = draw('<c-field :field="field" />', field=Question()["answer"])
    assert ("in-a-row" in html) == in_a_row
