"""The State's upload schedule: when the next file is expected, and what is due after events (C12)."""

from flask import Blueprint, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from msixlite.domain import places, upload_schedule
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.upload_schedule import UploadEventKind
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import choices, page

bp = Blueprint("upload_schedule", __name__, url_prefix="/uploads/schedule")


class EventForm(FlaskForm):
    kind = SelectField(
        _l("What happened, or will"),
        [InputRequired(_l("Choose what happened."))],
        choices=choices([("", _l("Choose one")), *((one.value, one.value.capitalize()) for one in UploadEventKind)]),
    )
    happened_on = DateField(_l("Day"), [InputRequired(_l("Give the day."))])
    part = SelectField(_l("Where"))


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.UPLOAD_SUBMISSIONS)
def index():
    """The schedule, what is due, and a form for the days of the school year."""
    form, state = EventForm(), g.user.state
    whole = f"state-{state.code}"
    parts = {code: name for code, name in places.parts_of(g.db, state.code).items() if code.startswith("district-")}
    form.part.choices = {whole: _l("All of %(state)s", state=state.name)} | parts
    if not form.validate_on_submit():
        return _page(form, 422 if form.errors else 200)
    try:
        _, district = places.find_part(g.db, state.code, form.part.data)
        kind = UploadEventKind(form.kind.data)
        upload_schedule.add(g.db, kind, happened_on=form.happened_on.data, district=district, now=g.now, by=g.user)
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
        return _page(form, 422)
    flash(_l("The day stands on the list."))
    return redirect(url_for(".index"), 303)


def _page(form, status):
    return page(
        "upload_schedule/index.html",
        form=form,
        schedule=upload_schedule.look(g.db, now=g.now, by=g.user),
        sent=upload_schedule.sent_lately(g.db, now=g.now, by=g.user),
        rules=upload_schedule.RULES,
        other_day=upload_schedule.other_day,
        status=status,
    )


@bp.post("/<row_id:event_id>/sent")
@requires(Permission.UPLOAD_SUBMISSIONS)
def sent(event_id):
    """A file held the data of this event."""
    upload_schedule.mark_sent(g.db, event_id, now=g.now, by=g.user)
    flash(_l("Marked as sent."))
    return redirect(url_for(".index"), 303)


@bp.post("/<row_id:event_id>/remove")
@requires(Permission.UPLOAD_SUBMISSIONS)
def remove(event_id):
    """It was entered by mistake."""
    upload_schedule.remove(g.db, event_id, by=g.user)
    flash(_l("Taken off the list."))
    return redirect(url_for(".index"), 303)
