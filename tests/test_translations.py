"""Every text that a template or a view marks has a translation that nobody doubts, in every language."""

import re

import pytest

from msixlite import catalogue
from msixlite.domain import mde, spanish


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
