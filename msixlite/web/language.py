"""Spanish beside English: the catalogue of msixlite/translations, through Flask-Babel."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import Babel, force_locale, format_date, gettext

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"
LANGUAGES = {"es": "Español", "en": "English"}


def words_in(language: str) -> Callable[..., str]:
    """For templates that say the same in two languages: a gettext that knows its language.

    `{% set _ = words_in("es") %}` before an include makes every `_("…")` in it Spanish.
    """

    def translated(text: str, **values: Any) -> str:
        with force_locale(language):
            return gettext(text, **values)

    return translated


def long_date(value: date | datetime | None, language: str) -> str:
    """22 de mayo de 2026; May 22, 2026. A number alone is read differently in the two languages."""
    if value is None:
        return ""
    with force_locale(language):
        return format_date(value, "long")


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(TRANSLATIONS))
    Babel(app, default_locale="en", default_timezone="UTC")
    app.jinja_env.globals.update(words_in=words_in)
    app.jinja_env.filters["long_date"] = long_date
