"""What leaves the site: prints and files under a serial, one's own list of them, and the fax cover sheet."""

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange

from msixlite import pdf as pdf_renderer
from msixlite.domain import disputes, export_files, export_formats, exports, packet, students
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.exports import Destruction, ExportKind
from msixlite.models.words import _l, _ln
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.packet_pages import TEMPLATE, document
from msixlite.web.rendering import choices, page, paper, us_moment
from msixlite.web.turns import composing

bp = Blueprint("exports", __name__)


def draw(template, *, serial, values):
    """A template as PDF, with who, when and the serial at the foot of each page. Raises PdfUnavailable.

    `values` is called when the paper has its turn. A template that says none of the three is drawn once and printed
    again without drawing.
    """
    printed = {"printed_at": us_moment(g.now), "printed_by": g.user.full_name}
    with composing():
        html = paper(template, serial=serial, on_paper=True, **printed, **values())
    g.db.rollback()  # a reader's snapshot must not stay open while the page is drawn
    line = f"Printed {printed['printed_at']} by {printed['printed_by']}. Serial {serial}"
    return current_app.extensions["pdf_pool"].render(html, line=line)


def print_out(template, *, kind, file_name, back, subject="", note="", **values):
    """A template as PDF under a new serial, which is registered once it is drawn. Without a PDF, a page says why."""
    serial = exports.new_serial()
    try:
        drawn = draw(template, serial=serial, values=lambda: values)
    except pdf_renderer.PdfUnavailable as fault:
        return page("students/pdf_unavailable.html", back=back, why=str(fault), status=503)
    g.db.writing()
    exports.register(g.db, serial=serial, kind=kind, subject=subject, note=note, now=g.now, by=g.user)
    g.detail = {"serial": serial}
    disposition = f'inline; filename="{file_name}"'
    return Response(drawn, mimetype="application/pdf", headers={"Content-Disposition": disposition})


class ProtectedForm(FlaskForm):
    """What every file that leaves has in common: AES-256 unless the person says no."""

    protect = BooleanField(_l("Protect the file with the passphrase below (AES-256)"), default=True)
    passphrase = StringField(_l("Passphrase"), [Length(max=200)])


def prepare(form):
    """A fresh passphrase for each showing of the form. That the form was opened is no export yet."""
    if not form.is_submitted():
        g.outcome = "only asked"
    if not form.is_submitted() or not form.passphrase.data:
        form.passphrase.data = export_files.new_passphrase()
    return form


def send_files(files, *, form, serial, kind, name, subject="", note=""):
    """The files as one ZIP, registered under the serial. Raises RuleBroken. The passphrase is kept nowhere."""
    passphrase = form.passphrase.data if form.protect.data else None
    packed = export_files.as_zip(files, serial=serial, passphrase=passphrase)
    g.db.writing()
    exports.register(
        g.db,
        serial=serial,
        kind=kind,
        subject=subject,
        note=note,
        encrypted=passphrase is not None,
        now=g.now,
        by=g.user,
    )
    g.detail = {"serial": serial, "note": note, "encrypted": passphrase is not None}
    disposition = f'attachment; filename="{name}-{serial}.zip"'
    return Response(packed, mimetype="application/zip", headers={"Content-Disposition": disposition})


class TickForm(FlaskForm):
    copies = SelectMultipleField(
        _l("Copies"),
        [InputRequired(_l("Tick the copies first, in the list."))],
        coerce=lambda serial: str(serial).replace("\0", ""),
        validate_choice=False,
    )
    how = SelectField(
        _l("What happened to the copies ticked"),
        [InputRequired(_l("Choose what became of the copies."))],
        default="",
        choices=[
            SelectChoice("", _l("– choose –")),
            SelectChoice(Destruction.SHREDDED.value, _l("Shredded (paper)")),
            SelectChoice(Destruction.WIPED.value, _l("Wiped (file)")),
            SelectChoice(Destruction.FILED.value, _l("Kept in the child's own folder")),
        ],
    )


@bp.get("/exports/")
@requires(Permission.USE_OWN_ACCOUNT)
def index():
    """My prints and files by serial, and what became of each."""
    return _index(TickForm())


def _page_asked() -> int:
    asked = request.args.get("page", "")
    return int(asked) if asked.isdecimal() and len(asked) < 7 else 1


def _index(form):
    found = exports.own(g.db, page=_page_asked(), by=g.user)
    endings = _endings(found.rows)
    form.how.choices = [one for one in form.how.choices if not one.value or one.value in endings]
    return page(
        "exports/index.html",
        found=found,
        form=form,
        kinds=exports.KINDS,
        files=exports.FILES,
        endings=exports.ENDINGS,
        size=exports.PAGE,
        status=422 if form.errors else 200,
    )


def _endings(copies) -> set[str]:
    """What may have become of these copies."""
    waiting = [copy for copy in copies if copy.destroyed_at is None]
    return {how.value for how in Destruction if any(exports.fits(copy, how) for copy in waiting)}


