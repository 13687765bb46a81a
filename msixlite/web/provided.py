"""Information provided: a new entry from a child's record, and the own State's entries as a protected file."""

from flask import Blueprint, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from msixlite.domain import clocks, days, export_files, exports, provided, students
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.exports import ExportKind
from msixlite.models.provided import Channel
from msixlite.models.words import _l, _lp, capital_first
from msixlite.web.access import requires
from msixlite.web.exports import ProtectedForm, prepare, send_files
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import choices, page

bp = Blueprint("provided", __name__, url_prefix="/provided")
SHOWN = 50


class EntryForm(FlaskForm):
    what = SelectMultipleField(_l("What was given"), choices=choices((word, word) for word in provided.WHAT))
    other = StringField(_l("Anything else, in words"), [Length(max=120)])
    to_person = StringField(_l("To whom: person"), [Length(max=120)])
    to_office = StringField(_l("To whom: office or school"), [Length(max=120)])
    given_on = DateField(_l("When"), [InputRequired(_l("Give the day."))])
    channel = RadioField(
        _l("How"),
        choices=choices((one.value, capital_first(one.value)) for one in Channel),
        default=Channel.PHONE.value,
    )
    note = TextAreaField(_l("Note"), [Length(max=provided.LONGEST_NOTE, message=_l("At most 1,000 letters."))])
    notice = HiddenField()
    request = HiddenField()

    def draft(self) -> provided.Draft:
        return provided.Draft(
            given_on=self.given_on.data,
            what=tuple(self.what.data),
            other=self.other.data or "",
            to_person=self.to_person.data or "",
            to_office=self.to_office.data or "",
            channel=Channel(self.channel.data),
            note=self.note.data or "",
            notice_id=_number(self.notice.data),
            request_id=_number(self.request.data),
        )


def _number(text: str | None) -> int | None:
    """The number of a row, or none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


@bp.route("/new/<msix_id:msix_id>", methods=["GET", "POST"])
@requires(Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE)
def new(msix_id):
    """Note what of the child was given to whom, when and how."""
    student = students.get(g.db, msix_id, by=g.user)
    about = {name: request.args.get(name, "")[:9] for name in ("notice", "request")}
    form = EntryForm(given_on=days.today_of(g.user, g.now), **about)
    if form.validate_on_submit():
        try:
            provided.add(g.db, student, form.draft(), now=g.now, by=g.user)
        except RuleBroken as rule:
            form.what.errors = [refuse(rule)]
            student = students.get(g.db, msix_id, by=g.user)
        else:
            flash(_l("It is noted."))
            return redirect(url_for("students.record", msix_id=msix_id) + "#provided", 303)
    return page("provided/new.html", form=form, student=student, status=422 if form.errors else 200)


FORMATS = {"csv": "CSV", "xlsx": _l("Excel workbook")}


class ExportForm(ProtectedForm):
    since = DateField(_lp("date", "From"), [Optional()])
    until = DateField(_lp("date", "To"), [Optional()])
    format = RadioField(_l("Format"), choices=choices(FORMATS.items()), default="csv")


@bp.route("/export", methods=["GET", "POST"])
@requires(Permission.EXPORT_STUDENT_RECORDS_TO_FILE, reads=True)
def export():
    """The own State's entries between two days, for the State's own system."""
    form = prepare(ExportForm(since=clocks.reporting_year_start(days.today_of(g.user, g.now))))
    if form.validate_on_submit():
        between = provided.Between(form.since.data, form.until.data)
        try:
            rows = provided.export_rows(g.db, between, by=g.user)
            return _send(rows, form)
        except RuleBroken as rule:
            form.since.errors = [refuse(rule)]
    latest = provided.of_state(g.db, provided.Between(), by=g.user, limit=SHOWN)
    return page("provided/export.html", form=form, latest=latest, status=422 if form.errors else 200)


def _send(rows, form):
    is_csv = form.format.data == "csv"
    content = export_files.as_csv(rows) if is_csv else export_files.as_xlsx({"Information provided": rows})
    return send_files(
        {f"information-provided.{form.format.data}": content},
        form=form,
        serial=exports.new_serial(),
        kind=ExportKind.PROVIDED_FILE,
        name="information-provided",
        note=f"{FORMATS[form.format.data]}, {len(rows):,} entries",
    )
