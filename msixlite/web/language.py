"""The site in the reader's language, and Spanish beside English: msixlite/translations, through Flask-Babel."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import flask
from flask import Blueprint, Flask, g, has_request_context, redirect, request, url_for
from flask_babel import Babel, format_date, get_locale, gettext
from flask_wtf import FlaskForm
from jinja2 import pass_context
from jinja2.runtime import Context
from wtforms import HiddenField, SelectField

from msixlite.models import words
from msixlite.web.access import public
from msixlite.web.rendering import choices, own_page
from msixlite.web.translations import speaking, translations

bp = Blueprint("language", __name__)
TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"
LANGUAGES = {"es": "Español", "en": "English"}
COOKIE = "msixlite-language"
COOKIE_SECONDS = 365 * 24 * 3600


class LanguageForm(FlaskForm):
    language = SelectField(choices=choices(LANGUAGES.items()))
    next = HiddenField()


@bp.post("/language")
@public
def choose():
    """Read the site in another language: kept with the account, and in the browser for the pages before sign-in."""
    form = LanguageForm()
    answer = redirect(own_page(form.next.data, otherwise=url_for("home.index")), 303)
    if not form.validate_on_submit():
        return answer
    if g.user:
        g.user.language = form.language.data
    answer.set_cookie(
        COOKIE,
        form.language.data,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=flask.current_app.config["SESSION_COOKIE_SECURE"],
    )
    return answer


def chosen() -> str:
    """The person's own choice, else the browser's cookie, else what the browser asks for, else English."""
    if not has_request_context():
        return "en"
    own = g.user.language if g.get("user") else ""
    wanted = own or request.cookies.get(COOKIE, "")
    asked = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((one for one in (wanted, *asked) if one in LANGUAGES), "en")


def flash(text: str, category: str = "message") -> None:
    """As Flask's, in the language of the person who reads it on the next page."""
    flask.flash(words.said(text), category)


def words_in(language: str) -> Callable[..., str]:
    """For templates that say the same in two languages: a gettext that knows its language.

    `{% set _ = words_in("es") %}` before an include makes every `_("…")` in it Spanish.
    """

    def translated(text: str, **values: Any) -> str:
        with speaking(language):
            return gettext(text, **values)

    return translated


def long_date(value: date | datetime | None, language: str) -> str:
    """22 de mayo de 2026; May 22, 2026. A number alone is read differently in the two languages."""
    if value is None:
        return ""
    with speaking(language):
        return format_date(value, "long")


def _with_commas(counted: Callable[..., str]) -> Callable[..., str]:
    """Jinja's ngettext, with its %(num)s as 1,234."""

    @pass_context
    def ngettext(context: Context, one: str, many: str, num: int, **values: Any) -> str:
        return counted(context, one, many, num, **({"num": f"{num:,}"} | values))

    return ngettext


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(TRANSLATIONS))
    Babel(app, default_locale="en", default_timezone="UTC", locale_selector=chosen)
    words.reader = translations
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: translations().gettext(text),
        lambda one, many, num: translations().ngettext(one, many, num),
        newstyle=True,
        pgettext=lambda context, text: translations().pgettext(context, text),
    )
    app.jinja_env.globals["ngettext"] = _with_commas(app.jinja_env.globals["ngettext"])
    app.jinja_env.globals.update(words_in=words_in, get_locale=get_locale, languages=LANGUAGES)
    app.jinja_env.filters["long_date"] = long_date
    app.jinja_env.filters["capital_first"] = words.capital_first
    app.jinja_env.filters["kept"] = words.kept
