"""Summary figures by State, on a page and as a file: for roles that see no child."""

from flask import Blueprint, g, url_for

from msixlite.domain import summary
from msixlite.domain.export_formats import Sheet
from msixlite.domain.permissions import Permission
from msixlite.models.exports import ExportKind
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.exports import export_list
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


@bp.route("/export", methods=["GET", "POST"])
@requires(SUMMARY, reads=True)
def export():
    """The same as a file under a serial, in the format that the person chooses."""
    return export_list(
        [Sheet("Summary by State", figures().table())],
        title=_l("Export the summary by State"),
        lead=_l("Counts by State. Nothing in them is about a person."),
        back=url_for(".index"),
        kind=ExportKind.SUMMARY_FILE,
        name="summary",
    )
