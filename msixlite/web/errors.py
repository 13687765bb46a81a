"""Errors as pages: what happened, and how to go on. Never a traceback."""

from flask import Flask, Response, g
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from msixlite.domain.errors import NotAllowed, NotFound, RuleBroken
from msixlite.models.words import _l
from msixlite.web.middleware import login_manager
from msixlite.web.rendering import page

SENTENCES = {
    400: (_l("This could not be read"), _l("The request was not complete. Go back, reload the page and try again.")),
    403: (
        _l("Not allowed"),
        _l("Your role does not include this. Your User Administrator can tell you who may do it."),
    ),
    404: (_l("Not found"), _l("There is nothing at this address, or it lies outside what you may see.")),
    408: (_l("Too slow"), _l("The request did not arrive in time. Nothing was changed. Please try again.")),
    405: (_l("Not possible this way"), _l("Go back and use the buttons of the page.")),
    413: (_l("Too large"), _l("The file or text is larger than this site accepts.")),
    415: (_l("This could not be read"), _l("The request was not of a kind that this page reads.")),
    422: (_l("Not possible"), _l("This is not possible at present.")),
    429: (_l("Too many tries"), _l("Please wait a minute, then try again.")),
    500: (
        _l("Something went wrong"),
        _l("Nothing was changed. Please try again; if it happens again, tell your administrator."),
    ),
    503: (_l("Not available just now"), _l("Please try again in a moment.")),
}


def init_app(app: Flask) -> None:
    """Give every error its page."""
    app.register_error_handler(CSRFError, lambda _error: _error_page(400, CSRF_SENTENCE))
    app.register_error_handler(NotFound, lambda _error: _error_page(404))
    app.register_error_handler(NotAllowed, lambda error: _error_page(403, error.sentence))
    app.register_error_handler(RuleBroken, lambda error: _error_page(422, error.sentence))
    app.register_error_handler(InternalServerError, lambda _error: _error_page(500))
    app.register_error_handler(TimeoutError, lambda _error: _error_page(408))  # the sender was too slow
    app.register_error_handler(HTTPException, _http_error)


CSRF_SENTENCE = _l("The page was open for too long, or it was sent from elsewhere. Reload it and try again.")


def _http_error(error: HTTPException) -> object:
    if isinstance(error, SecurityError):
        return Response("This site does not answer to that name.", 400, mimetype="text/plain")
    if error.code is None or error.code < 400:
        return error
    return _error_page(error.code)


def _error_page(status: int, sentence: str = "") -> tuple[str, int]:
    """What failed is undone first: the page itself asks the database for the menu."""
    if "db" in g:
        g.db.rollback()
    heading, usual = SENTENCES.get(status, SENTENCES[400])
    try:
        return page("error.html", status=status, heading=heading, sentence=sentence or usual)
    except SQLAlchemyError:
        return _without_database()


def _without_database() -> tuple[str, int]:
    """The database does not answer: the page as a stranger sees it, which asks it for nothing."""
    g.db.rollback()
    g.user, g._login_user = None, login_manager.anonymous_user()
    heading, sentence = SENTENCES[503]
    return page("error.html", status=503, heading=heading, sentence=sentence)
