"""Find a child, read the consolidated record, its history and its PDF."""

from flask import Blueprint, Flask, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from msixlite import pdf as pdf_renderer
from msixlite.domain import (
    consolidated_record,
    correction_reach,
    corrections,
    disputes,
    exports,
    follow_ups,
    provided,
    requests,
    search,
    students,
)
from msixlite.domain import packet as packet_rules
from msixlite.domain.permissions import Permission
from msixlite.models.exports import ExportKind
from msixlite.web.access import requires
from msixlite.web.exports import export_list
from msixlite.web.packet import print_packet
from msixlite.web.rendering import page, plural

bp = Blueprint("students", __name__, url_prefix="/students")


class SearchForm(FlaskForm):
    q = StringField(
        "Find a student", [InputRequired("Type a name and a birth date, an MSIX ID or a State ID."), Length(max=200)]
    )


@bp.get("/")
@requires(Permission.SEARCH_STUDENTS)
def index():
    """The results of a search. Its token stands in the address, never the child's name."""
    text = students.past_search(g.db, request.args.get("search", ""), by=g.user)
    return _results(text, status=200, token=request.args.get("search", "") if text else "")


@bp.post("/")
@requires(Permission.SEARCH_STUDENTS)
def search_students():
    """Enter or the button: keep the search under a token and lead to its results."""
    form = SearchForm()
    if not form.validate_on_submit():
        return _results("", status=422, sentence=" ".join(form.q.errors))
    token = students.keep_search(g.db, form.q.data, now=g.now, by=g.user)
    return redirect(url_for(".index", search=token), 303)


@bp.post("/suggest")
@requires(Permission.SEARCH_STUDENTS, reads=True)
def suggest():
    """The results while the person types."""
    return _results(request.form.get("q", "")[:200], status=200)


def _results(text: str, *, status: int, sentence: str = "", token: str = ""):
    criteria = search.read(text, g.now.date())
    found = search.find(g.db, criteria, by=g.user) if text.strip() else None
    g.detail = {"searched": text, "found": len(found.hits) if found else 0}
    return page(
        "students/search.html",
        fragment="results",
        status=status,
        shows_results=True,
        searched=text,
        criteria=criteria,
        found=found,
        sentence=sentence,
        token=token,
    )


@bp.route("/export", methods=["GET", "POST"])
@requires(Permission.EXPORT_STUDENT_RECORDS_TO_FILE, reads=True)
def export():
    """The results of one's own earlier search, as a protected file."""
    text = students.past_search(g.db, request.args.get("search", ""), by=g.user)
    hits = search.find(g.db, search.read(text, g.now.date()), by=g.user).hits if text.strip() else []
    return export_list(
        exports.search_sheets(hits),
        title="Export search results",
        lead=f"{plural(len(hits), 'child', 'children')} of your last search.",
        back=url_for(".index", search=request.args.get("search", "")),
        kind=ExportKind.SEARCH_FILE,
        name="search-results",
        msix_ids=[hit.msix_id for hit in hits],
    )


@bp.get("/<msix_id:msix_id>")
@requires(Permission.DISPLAY_STUDENT_RECORD)
def record(msix_id):
    """The consolidated record. A merged-away MSIX ID leads to the survivor."""
    student = students.get(g.db, msix_id, by=g.user)
    if student.msix_id != msix_id:
        return redirect(url_for(".record", msix_id=student.msix_id), 303)
    today = g.now.date()
    return page(
        "students/record.html",
        record=consolidated_record.build(g.db, student, today=today),
        requests=requests.of_child(g.db, student, today=today, by=g.user),
        provided=provided.of_child(g.db, student),
        follow_ups=follow_ups.of_child(g.db, student),
        withdrawn=disputes.withdrawn_of(g.db, student, by=g.user),
        corrections=corrections.of_child(g.db, student, by=g.user),
        takes_in=correction_reach.may_take_in(g.db, student, by=g.user),
    )


@bp.get("/<msix_id:msix_id>/history")
@requires(Permission.DISPLAY_STUDENT_RECORD)
def history(msix_id):
    """The State records behind the child, and what each submission changed."""
    student = students.get(g.db, msix_id, by=g.user)
    return page("students/history.html", record=consolidated_record.build(g.db, student, today=g.now.date()))


@bp.get("/<msix_id:msix_id>.pdf")
@requires(Permission.PRINT_STUDENT_RECORD)
def pdf(msix_id):
    """The record on Letter paper, for the child's folder. `part=1` is the first page alone."""
    student = students.get(g.db, msix_id, by=g.user)
    kinds = packet_rules.RECORD[:1] if request.args.get("part") == "1" else packet_rules.RECORD
    return print_packet([student], kinds, export_kind=ExportKind.RECORD_PRINT, file_name=f"msix-{student.msix_id}.pdf")


def init_app(app: Flask) -> None:
    """The processes that draw PDFs; none is started before the first is asked for."""
    app.extensions["pdf_pool"] = pdf_renderer.PdfPool()
