"""Every text that a template or a view marks has a translation that nobody doubts, in every language."""

import copy
import json
import pickle
import re
from gettext import NullTranslations

import pytest
from jinja2 import nodes
from markupsafe import escape

from msixlite import catalogue
from msixlite.domain import mde, spanish
from msixlite.models import words
from msixlite.models.words import _l, _ln, _lp
from tests import unmarked

FIELD = re.compile(r"%\(\w+\)s|%%|<[^>]+>")
"""What a translation must hold as its message does: values, percent signs, markup."""


@pytest.mark.parametrize("language", catalogue.languages())
class TestCatalogue:
    def test_nothing_is_missing_or_doubtful(self, language):
        assert catalogue.untranslated(language) == []

    def test_the_compiled_file_is_that_of_the_catalogue(self, language):
        assert catalogue.file_of(language, "mo").read_bytes() == catalogue.compiled(language)

    def test_the_same_fields_stand_in_both(self, language):
        for message in catalogue.read(language):
            if message.id:
                said = message.string if message.pluralizable else (message.string,)
                meant = message.id if message.pluralizable else (message.id,)
                for one, other in zip(meant, said, strict=True):
                    assert sorted(FIELD.findall(one)) == sorted(FIELD.findall(other)), message.id


def test_a_context_is_a_message_of_its_own(monkeypatch):
    """In templates by pgettext, in code by _lp: the word alone does not stand for it."""
    marked = catalogue.marked()
    assert {marked.get("Withdrawn", context).context for context in ("statement", "worklist")} == {
        "statement",
        "worklist",
    }
    kept = copy.deepcopy(marked)
    for message in kept:
        message.string = ("x", "x") if message.pluralizable else "x"
    kept.get("Withdrawn", "statement").string = ""
    monkeypatch.setattr(catalogue, "read", lambda language: kept)
    assert catalogue.untranslated("es") == ["Withdrawn"]


def test_there_is_spanish_and_something_is_marked():
    assert "es" in catalogue.languages()
    assert len(catalogue.marked()) > 20


class TestMarking:
    @pytest.mark.parametrize("file", unmarked.templates(), ids=lambda file: str(file.relative_to(unmarked.ROOT)))
    def test_every_text_of_a_screen_is_marked(self, file):
        assert unmarked.in_template(file) == []

    @pytest.mark.parametrize("file", unmarked.modules(), ids=lambda file: file.name)
    def test_every_sentence_that_is_raised_or_flashed_is_marked(self, file):
        assert unmarked.in_python(file) == []

    def test_what_is_not_marked_is_found(self, tmp_path):
        page = tmp_path / "page.html"
        page.write_text('<p aria-label="A label">Bare {{ x }}</p>{{ _("marked") }}{{ ui.tag("Said here") }}')
        module = tmp_path / "module.py"
        module.write_text('raise RuleBroken("Bare." if x else _l("Marked."))\n')
        assert [text for _line, text in unmarked.in_template(page)] == ["A label", "Bare …", "Said here"]
        assert [text for _line, text in unmarked.in_python(module)] == ["'Bare.'"]

    def test_only_literals_become_markup(self):
        """A variable as message would be markup that nobody escaped."""
        for file in (unmarked.ROOT / "templates").rglob("*.html"):
            tree = unmarked.parsed(file)
            for call in tree.find_all(nodes.Call):
                if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext", "pgettext"):
                    assert isinstance(call.args[0], nodes.Const), (file, call.lineno)
                    assert call.node.name != "pgettext" or isinstance(call.args[1], nodes.Const), (file, call.lineno)


SPANISH = {"Kept on %(day)s by %(person)s": "Guardado el %(day)s por %(person)s", "the <office>": "la <oficina>"}


class Spanish(NullTranslations):
    def gettext(self, message):
        return SPANISH.get(message, message)

    def pgettext(self, context, message):
        return {("date", "From"): "Desde"}.get((context, message), message)

    def ngettext(self, one, many, num):
        return {"%(num)s child": "%(num)s niño", "%(num)s children": "%(num)s niños"}[one if num == 1 else many]


class TestSentence:
    """A marked text of the code: English wherever it is kept, the reader's language where a page shows it."""

    @pytest.fixture(autouse=True)
    def reader(self, monkeypatch):
        monkeypatch.setattr(words, "reader", Spanish)

    def test_is_its_english_text(self):
        sentence = _l("Kept on %(day)s by %(person)s", day="11/02/2026", person=_l("the <office>"))
        assert sentence == "Kept on 11/02/2026 by the <office>"
        assert json.dumps(sentence) == '"Kept on 11/02/2026 by the <office>"'
        assert f"{sentence}." == "Kept on 11/02/2026 by the <office>."

    def test_is_said_in_the_readers_language_with_the_sentences_within(self):
        sentence = _l("Kept on %(day)s by %(person)s", day="11/02/2026", person=_l("the <office>"))
        assert words.said(sentence) == "Guardado el 11/02/2026 por la <oficina>"

    def test_is_escaped_as_any_text(self):
        sentence = _l("Kept on %(day)s by %(person)s", day="11/02/2026", person="<b>Office</b>")
        assert escape(sentence) == "Guardado el 11/02/2026 por &lt;b&gt;Office&lt;/b&gt;"

    def test_counts(self):
        assert [words.said(_ln("%(num)s child", "%(num)s children", n)) for n in (1, 2000)] == ["1 niño", "2,000 niños"]

    def test_keeps_its_message_when_copied_or_begun_with_a_capital(self):
        sentence = copy.deepcopy(_l("the <office>"))
        assert words.said(words.capital_first(sentence)) == "La <oficina>"
        assert words.said(pickle.loads(pickle.dumps(sentence))) == "la <oficina>"
        assert words.said(sentence.lower()) == "la <oficina>"

    def test_a_context_tells_two_meanings_of_a_word_apart(self):
        since = pickle.loads(pickle.dumps(_lp("date", "From")))
        assert (since, words.said(since), words.said(since.lower())) == ("From", "Desde", "desde")
        assert words.said(_l("From")) == words.said(_lp("place", "From")) == "From"

    def test_a_percent_sign_without_values_is_one(self):
        assert _l("100 % of it") == "100 % of it"


def test_a_count_in_a_template_is_written_with_commas(app):
    called = '{{ ngettext("%(num)s row", "%(num)s rows", n) }}'
    block = "{% trans num=n %}{{ num }} row{% pluralize %}{{ num }} rows{% endtrans %}"
    template = app.jinja_env.from_string(f"{called}; {block}")
    with app.test_request_context():
        assert template.render(n=1_234) == "1,234 rows; 1,234 rows"
        assert template.render(n=1) == "1 row; 1 row"


def test_the_elements_and_their_codes_are_marked_and_have_the_spanish_of_the_letters():
    marked = catalogue.marked()
    for element in mde.ELEMENTS:
        assert all(text in marked for text in (element.name, *element.codes.values()))
    given = catalogue.given("es")
    assert {given[element.name] for element in mde.ELEMENTS if element.key in spanish.ELEMENTS} <= set(
        spanish.ELEMENTS.values()
    )
    assert given["Birth Date"] == spanish.ELEMENTS["birth_date"]
    assert catalogue.given("en") == {}
