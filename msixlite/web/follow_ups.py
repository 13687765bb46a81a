"""Follow-up of the immunization and medical-alert flags: asked the sender, received."""

from flask import Blueprint, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from msixlite.domain import consolidated_record, days, follow_ups, students
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.follow_ups import FollowUpKind
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import choices, page

bp = Blueprint("follow_ups", __name__, url_prefix="/follow-ups")
TICK = Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE


class AskedForm(FlaskForm):
    kind = RadioField(_l("Flag"), [InputRequired(_l("Choose the flag."))])
    whom = StringField(
        _l("Whom you asked: person and office"),
        [
            InputRequired(_l("Say who was asked.")),
            Length(max=follow_ups.LONGEST_WHOM, message=_l("At most 80 letters.")),
        ],
    )
    asked_on = DateField(_l("When"), [InputRequired(_l("Give the day."))])


class ReceivedForm(FlaskForm):
    received_on = DateField(_l("Received"), [InputRequired(_l("Give the day."))])


@bp.get("/<msix_id:msix_id>")
@requires(TICK)
def index(msix_id):
    """What was asked and received of a child's flags."""
    return _page(students.get(g.db, msix_id, by=g.user), None, "")


def _page(student, form: AskedForm | None, sentence: str):
    record = consolidated_record.build(g.db, student, today=days.today_of(g.user, g.now))
    flagged = follow_ups.flagged(record)
    if form is None:
        form = AskedForm(
            formdata=None, asked_on=days.today_of(g.user, g.now), kind=str(flagged[0].value) if flagged else ""
        )
    form.kind.choices = choices((kind.value, kind.value) for kind in flagged)
    return page(
        "follow_ups/index.html",
        form=form,
        record=record,
        flagged=flagged,
        sentence=sentence,
        asked=follow_ups.of_child(g.db, student),
        today=days.today_of(g.user, g.now),
        status=422 if form.errors or sentence else 200,
    )


@bp.post("/<msix_id:msix_id>/asked")
@requires(TICK)
def asked(msix_id):
    """Tick “asked the sender”."""
    student = students.get(g.db, msix_id, by=g.user)
    form = AskedForm()
    form.kind.choices = choices((kind.value, kind.value) for kind in FollowUpKind)
    if not form.validate_on_submit():
        return _page(student, form, "")
    try:
        follow_ups.ask(
            g.db,
            student,
            consolidated_record.build(g.db, student, today=days.today_of(g.user, g.now)),
            kind=FollowUpKind(form.kind.data),
            whom=form.whom.data,
            asked_on=form.asked_on.data,
            now=g.now,
            by=g.user,
        )
    except RuleBroken as rule:
        form.whom.errors = [refuse(rule)]
        return _page(students.get(g.db, msix_id, by=g.user), form, "")
    flash(_l("Noted: the sending school was asked."))
    return redirect(url_for(".index", msix_id=msix_id), 303)


@bp.post("/<msix_id:msix_id>/<row_id:follow_up_id>/received")
@requires(TICK)
def received(msix_id, follow_up_id):
    """Tick “received”."""
    student = students.get(g.db, msix_id, by=g.user)
    form = ReceivedForm()
    try:
        if not form.validate_on_submit():
            raise RuleBroken(_l("Give the day on which it came."))
        follow_ups.receive(g.db, student, follow_up_id, received_on=form.received_on.data, now=g.now, by=g.user)
    except RuleBroken as rule:
        sentence = refuse(rule)
        return _page(students.get(g.db, msix_id, by=g.user), None, sentence)
    flash(_l("It is noted that it came."))
    return redirect(url_for(".index", msix_id=msix_id), 303)
