"""The reader's catalogue, looked up once a request: a page asks for it hundreds of times."""

from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations

from flask import g, has_app_context
from flask_babel import force_locale, get_translations


def translations() -> NullTranslations:
    """Flask-Babel's translations for whoever reads the page at this moment; English's outside of a page."""
    if not has_app_context():
        return get_translations()
    if "translations" not in g:
        g.translations = get_translations()
    return g.translations


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything within is said in the language, whatever its reader has chosen."""
    before = translations()
    try:
        with force_locale(language):
            g.translations = get_translations()
            yield
    finally:
        g.translations = before
