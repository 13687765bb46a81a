"""The calendar feed: its secret address, and the link made or ended under My account."""

from flask import Blueprint, Response, current_app, g, redirect, url_for

from msixlite.domain import feeds
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import public, requires
from msixlite.web.language import flash
from msixlite.web.middleware import limiter
from msixlite.web.rendering import page

bp = Blueprint("feeds", __name__, url_prefix="/calendar")


@bp.get("/")
@requires(Permission.USE_OWN_ACCOUNT)
def index():
    """Whether there is a link, and how to make or end it."""
    return page("feeds/index.html", feed=feeds.present(g.db, by=g.user))


@bp.post("/")
@requires(Permission.USE_OWN_ACCOUNT)
def make():
    """A new link, shown this once."""
    token = feeds.make(g.db, now=g.now, by=g.user)
    address = current_app.config["SETTINGS"].public_address + url_for(".read", token=token)
    return page("feeds/index.html", feed=feeds.present(g.db, by=g.user), address=address)


@bp.post("/end")
@requires(Permission.USE_OWN_ACCOUNT)
def end():
    """The link stops working."""
    feeds.revoke(g.db, now=g.now, by=g.user)
    flash(_l("The calendar link works no more."))
    return redirect(url_for(".index"), 303)


@bp.get("/<token>.ics")
@public
@limiter.limit("60 per hour")
def read(token):
    """The due dates of whose link it is: numbers and days only."""
    due = feeds.due_dates(g.db, now=g.now, by=feeds.owner(g.db, token, now=g.now))
    address = current_app.config["SETTINGS"].public_address + "/"
    return Response(feeds.as_ics(due, address=address, now=g.now), mimetype="text/calendar")
