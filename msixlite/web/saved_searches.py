"""One's own saved searches: list, save, delete. Their names and criteria stay on the server."""

from flask import Blueprint, g, redirect, request, url_for

from msixlite.domain import saved_searches
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page
from msixlite.web.search_form import listing_of

bp = Blueprint("saved_searches", __name__, url_prefix="/saved-searches")


@bp.get("/")
@requires(Permission.SEARCH_STUDENTS)
def index():
    """The searches that one keeps."""
    return _index()


def _index(sentence: str = "", status: int = 200):
    saved = saved_searches.mine(g.db, by=g.user)
    return page("saved_searches/index.html", saved=saved, most=saved_searches.MOST, sentence=sentence, status=status)


@bp.post("/")
@requires(Permission.SEARCH_STUDENTS)
def save():
    """Keep the search of a token under a name, with the filters of its list."""
    token, name = request.form.get("search", ""), request.form.get("name", "").replace("\0", "")
    try:
        kept = saved_searches.save(g.db, token, name=name, listing=listing_of(request.form, None), now=g.now, by=g.user)
    except RuleBroken as rule:
        return _index(refuse(rule), 422)
    flash(_l("Saved."))
    return redirect(url_for("students.index", search=kept.token), 303)


@bp.post("/<row_id:saved_id>/delete")
@requires(Permission.SEARCH_STUDENTS)
def remove(saved_id):
    """Delete one of them."""
    saved_searches.remove(g.db, saved_id, by=g.user)
    flash(_l("Deleted."))
    return redirect(url_for(".index"), 303)
