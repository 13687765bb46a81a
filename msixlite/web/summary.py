"""Summary figures by State, on a page and as CSV: for roles that see no child."""

from flask import Blueprint, Response, g

from msixlite.domain import export_files, summary
from msixlite.domain.permissions import Permission
from msixlite.web.access import requires
from msixlite.web.rendering import page

bp = Blueprint("summary", __name__, url_prefix="/reports/summary")
SUMMARY = Permission.SUMMARY_STANDARD_AND_ADHOC_QUERIES


def figures() -> summary.Summary:
    """The figures of now, small ones left out as the site says."""
    return summary.by_state(g.db, least=g.settings.least_count, now=g.now, by=g.user)


@bp.get("/")
@requires(SUMMARY)
def index():
    """The figures of every State that sends data, and of all together."""
    return page("summary/index.html", figures=figures(), columns=summary.COLUMNS)


@bp.get("/summary.csv")
@requires(SUMMARY)
def as_csv():
    """The same for a spreadsheet. Nothing in it is about a person, so it needs no passphrase and no serial."""
    disposition = f'attachment; filename="summary-{g.now:%Y-%m-%d}.csv"'
    written = export_files.as_csv(figures().table())
    return Response(written, mimetype="text/csv", headers={"Content-Disposition": disposition})
