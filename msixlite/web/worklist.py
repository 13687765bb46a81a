"""The worklist: near matches that wait, and the two children side by side."""

from flask import Blueprint, g

from msixlite.domain import consolidated_record, worklist
from msixlite.domain.permissions import Permission
from msixlite.web.access import requires
from msixlite.web.rendering import page

bp = Blueprint("worklist", __name__, url_prefix="/worklist")
_RIGHT = Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS


@bp.get("/")
@requires(_RIGHT)
def index():
    """What waits within reach, the first due first."""
    return page("worklist/index.html", items=worklist.open_items(g.db, by=g.user), today=g.now.date())


@bp.get("/<row_id:item_id>")
@requires(_RIGHT)
def item(item_id):
    """One near match: both children side by side, with the reasons."""
    found = worklist.get(g.db, item_id, by=g.user)
    today = g.now.date()
    return page(
        "worklist/item.html",
        item=found,
        today=today,
        sides=[
            consolidated_record.build(g.db, found.candidate.survivor, today=today),
            consolidated_record.build(g.db, found.state_record.student.survivor, today=today),
        ],
    )
