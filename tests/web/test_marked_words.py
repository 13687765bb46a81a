"""Marked words stay marked on their way through forms and templates."""

from gettext import NullTranslations

import pytest
from wtforms import Form, IntegerField, SelectField
from wtforms.validators import NumberRange

from msixlite.models import words
from msixlite.models.words import _l
from msixlite.web.rendering import choices


class Spanish(NullTranslations):
    def gettext(self, message):
        return {"From %(min)s to %(max)s.": "De %(min)s a %(max)s.", "the family": "la familia"}.get(message, message)


@pytest.fixture
def in_spanish(monkeypatch):
    monkeypatch.setattr(words, "reader", Spanish)


def test_a_validator_that_fills_its_message_says_it_in_the_readers_language(in_spanish):
    class Asked(Form):
        seconds = IntegerField(validators=[NumberRange(0, 900, _l("From %(min)s to %(max)s."))])

    form = Asked(data={"seconds": 901})
    assert not form.validate()
    assert form.seconds.errors == ["From 0 to 900."]
    assert words.said(form.seconds.errors[0]) == "De 0 a 900."


def test_a_choice_is_translated_and_what_it_sends_is_not(in_spanish):
    class Told(Form):
        by = SelectField(choices=choices([(_l("the family"), _l("the family"))]))

    assert '<option value="the family">la familia</option>' in Told().by()
