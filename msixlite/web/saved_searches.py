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


def _index(sentence: str = "", status: int = 200, **refused):
    saved = saved_searches.mine(g.db, by=g.user)
    return page(
        "saved_searches/index.html",
        saved=saved,
        most=saved_searches.MOST,
        sentence=sentence,
        status=status,
        **refused,
    )


@bp.post("/")
@requires(Permission.SEARCH_STUDENTS)
def save():
    """Keep the search of a token under a name, with the filters of its list."""
    token, name = request.form.get("search", ""), request.form.get("name", "").replace("\0", "")
    listing = listing_of(request.form, None)
    try:
        kept = saved_searches.save(g.db, token, name=name, listing=listing, now=g.now, by=g.user)
    except RuleBroken as rule:
        sentence = refuse(rule)
        known = not saved_searches.of_token(g.db, token, by=g.user).is_empty
        return _index(
            sentence, 422, token=token if known else "", typed=name, narrowed=saved_searches.filters_of(listing)
        )
    flash(_l("Saved."))
    return redirect(url_for("students.index", search=kept.token), 303)


@bp.post("/<row_id:saved_id>/delete")
@requires(Permission.SEARCH_STUDENTS)
def remove(saved_id):
    """Delete one of them."""
    saved_searches.remove(g.db, saved_id, by=g.user)
    flash(_l("Deleted."))
    return redirect(url_for(".index"), 303)
