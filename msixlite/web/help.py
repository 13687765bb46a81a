"""Help for everybody, and the health of the application."""

from flask import Blueprint, current_app, g
from sqlalchemy import text

from msixlite.web.access import public
from msixlite.web.rendering import page

bp = Blueprint("help", __name__)


@bp.get("/help")
@public
def index():
    """How to find a child, read the record, print it; the keys."""
    return page("help/index.html")


@bp.get("/accessibility")
@public
def accessibility():
    """What was checked for people with disabilities, and how."""
    return page("help/accessibility.html")


@bp.get("/favicon.ico")
@public
def icon():
    """What a browser asks for beside a PDF, which cannot name an icon."""
    return current_app.send_static_file("icon.svg")


@bp.get("/healthz")
@public
def health():
    """200 when the database answers."""
    g.db.execute(text("SELECT 1"))
    return {"status": "ok"}
