"""Find a child, read the consolidated record, its history and its PDF."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import replace
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, current_app, g, redirect, request, session, url_for
from flask_babel import get_locale
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from msixlite import pdf as pdf_renderer
from msixlite.domain import (
    consolidated_record,
    correction_reach,
    corrections,
    days,
    disputes,
    exports,
    follow_ups,
    provided,
    requests,
    saved_searches,
    search,
    search_advanced,
    search_certain,
    search_fields,
    search_instead,
    search_listing,
    students,
)
from msixlite.domain import packet as packet_rules
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.domain.search_listing import Listing, Sort
from msixlite.domain.search_noise import states
from msixlite.models.exports import ExportKind
from msixlite.models.words import _l, _ln
from msixlite.web.access import requires
from msixlite.web.exports import export_list
from msixlite.web.middleware import refuse
from msixlite.web.packet import print_packet
from msixlite.web.rendering import page
from msixlite.web.search_form import FieldsForm, grades, listing_of

bp = Blueprint("students", __name__, url_prefix="/students")


_FIRST = Listing()
LISTS = {
    "states": sorted(set(states().values())),
    "grades": grades(),
    "flags": search_listing.FLAGS,
    "sorts": tuple(Sort),
    "sizes": search_listing.SIZES,
}
"""What the filters above the results offer."""


def _narrowing(listing: Listing) -> str:
    """The filters as the list is narrowed now. Nothing in them is of a person or a child."""
    return _narrowing_in(str(get_locale()), replace(listing, page=1))


@lru_cache(maxsize=500)
def _narrowing_in(_language: str, listing: Listing) -> str:
    return current_app.jinja_env.get_template("students/_narrowing.html").module.narrowing(listing, LISTS)


class SearchForm(FlaskForm):
    q = StringField(
        _l("Find a student"),
        [InputRequired(_l("Type a name and a birth date, an MSIX ID or a State ID.")), Length(max=200)],
    )


@bp.get("/")
@requires(Permission.SEARCH_STUDENTS)
def index():
    """The results of a search. Its token stands in the address, never the child's name."""
    token = request.args.get("search", "")
    asked = saved_searches.of_token(g.db, token, by=g.user)
    return _results(asked, token=token, listing=listing_of(request.args, asked.filters))


@bp.post("/")
@requires(Permission.SEARCH_STUDENTS)
def search_students():
    """Enter or the button: keep the search under a token and lead to its results, or to the form with more fields.

    The only child whom it can mean is opened at once; its page leads back to the list.
    """
    form = SearchForm()
    if not form.validate_on_submit():
        return _results(saved_searches.Asked(), status=422, sentence=next(iter(form.q.errors), ""))
    token = saved_searches.keep(g.db, form.q.data, now=g.now, by=g.user)
    if request.form.get("then") == "fields":
        return redirect(url_for(".fields", search=token), 303)
    criteria = search.read(form.q.data, g.now.date())
    if only := search_certain.only_child(g.db, criteria, by=g.user):
        g.detail = {"searched": form.q.data, "found": 1}
        return redirect(url_for(".record", msix_id=only, search=token), 303)
    return redirect(url_for(".index", search=token), 303)


@bp.post("/suggest")
@requires(Permission.SEARCH_STUDENTS, reads=True, is_typing=True)
def suggest():
    """The results while the person types. What rests, or what is opened, is logged; each letter is not."""
    g.typing = request.form.get("q", "")[:200].replace("\0", "")
    return _results(saved_searches.Asked(g.typing))


@bp.post("/rested")
@requires(Permission.SEARCH_STUDENTS)
def rested():
    """The text has stood in the box for two seconds: it is logged as a search."""
    _keep_typed()
    return "", 204


@bp.get("/<msix_id:msix_id>/found")
@requires(Permission.SEARCH_STUDENTS, asks_purpose=False)
def open_found(msix_id):
    """A result is opened while the person types: the text is kept, so that the record and Back lead to the list."""
    _keep_typed()
    return redirect(url_for(".record", msix_id=msix_id, search=request.args.get("search"), listed=1), 303)