@bp.post("/exports/destroyed")
@requires(Permission.USE_OWN_ACCOUNT)
def destroyed():
    """Tick copies of mine: shredded, wiped, or kept in the child's own folder."""
    form = TickForm()
    if not form.validate_on_submit():
        return _index(form)
    try:
        made = exports.destroyed(g.db, form.copies.data, how=Destruction(form.how.data), now=g.now, by=g.user)
    except RuleBroken as rule:
        form.how.errors = [refuse(rule)]
        return _index(form)
    g.detail = {"serials": [copy.serial for copy in made]}
    flash(
        _ln(
            "%(num)s copy (%(serials)s): %(ending)s. Thank you.",
            "%(num)s copies (%(serials)s): %(ending)s. Thank you.",
            len(made),
            serials=", ".join(copy.serial for copy in made),
            ending=exports.ENDINGS[made[0].destroyed_how].lower(),
        )
    )
    return redirect(url_for(".index", page=_page_asked()), 303)


class ListForm(ProtectedForm):
    """What the export of any list asks."""

    format = RadioField(_l("Format"), choices=choices(export_formats.labels().items()), default="xlsx")


def export_list(sheets, *, title, lead, back, kind, name, msix_ids=()):
    """The page that asks for the format; then the list as a protected file. Each child in it gets its event."""
    form = prepare(ListForm())
    if form.validate_on_submit():
        chosen = export_formats.FORMATS[form.format.data]
        serial = exports.new_serial()
        try:
            sent = send_files(
                chosen.files(name, sheets), form=form, serial=serial, kind=kind, name=name, note=str(chosen.label)
            )
        except RuleBroken as rule:
            form.passphrase.errors = [refuse(rule)]
        else:
            g.detail["rows"] = sum(len(sheet.rows) for sheet in sheets)
            g.further = {f"msix {msix_id}": {} for msix_id in msix_ids}
            return sent
    status = 422 if form.errors else 200
    return page("exports/list_file.html", form=form, title=title, lead=lead, back=back, status=status)


RECORD_FORMATS = {**export_formats.labels(), "pdf": _l("PDF, the printed record")}


class RecordForm(ProtectedForm):
    format = RadioField(_l("Format"), choices=choices(RECORD_FORMATS.items()), default="xlsx")


@bp.route("/students/<msix_id:msix_id>/export", methods=["GET", "POST"])
@requires(Permission.EXPORT_STUDENT_RECORDS_TO_FILE, reads=True)
def record_file(msix_id):
    """Everything reported of one child, as a protected file."""
    student = students.get(g.db, msix_id, by=g.user)
    form = prepare(RecordForm())
    if not form.validate_on_submit():
        return _record_page(form, student, status=422 if form.errors else 200)
    serial = exports.new_serial()
    msix_id = student.msix_id
    try:
        return send_files(
            _record_files(student, form.format.data, serial),
            form=form,
            serial=serial,
            kind=ExportKind.RECORD_FILE,
            name=f"msix-{msix_id}",
            subject=f"msix {msix_id}",
            note=str(RECORD_FORMATS[form.format.data]),
        )
    except RuleBroken as rule:
        form.passphrase.errors = [refuse(rule)]
    except pdf_renderer.PdfUnavailable as fault:
        form.format.errors = [str(fault)]
    return _record_page(form, students.get(g.db, msix_id, by=g.user), status=422)


def _record_page(form, student, *, status):
    return page("exports/record_file.html", form=form, msix_id=student.msix_id, status=status)


def _record_files(student, kind, serial):
    if kind == "pdf":
        return {"record.pdf": draw(TEMPLATE, serial=serial, values=lambda: document([student], packet.RECORD))}
    statements = disputes.of_records(g.db, [record.id for record in student.state_records])
    return export_formats.FORMATS[kind].files("record", exports.record_sheets(student, statements))


class FaxForm(FlaskForm):
    recipient = StringField(_l("To (name and office)"), [InputRequired(_l("Say who receives it.")), Length(max=120)])
    fax_number = StringField(_l("Fax number"), [InputRequired(_l("Give the fax number.")), Length(max=30)])
    phone = StringField(_l("Telephone number that you called"), [InputRequired(_l("Give the number.")), Length(max=30)])
    spoke_to = StringField(
        _l("Person you spoke to"), [InputRequired(_l("Say who waits at the machine.")), Length(max=60)]
    )
    pages = IntegerField(
        _l("Pages with this one"),
        [InputRequired(_l("Say how many pages.")), NumberRange(1, 200, _l("From 1 to 200."))],
        default=2,
    )
    called = BooleanField(
        _l("I called first. The person waits at the machine and will confirm."),
        [InputRequired(_l("Call first: a fax that lies in a tray is read by anybody."))],
    )


@bp.route("/exports/fax", methods=["GET", "POST"])
@requires(Permission.PRINT_STUDENT_RECORD, reads=True)
def fax():
    """A cover sheet for a fax. Call first: the recipient waits at the machine (specification, Other Considerations)."""
    form = FaxForm()
    if not form.validate_on_submit():
        return page("exports/fax.html", form=form, status=422 if form.errors else 200)
    note = f"{form.recipient.data}, fax {form.fax_number.data}; called {form.phone.data}, spoke to {form.spoke_to.data}"
    return print_out(
        "exports/fax_pdf.html",
        kind=ExportKind.FAX_COVER,
        file_name="fax-cover.pdf",
        back=url_for(".fax"),
        note=note,
        form=form,
        handling=export_files.HANDLING,
    )
