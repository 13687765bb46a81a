"""The first page after sign-in: what this person does most."""

from datetime import timedelta

from flask import Blueprint, g, redirect, url_for

from msixlite.domain import (
    access_notices,
    account_requests,
    account_reviews,
    clocks,
    correction_clocks,
    days,
    disputes,
    drafts,
    home,
    incidents,
    regions,
    sign_in_alerts,
    students,
    training,
    upload_schedule,
    uploads,
    users,
    worklist_lists,
)
from msixlite.domain.permissions import GRANTS, Permission
from msixlite.domain.summary import COLUMNS
from msixlite.models.exports import ExportKind
from msixlite.models.words import _l
from msixlite.web import summary, wanted
from msixlite.web.access import requires
from msixlite.web.exports import print_out
from msixlite.web.rendering import may, page, us_moment

bp = Blueprint("home", __name__)


@bp.get("/")
@requires(Permission.USE_OWN_ACCOUNT)
def index():
    """Search and recent children; the worklist; the last uploads; for administrators what waits for them.

    The way in ends here: who had asked for another page goes on to that one.
    """
    if asked := wanted.take():
        return redirect(asked, 303)
    reads = may(Permission.DISPLAY_STUDENT_RECORD)
    return page(
        "home/index.html",
        shows_results=True,
        search_first=may(Permission.SEARCH_STUDENTS)
        and not may(Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS),
        recent=students.recently_read(g.db, by=g.user) if reads else [],
        submissions=uploads.submissions(g.db, by=g.user, limit=5) if may(Permission.UPLOAD_SUBMISSIONS) else [],
        schedule=upload_schedule.look(g.db, now=g.now, by=g.user) if may(Permission.UPLOAD_SUBMISSIONS) else None,
        **_today(most=5),
        incidents=incidents.open_reports(g.db, by=g.user) if may(Permission.SEE_INCIDENT_REPORTS) else [],
        incident_kinds=incidents.KINDS,
        corrections=_corrections() if may(Permission.SEE_CORRECTIONS) else [],
        statements=disputes.find(g.db, by=g.user) if may(Permission.ENTER_DISPUTE_STATEMENTS) else None,
        accounts=_accounts() if may(Permission.UPDATE_USER_ACCOUNT_INFORMATION) else None,
        summary=summary.figures() if may(Permission.SUMMARY_STANDARD_AND_ADHOC_QUERIES) else None,
        columns=COLUMNS,
        regions=_regions() if may(Permission.EDIT_REGIONS) else None,
        drafts=len(drafts.own(g.db, now=g.now, by=g.user)),
        training_due=_training_due(),
        rights=GRANTS[g.user.role],
    )


def _today(*, most):
    """The worklist, moves and files: what the first page and the morning sheet share."""
    decides = may(Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS)
    moves = may(Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE)
    state_desk = decides and may(Permission.UPLOAD_SUBMISSIONS)
    return {
        "greeting": _greeting(),
        "today": us_moment(g.now),
        "first": home.do_first(g.db, now=g.now, by=g.user) if decides else None,
        "waiting": worklist_lists.rows(g.db, worklist_lists.Filter(), now=g.now, by=g.user, limit=most)
        if decides
        else [],
        "ages": home.ages(g.db, now=g.now, by=g.user) if decides else [],
        "places": home.by_place(g.db, now=g.now, by=g.user) if decides else [],
        "backlog": home.backlog(g.db, now=g.now, by=g.user) if state_desk else [],
        "movements": home.movements(g.db, now=g.now, by=g.user) if moves else None,
        "files": home.files(g.db, now=g.now, by=g.user) if state_desk else None,
    }


def _greeting():
    """By the clock of the person's State."""
    hour = clocks.hour_in(g.now, days.zone_of(g.user))
    if hour < 12:
        return _l("Good morning, %(name)s", name=g.user.full_name)
    if hour < 18:
        return _l("Good afternoon, %(name)s", name=g.user.full_name)
    return _l("Good evening, %(name)s", name=g.user.full_name)


@bp.get("/morning.pdf")
@requires(Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS)
def morning():
    """What is due today, who arrives, who leaves, what came in: on one sheet."""
    return print_out(
        "home/morning.html",
        kind=ExportKind.MORNING_SHEET,
        file_name="morning.pdf",
        back=url_for(".index"),
        **_today(most=12),
    )


def _corrections():
    """Correction requests on which a clock runs: the overdue ones and those due first."""
    return correction_clocks.open_rows(g.db, now=g.now, by=g.user)[:5]


def _accounts():
    """For User Administrators: applications, locked, due, not used, and the yearly review."""
    return {
        "notices": len(access_notices.waiting(g.db, by=g.user)),
        "alerts": len(sign_in_alerts.waiting(g.db, by=g.user)),
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