def _keep_typed() -> None:
    """Keep what stands in the search box and was not logged yet."""
    if g.searching:
        if not g.db.writes:
            g.db.writing()
        saved_searches.keep(g.db, g.searching, now=g.now, by=g.user, token=_token_of(g.searching))


def _token_of(typed: str) -> str:
    """The token under which the text is kept once it is used: in this session always the same, in no other one."""
    made = hmac.digest(current_user.get_id().encode(), typed.encode(), "sha256")
    return urlsafe_b64encode(made).decode().rstrip("=")


@bp.post("/instead")
@requires(Permission.SEARCH_STUDENTS)
def instead():
    """Nothing was found: the same search with one change, under a token of its own."""
    asked = saved_searches.of_token(g.db, request.form.get("search", ""), by=g.user)
    if asked.is_empty:
        asked = saved_searches.Asked(request.form.get("q", "")[:200])
    other = search_instead.instead(asked, request.form.get("way", ""), g.now.date())
    token = saved_searches.keep(g.db, other.text, fields=other.fields, now=g.now, by=g.user)
    return redirect(url_for(".index", search=token), 303)


@bp.get("/fields")
@requires(Permission.SEARCH_STUDENTS)
def fields():
    """More fields to search by, filled with what was searched for before."""
    asked = saved_searches.of_token(g.db, request.args.get("search", ""), by=g.user)
    known = asked.fields or search_instead.as_fields(asked.text, search.read(asked.text, g.now.date()))
    return page("students/fields.html", form=FieldsForm(known))


@bp.post("/fields")
@requires(Permission.SEARCH_STUDENTS)
def search_by_fields():
    """Search by the form: its fields are kept under a token."""
    form = FieldsForm()
    if form.validate_on_submit():
        try:
            search_advanced.check_places(g.db, form.asked())
        except RuleBroken as rule:
            form.district.errors = [refuse(rule)]
        else:
            token = saved_searches.keep(g.db, "", fields=form.asked(), now=g.now, by=g.user)
            return redirect(url_for(".index", search=token), 303)
    return page("students/fields.html", form=form, status=422)


