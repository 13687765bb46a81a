"""The first page after sign-in: what this person does most."""

from datetime import timedelta

from flask import Blueprint, g

from msixlite.domain import (
    access_notices,
    account_requests,
    account_reviews,
    clocks,
    drafts,
    incidents,
    regions,
    students,
    training,
    uploads,
    users,
    worklist_lists,
)
from msixlite.domain.permissions import GRANTS, Permission
from msixlite.web.access import requires
from msixlite.web.rendering import may, page

bp = Blueprint("home", __name__)


@bp.get("/")
@requires(Permission.USE_OWN_ACCOUNT)
def index():
    """Search and recent children; the worklist; the last uploads; for administrators what waits for them."""
    reads = may(Permission.DISPLAY_STUDENT_RECORD)
    decides = may(Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS)
    return page(
        "home/index.html",
        shows_results=True,
        recent=students.recently_read(g.db, by=g.user) if reads else [],
        waiting=worklist_lists.rows(g.db, worklist_lists.Filter(), now=g.now, by=g.user, limit=5) if decides else [],
        submissions=uploads.submissions(g.db, by=g.user, limit=5) if may(Permission.UPLOAD_SUBMISSIONS) else [],
        incidents=incidents.open_reports(g.db, by=g.user) if may(Permission.SEE_INCIDENT_REPORTS) else [],
        incident_kinds=incidents.KINDS,
        accounts=_accounts() if may(Permission.UPDATE_USER_ACCOUNT_INFORMATION) else None,
        regions=_regions() if may(Permission.EDIT_REGIONS) else None,
        drafts=len(drafts.own(g.db, now=g.now, by=g.user)),
        training_due=_training_due(),
        rights=GRANTS[g.user.role],
    )


def _accounts():
    """For User Administrators: applications, locked, due, not used, and the yearly review."""
    return {
        "notices": len(access_notices.waiting(g.db, by=g.user)),
        "summary": users.summary(g.db, password_age=timedelta(days=g.settings.password_days), now=g.now, by=g.user),
        "applications": account_requests.count_open(g.db, by=g.user),
        "training": len(training.due_soon(g.db, now=g.now, by=g.user)),
        "review_due": account_reviews.is_due(g.db, now=g.now, by=g.user),
    }


def _regions():
    """For State Region Administrators: districts without a region, regions without an administrator."""
    overview = regions.overview(g.db, by=g.user)
    return {
        "without_region": len(regions.districts(g.db, by=g.user, without=True)),
        "without_administrator": [
            one.region for one in overview if not one.administrators and one.region.disabled_at is None
        ],
    }


def _training_due():
    """The day on which one's own training is due, from 30 days before."""
    due_on = training.due_on(g.db, g.user)
    return due_on if due_on and due_on - g.now.date() <= clocks.REMINDERS[0] else None
