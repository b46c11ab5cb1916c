"""Every string that users see is in the catalogue, and the check says which is not."""

from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from config import translations

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
A = _("plain")
B = ngettext("%(n)d person", "%(n)d people", 2)
C = pgettext("month", "May")
D = _("two "
      "lines")
"""
PAGE = """
{% load i18n %}{# _("not this") #}
<h1>{% translate "title" %}</h1>{{ _("variable")|upper }} {% url "x" as y %}
{% blocktranslate count n=n trimmed %}
  {{ n }} case
{% plural %}
  {{ n }} cases
{% endblocktranslate %}
<c-field label="{% trans 'label' %}" :hint="_('hint')" :n='_("other")' />
it's <b title="{% translate "it's" %}">
"""
SINGLE = {"plain", "two lines", "title", "variable", "label", "hint", "other", "it's", "May"}
PLURAL = {("%(n)d person", "%(n)d people"), ("%(n)s case", "%(n)s cases")}
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : 1);\\n"\n\n'


@pytest.fixture
def project(tmp_path) -> Path:
    """A small project that speaks to users."""
    (tmp_path / "cases" / "templates").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "cases" / "models.py").write_text(CODE)
    (tmp_path / "cases" / "templates" / "page.html").write_text(PAGE)
    (tmp_path / "tests" / "test_it.py").write_text('_("of a test")')
    return tmp_path


@pytest.fixture
def catalogue(project) -> Path:
    path = project / "locale" / "pl" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    return path


def complete(project: Path, path: Path) -> None:
    """Translate everything."""
    catalog = translations.update(path, project)
    for message in catalog:
        if message.id:
            text = message.id if isinstance(message.id, str) else message.id[0]
            message.string = text.upper().replace("(N)", "(n)").replace("D ", "d ").replace("S ", "s ")
            if isinstance(message.id, tuple):
                message.string = tuple(message.id[0] for _ in range(3))
    with path.open("wb") as file:
        translations.write_po(file, catalog)


def test_every_marked_string_of_code_and_templates_is_found(project):
    found = {message.id for message in translations.extracted(project) if message.id}
    assert found == SINGLE | PLURAL


def test_a_new_catalogue_wants_every_string_and_has_three_polish_plurals(project, catalogue):
    assert len(list(translations.problems(catalogue, project))) == len(SINGLE | PLURAL)
    assert translations.update(catalogue, project).num_plurals == 3
    assert len(list(translations.problems(catalogue, project))) == len(SINGLE | PLURAL)


def test_a_complete_catalogue_has_no_problem_and_stays_as_it_is(project, catalogue):
    complete(project, catalogue)
    assert list(translations.problems(catalogue, project)) == []
    before = catalogue.read_bytes()
    translations.update(catalogue, project)
    translations.update(catalogue, project)
    assert translations.read(catalogue).get("plain").string == "PLAIN"
    assert b"#~" not in catalogue.read_bytes()
    assert before.count(b"msgid ") == catalogue.read_bytes().count(b"msgid ")


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('msgid "plain"\nmsgstr "PLAIN"', 'msgid "plain"\nmsgstr ""', "not translated: 'plain'"),
        ('msgid "plain"\n', '#, fuzzy\nmsgid "plain"\n', "not translated: 'plain'"),
        ('msgid "plain"\n', 'msgid "plane"\n', "not in the catalogue: 'plain'"),
        ('msgid "plain"\n', 'msgid "plane"\n', "not used any more: 'plane'"),
        ('msgstr[2] "%(n)d person"', 'msgstr[2] ""', "not translated: ('%(n)d person', '%(n)d people')"),
        ('msgstr[1] "%(n)d person"', 'msgstr[1] "%(m)d person"', "unknown named placeholder"),
    ],
)
def test_each_fault_is_named(project, catalogue, before, after, problem):
    complete(project, catalogue)
    text = catalogue.read_text()
    assert before in text
    catalogue.write_text(text.replace(before, after))
    assert any(problem in found for found in translations.problems(catalogue, project))


def test_the_binary_is_written_when_the_text_is_newer(project, catalogue):
    complete(project, catalogue)
    assert translations.compile_catalogue(catalogue)
    assert not translations.compile_catalogue(catalogue)
    with catalogue.with_suffix(".mo").open("rb") as file:
        assert read_mo(file).get("plain").string == "PLAIN"


def test_without_a_catalogue_there_is_nothing_to_compile(catalogue):
    assert not translations.compile_catalogue(catalogue)
