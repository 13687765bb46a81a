"""Every text that a template or a view marks has a translation that nobody doubts, in every language."""

import re

import pytest

from msixlite import catalogue


@pytest.mark.parametrize("language", catalogue.languages())
class TestCatalogue:
    def test_nothing_is_missing_or_doubtful(self, language):
        assert catalogue.untranslated(language) == []

    def test_the_compiled_file_is_that_of_the_catalogue(self, language):
        assert catalogue.file_of(language, "mo").read_bytes() == catalogue.compiled(language)

    def test_the_same_fields_stand_in_both(self, language):
        for message in catalogue.read(language):
            if message.id:
                fields = [sorted(re.findall(r"%\(\w+\)s", text)) for text in (message.id, message.string)]
                assert fields[0] == fields[1], message.id


def test_there_is_spanish_and_something_is_marked():
    assert "es" in catalogue.languages()
    assert len(catalogue.marked()) > 20


def test_a_count_in_a_template_is_written_with_commas(app):
    called = '{{ ngettext("%(num)s row", "%(num)s rows", n) }}'
    block = "{% trans num=n %}{{ num }} row{% pluralize %}{{ num }} rows{% endtrans %}"
    template = app.jinja_env.from_string(f"{called}; {block}")
    with app.test_request_context():
        assert template.render(n=1_234) == "1,234 rows; 1,234 rows"
        assert template.render(n=1) == "1 row; 1 row"
