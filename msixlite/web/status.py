"""Is the site up? In plain words for everybody, with the figures for administrators (P5)."""

from flask import Blueprint, g
from sqlalchemy.exc import SQLAlchemyError

from msixlite import backups
from msixlite.domain import status
from msixlite.web.access import public
from msixlite.web.rendering import page

bp = Blueprint("status", __name__)


@bp.get("/status")
@public
def index():
    """Database, e-mail, backup, the day's work, and an outage that is planned."""
    try:
        figures = status.figures(g.db, backup_at=backups.last(g.settings), now=g.now)
    except SQLAlchemyError:
        g.db.rollback()
        return page("status/index.html", figures=None, status=503)
    return page("status/index.html", figures=figures)