def _results(
    asked: saved_searches.Asked, *, status: int = 200, sentence: str = "", token: str = "", listing: Listing = _FIRST
):
    criteria = search.read(asked.text, g.now.date())
    found = None if asked.is_empty else _found(asked, listing)
    read_as = search_fields.read_as(asked.fields) if asked.fields else criteria.read_as
    live = bool(request.htmx) and not token
    if not live:
        g.detail = {"searched": asked.text or read_as, "found": found.total if found else 0}
    idle = not live and (found is None or found.too_little)
    return page(
        "students/search.html",
        fragment="results",
        status=status,
        shows_results=True,
        searched=asked.text,
        by_fields=asked.fields is not None,
        read_as=read_as,
        found=found,
        ways=search_instead.ways(asked, g.now.date()) if found and not found.hits else [],
        names_typed=search_instead.count_names(asked, g.now.date()) if found and not found.hits else 0,
        sentence=sentence,
        live=live,
        search_token=token,
        live_token=_token_of(asked.text) if live and found and found.hits else "",
        listing=listing,
        narrowed=_in_address(listing, asked),
        longest_page=search_listing.SIZES[-1],
        pages=-(-found.total // listing.size) if found else 0,
        narrowing=_narrowing,
        recent=students.recently_read(g.db, by=g.user) if idle else [],
        saved=saved_searches.mine(g.db, by=g.user) if idle else [],
    )


def _in_address(listing: Listing, asked: saved_searches.Asked) -> dict[str, Any]:
    """How the list is narrowed and ordered, for its addresses; also that it is not, where a saved search narrows."""
    return saved_searches.filters_of(listing) or ({"sort": listing.sort.value} if asked.filters else {})


def _found(asked: saved_searches.Asked, listing: Listing):
    today = g.now.date()
    if asked.fields:
        return search.find_by_fields(g.db, asked.fields, listing=listing, today=today, by=g.user)
    return search.find(g.db, search.read(asked.text, today), listing=listing, today=today, by=g.user)


@bp.route("/export", methods=["GET", "POST"])
@requires(Permission.EXPORT_STUDENT_RECORDS_TO_FILE, reads=True)
def export():
    """The list of one's own earlier search as it is narrowed and ordered, its first children, as a protected file."""
    token = request.args.get("search", "")
    asked = saved_searches.of_token(g.db, token, by=g.user)
    seen = listing_of(request.args, asked.filters)
    found = search.Found()
    if not asked.is_empty:
        found = _found(asked, replace(seen, size=search_listing.SIZES[-1], page=1))
    return export_list(
        exports.search_sheets(found.hits),
        title=_l("Export search results"),
        lead=_exported(found),
        back=url_for(".index", search=token, **_in_address(seen, asked)),
        kind=ExportKind.SEARCH_FILE,
        name="search-results",
        msix_ids=[hit.msix_id for hit in found.hits],
    )


def _exported(found: search.Found) -> str:
    """How much of the list the file holds."""
    if found.truncated:
        return _l(
            "The first %(most)s of %(total)s children, in the order of the list.",
            most=len(found.hits),
            total=found.total,
        )
    return _ln("%(num)s child, as in the list.", "%(num)s children, as in the list.", found.total)


@bp.get("/<msix_id:msix_id>")
@requires(Permission.DISPLAY_STUDENT_RECORD)
def record(msix_id):
    """The consolidated record. A merged-away MSIX ID leads to the survivor."""
    student = students.get(g.db, msix_id, by=g.user)
    if student.msix_id != msix_id:
        return redirect(url_for(".record", msix_id=student.msix_id), 303)
    today = days.today_of(g.user, g.now)
    came_by = saved_searches.of_token(g.db, request.args.get("search", ""), by=g.user)
    return page(
        "students/record.html",
        search_token=None if came_by.is_empty else request.args["search"],
        at_once="listed" not in request.args,
        record=consolidated_record.build(g.db, student, today=today),
        requests=requests.of_child(g.db, student, today=today, by=g.user),
        provided=provided.of_child(g.db, student),
        follow_ups=follow_ups.of_child(g.db, student),
        withdrawn=disputes.withdrawn_of(g.db, student, by=g.user),
        corrections=corrections.of_child(g.db, student, by=g.user),
        takes_in=correction_reach.may_take_in(g.db, student, by=g.user),
        adds_handling_sheet=_adds_handling_sheet(),
    )


@bp.get("/<msix_id:msix_id>/history")
@requires(Permission.DISPLAY_STUDENT_RECORD)
def history(msix_id):
    """The State records behind the child, and what each submission changed."""
    student = students.get(g.db, msix_id, by=g.user)
    return page(
        "students/history.html", record=consolidated_record.build(g.db, student, today=days.today_of(g.user, g.now))
    )


@bp.get("/<msix_id:msix_id>.pdf")
@requires(Permission.PRINT_STUDENT_RECORD)
def pdf(msix_id):
    """The record on Letter paper, for the child's folder. `part=1` is the first page alone.

    Its last page says how to keep and destroy it (P2). `handling=0` leaves that out, `handling=1` brings it back: for
    the visit.
    """
    student = students.get(g.db, msix_id, by=g.user)
    if request.args.get("handling") in ("0", "1"):
        session["handling_sheet"] = request.args["handling"] == "1"
    last = (packet_rules.PageKind.HANDLING,) if _adds_handling_sheet() else ()
    kinds = packet_rules.RECORD[:1] if request.args.get("part") == "1" else (*packet_rules.RECORD, *last)
    return print_packet([student], kinds, export_kind=ExportKind.RECORD_PRINT, file_name=f"msix-{student.msix_id}.pdf")


def _adds_handling_sheet() -> bool:
    return session.get("handling_sheet", True)


def init_app(app: Flask) -> None:
    """The processes that draw PDFs; none is started before the first is asked for."""
    app.extensions["pdf_pool"] = pdf_renderer.PdfPool()
