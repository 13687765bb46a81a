"""The first page after sign-in: what this person does most."""

from flask import Blueprint, g

from msixlite.domain import incidents, students, uploads, worklist_lists
from msixlite.domain.permissions import GRANTS, Permission
from msixlite.web.access import requires
from msixlite.web.rendering import may, page

bp = Blueprint("home", __name__)


@bp.get("/")
@requires(Permission.USE_OWN_ACCOUNT)
def index():
    """Search and recent children; the worklist; the last uploads; for administrators their rights in words."""
    reads = may(Permission.DISPLAY_STUDENT_RECORD)
    decides = may(Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS)
    return page(
        "home/index.html",
        live_search=True,
        recent=students.recently_read(g.db, by=g.user) if reads else [],
        waiting=worklist_lists.rows(g.db, worklist_lists.Filter(), now=g.now, by=g.user, limit=5) if decides else [],
        submissions=uploads.submissions(g.db, by=g.user, limit=5) if may(Permission.UPLOAD_SUBMISSIONS) else [],
        incidents=incidents.open_reports(g.db, by=g.user) if may(Permission.SEE_INCIDENT_REPORTS) else [],
        incident_kinds=incidents.KINDS,
        rights=GRANTS[g.user.role],
    )
