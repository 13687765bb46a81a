"""The packet on paper: any of its pages, for one child or its siblings too, under one serial."""

from flask import Blueprint, Response, g, session, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from msixlite import pdf as pdf_renderer
from msixlite.domain import credit_plan, exports, packet, purposes, students
from msixlite.domain.errors import RuleBroken
from msixlite.domain.packet import LABELS, PageKind
from msixlite.domain.permissions import Permission
from msixlite.models.exports import ExportKind
from msixlite.models.users import Purpose
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.exports import draw
from msixlite.web.families import told_apart
from msixlite.web.middleware import refuse, release_lock
from msixlite.web.packet_pages import TEMPLATE, document
from msixlite.web.rendering import choices, page

bp = Blueprint("packet", __name__, url_prefix="/students")
USUAL = (PageKind.SCHOOL, PageKind.COUNSELOR, PageKind.HISTORY, PageKind.FAMILY, PageKind.HANDLING)
FAXED = {"fax_number": _l("Give the fax number."), "spoke_to": _l("Say who waits at the machine.")}


class Ticks(SelectMultipleField):
    """Boxes of which any may be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PacketForm(FlaskForm):
    pages = Ticks(_l("Pages"), choices=choices((kind.value, LABELS[kind]) for kind in PageKind))
    children = Ticks(_l("Siblings to print with this child"))
    purpose = RadioField(
        _l("I open the records of all children ticked for"),
        [Optional()],
        choices=choices((one.value, purposes.LABELS[one]) for one in purposes.ROUTINE),
    )
    """Asked only where a child of the packet needs it."""
    plan = SelectField(_l("Graduation plan on the counselor page"), validate_choice=False)
    recipient = StringField(_l("To (name and office)"), [Length(max=120)])
    fax_number = StringField(_l("Fax number"), [Length(max=30)])
    phone = StringField(_l("Telephone number that you called"), [Length(max=30)])
    spoke_to = StringField(_l("Person you spoke to"), [Length(max=60)])
    called = BooleanField(_l("I called first. The person waits at the machine and will confirm."))
    note = TextAreaField(_l("A line of your own in the cover letter"), [Length(max=600)])

    def kinds(self) -> list[PageKind]:
        return [kind for kind in PageKind if kind.value in (self.pages.data or ())]

    def validate(self, extra_validators=None):
        good = super().validate(extra_validators)
        wanted = self.kinds()
        wrong = []
        if not wanted:
            wrong.append((self.pages, _l("Tick at least one page.")))
        if not self.recipient.data and (PageKind.FAX in wanted or PageKind.LETTER in wanted):
            wrong.append((self.recipient, _l("Say who receives the packet.")))
        if PageKind.FAX in wanted:
            wrong += [(self[name], sentence) for name, sentence in FAXED.items() if not self[name].data]
            if not self.called.data:
                wrong.append((self.called, _l("Call first: a fax that lies in a tray is read by anybody.")))
        for field, sentence in wrong:
            field.errors = [*field.errors, sentence]
        return good and not wrong


@bp.route("/<msix_id:msix_id>/packet", methods=["GET", "POST"])
@requires(Permission.PRINT_STUDENT_RECORD, reads=True)
def index(msix_id):
    """Choose pages and children; the answer is one PDF under one serial. The pages are remembered for the visit."""
    student = students.get(g.db, msix_id, by=g.user)
    family = packet.siblings(g.db, student)
    form = _form(student, family)
    if not form.validate_on_submit():
        if not form.is_submitted():
            g.outcome = "only asked"
        return _choose(form, student, family, status=422 if form.errors else 200)
    children = packet.chosen(student, family, form.children.data)
    session["packet_pages"] = [kind.value for kind in form.kinds()]
    asks_for = ()
    try:
        _state_purpose(form, student)
        return print_packet(children, form.kinds(), form=form, plan_id=form.plan.data or "")
    except packet.PurposeMissing as rule:
        form.purpose.errors, asks_for = [refuse(rule)], rule.msix_ids
    except RuleBroken as rule:
        form.children.errors = [refuse(rule)]
    student = students.get(g.db, msix_id, by=g.user)
    return _choose(form, student, packet.siblings(g.db, student), asks_for=asks_for, status=422)


def _state_purpose(form, student):
    """The purpose that the form asked in place holds for the visit from now on, whatever becomes of the paper."""
    if not form.purpose.data:
        return
    g.db.writing()
    purposes.state(g.db, g.user_session, purpose=Purpose(form.purpose.data), reference="", student=student)
    release_lock()
    g.db.reading()
    g.db.refresh(g.user_session)


def _form(student, family) -> PacketForm:
    form = PacketForm(pages=session.get("packet_pages") or [kind.value for kind in USUAL])
    labels = told_apart([student, *family], _named)
    form.children.choices = choices((one.msix_id, labels[one.id]) for one in family)
    states = [record.state_code for record in student.state_records]
    plans = credit_plan.for_child(g.db, states, by=g.user)
    form.plan.choices = choices(
        [(str(plan.id), plan_label(plan)) for plan in plans] or [("", _l("None has been entered"))]
    )
    return form


def plan_label(plan) -> str:
    return _l("%(state)s: %(name)s, from %(year)s on", state=plan.state_code, name=plan.name, year=plan.first_year)


def _named(student) -> str:
    born = students.shown_birth_date(student)
    return _l("%(name)s, born %(day)s", name=students.shown_name(student), day=f"{born:%m/%d/%Y}")


def _choose(form, student, family, *, status, asks_for=()):
    labels = told_apart([student, *family], _named)
    return page(
        "packet/index.html",
        form=form,
        student=student,
        child_name=_named(student),
        family=family,
        asked=[(one.msix_id, labels[one.id]) for one in (student, *family) if one.msix_id in asks_for],
        status=status,
    )


@bp.get("/<msix_id:msix_id>/family.pdf")
@requires(Permission.PRINT_STUDENT_RECORD)
def family(msix_id):
    """The family page alone, in one click."""
    student = students.get(g.db, msix_id, by=g.user)
    return print_packet([student], [PageKind.FAMILY])


def print_packet(children, kinds, *, form=None, plan_id="", export_kind=ExportKind.PACKET_PRINT, file_name=""):
    """Draw the pages, register the one serial, and leave a line in the trail of each child."""
    why = packet.purposes_of(g.db, children, session=g.user_session, by=g.user)
    msix_id, serial = children[0].msix_id, exports.new_serial()
    try:
        drawn = draw(TEMPLATE, serial=serial, values=lambda: document(children, kinds, form=form, plan_id=plan_id))
    except pdf_renderer.PdfUnavailable as fault:
        back = url_for("students.record", msix_id=msix_id)
        return page("students/pdf_unavailable.html", back=back, why=str(fault), status=503)
    g.db.writing()
    note = packet.note(kinds, len(children))
    if PageKind.FAX in kinds:
        note += f"; fax {form.fax_number.data}, called {form.phone.data or form.spoke_to.data}"
    exports.register(g.db, serial=serial, kind=export_kind, subject=f"msix {msix_id}", note=note, now=g.now, by=g.user)
    g.detail = {"serial": serial, "note": note}
    g.further = {f"msix {one}": purpose for one, purpose in why.items() if one != msix_id}
    name = file_name or f"packet-{serial}.pdf"
    return Response(drawn, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})
