"""The site in the language that its reader chose."""

import re

import pytest
from sqlalchemy import select

from msixlite.models.users import User

PRIMARY = "msix_primary"


def language_of(html):
    return re.search(r'<html lang="(\w+)"', html).group(1)


class TestBeforeSignIn:
    def test_is_english_unless_the_browser_asks_otherwise(self, visitor):
        assert language_of(visitor.get("/help", expect=200).text) == "en"

    @pytest.mark.parametrize(
        ("asked", "got"), [("es-MX,es;q=0.9,en;q=0.5", "es"), ("fr", "en"), ("en-US,es;q=0.5", "en"), ("*", "en")]
    )
    def test_follows_the_browser(self, visitor, asked, got):
        assert language_of(visitor.get("/help", headers={"Accept-Language": asked}, expect=200).text) == got

    def test_a_choice_is_kept_in_the_browser(self, visitor):
        page = visitor.get("/help", expect=200).text
        assert 'value="es" lang="es">Español' in page
        answer = visitor.send("/language", {"language": "es", "next": "/help"}, expect=303)
        assert answer.headers["Location"] == "/help"
        cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("msixlite-language="))
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        page = visitor.get("/help", expect=200).text
        assert language_of(page) == "es"
        assert 'value="en" lang="en">English' in page

    def test_another_word_chooses_nothing(self, visitor):
        visitor.send("/language", {"language": "<es>", "next": "https://elsewhere.example/"}, expect=303)
        assert language_of(visitor.get("/help", expect=200).text) == "en"


class TestSignedIn:
    def test_a_choice_is_kept_with_the_account(self, app, as_, db):
        client = as_(PRIMARY)
        client.send("/language", {"language": "es", "next": "/me/"}, expect=303)
        with app.config["SESSIONS"]() as read:
            assert read.scalar(select(User.language).where(User.user_name == PRIMARY)) == "es"
        assert language_of(client.get("/me/", expect=200).text) == "es"
        assert language_of(as_("state_data_administrator").get("/me/", expect=200).text) == "en"

    def test_the_choice_of_the_account_goes_before_the_browsers(self, as_):
        client = as_(PRIMARY)
        client.send("/language", {"language": "en", "next": "/"}, expect=303)
        assert language_of(client.get("/me/", headers={"Accept-Language": "es"}, expect=200).text) == "en"
