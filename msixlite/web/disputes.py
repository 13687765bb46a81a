"""Dispute statements on screen: the list, a new one, additions, withdrawal."""

from flask import Blueprint, g, redirect, request, url_for
from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from msixlite.domain import attachments, clocks, correction_elements, correction_intake, disputes, students
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.corrections import Requester
from msixlite.models.words import _l, capital_first, joined
from msixlite.web import attachments as evidence
from msixlite.web.access import requires
from msixlite.web.attachments import EvidenceForm, MeantForm
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import choices, page

bp = Blueprint("disputes", __name__, url_prefix="/disputes")


@bp.get("/")
@requires(Permission.SEE_CORRECTIONS)
def index():
    """Statements within reach, the open ones first."""
    return page("disputes/index.html", statements=disputes.find(g.db, by=g.user))


class StatementForm(MeantForm):
    by = RadioField(
        _l("Whose statement it is"), choices=choices((one.value, capital_first(one.value)) for one in Requester)
    )
    name = StringField(_l("Name, as given"), [InputRequired(_l("Write the name.")), Length(max=120)])
    received_on = DateField(_l("Day on which it came"), [InputRequired(_l("Write the day on which it came."))])
    text = TextAreaField(
        _l("The statement, word for word"),
        [InputRequired(_l("Write what is stated.")), Length(max=correction_intake.LONGEST_TEXT)],
    )


@bp.route("/new/<msix_id:msix_id>", methods=["GET", "POST"])
@requires(Permission.ENTER_DISPUTE_STATEMENTS)
def new(msix_id):
    """Enter what a parent, guardian or child formally says against data."""
    student = students.get(g.db, msix_id, by=g.user)
    form = StatementForm(by=Requester.PARENT.value, received_on=clocks.day_in(g.now, disputes.EASTERN))
    offered = correction_elements.offered(g.db, student)
    form.offer(offered, lambda one: joined(": ", (one.name, one.value or _l("not reported"))))
    if form.more.data:
        return _new_page(form, student, 200)
    if form.validate_on_submit():
        try:
            return _enter(form, offered)
        except RuleBroken as rule:
            form.form_errors.append(refuse(rule))
            student = students.get(g.db, msix_id, by=g.user)
    return _new_page(form, student, 422 if form.errors else 200)


def _new_page(form, student, status):
    return page("disputes/new.html", form=form, student=student, status=status)


def _enter(form, offered):
    stated = disputes.Stated(
        by=Requester(form.by.data),
        name=form.name.data,
        received_on=form.received_on.data,
        text=form.text.data,
        meant=[one for one, _ in form.meant(offered)],
    )
    kept = evidence.keep(evidence.read(form.files))
    try:
        made = disputes.enter(g.db, stated, files=kept, now=g.now, by=g.user)
    except RuleBroken:
        evidence.forget(kept)
        raise
    flash(_l("%(title)s is entered. It stands beside the elements now.", title=made.title))
    return redirect(url_for(".statement", dispute_id=made.id), 303)


@bp.get("/<row_id:dispute_id>")
@requires(Permission.SEE_CORRECTIONS)
def statement(dispute_id):
    """One statement with its additions and attachments."""
    return _page(dispute_id)


def _page(dispute_id, *, failed="", fault="", status=200):
    found = disputes.get(g.db, dispute_id, by=g.user)
    typed = request.form if failed else {}
    return page("disputes/statement.html", statement=found, failed=failed, fault=fault, typed=typed, status=status)


class WordsForm(EvidenceForm):
    text = TextAreaField(_l("Words"))


@bp.post("/<row_id:dispute_id>/additions")
@requires(Permission.ENTER_DISPUTE_STATEMENTS)
def add(dispute_id):
    """What the family adds. What stands there stays."""
    form = WordsForm()
    kept = []
    try:
        there = disputes.get(g.db, dispute_id, by=g.user)
        kept = evidence.keep(evidence.read(form.files, already=len(there.attachments)))
        disputes.add(g.db, dispute_id, text=form.text.data or "", files=kept, now=g.now, by=g.user)
    except RuleBroken as rule:
        evidence.forget(kept)
        return _page(dispute_id, failed="add", fault=refuse(rule), status=422)
    flash(_l("The addition is kept."))
    return redirect(url_for(".statement", dispute_id=dispute_id), 303)


@bp.post("/<row_id:dispute_id>/withdraw")
@requires(Permission.ENTER_DISPUTE_STATEMENTS)
def withdraw(dispute_id):
    """It stands beside its elements no more; administrators still see it."""
    reason = WordsForm().text.data or ""
    try:
        disputes.withdraw(g.db, dispute_id, reason=reason, now=g.now, by=g.user)
    except RuleBroken as rule:
        return _page(dispute_id, failed="withdraw", fault=refuse(rule), status=422)
    flash(_l("The statement is withdrawn. Administrators still see it, with the reason."))
    return redirect(url_for(".statement", dispute_id=dispute_id), 303)


@bp.get("/<row_id:dispute_id>/files/<row_id:file_id>")
@requires(Permission.SEE_CORRECTIONS)
def attachment(dispute_id, file_id):
    """One file of a statement within reach, to be saved."""
    found = disputes.get(g.db, dispute_id, by=g.user)
    return evidence.save(attachments.among(found.attachments, file_id), name=f"DS-{found.id}-{file_id}")
