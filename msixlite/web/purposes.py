"""Purpose of use: asked before a child outside one's own scope is opened, once in a visit (P4, P10)."""

from flask import Blueprint, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from msixlite.domain import purposes, students
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.users import Purpose
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import choices, own_page, page

bp = Blueprint("purposes", __name__, url_prefix="/students")


class PurposeForm(FlaskForm):
    next = HiddenField()
    purpose = RadioField(
        _l("Purpose of use"),
        [InputRequired(_l("Choose the purpose."))],
        choices=choices((one.value, words) for one, words in purposes.LABELS.items()),
    )
    reference = StringField(_l("Where the written consent is kept"), [Length(max=120)])


@bp.route("/<msix_id:msix_id>/purpose", methods=["GET", "POST"])
@requires(Permission.DISPLAY_STUDENT_RECORD, asks_purpose=False)
def index(msix_id):
    """Why this child is opened: one of five lawful purposes, or written consent. Nothing of the child is shown."""
    student = students.get(g.db, msix_id, by=g.user)
    form = PurposeForm(data={"next": request.args.get("next", "")})
    if form.validate_on_submit():
        try:
            purposes.state(
                g.db,
                g.user_session,
                purpose=Purpose(form.purpose.data),
                reference=form.reference.data or "",
                student=student,
            )
        except RuleBroken as rule:
            form.reference.errors = [refuse(rule)]
        else:
            g.detail = {"purpose": form.purpose.data, "reference": (form.reference.data or "")[:120]}
            flash(_l("Your purpose is kept for this visit and stands in the audit trail."))
            record = url_for("students.record", msix_id=student.msix_id)
            return redirect(own_page(form.next.data, otherwise=record), 303)
    status = 422 if form.errors else 200
    return page(
        "purposes/index.html", form=form, msix_id=student.msix_id, consent=Purpose.WRITTEN_CONSENT, status=status
    )
