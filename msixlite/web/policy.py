"""What a State decides for itself: times, sign-out, and two switches that are off."""

from flask import Blueprint, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from msixlite.domain import policy
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.policy import DaysReading, UploadSchedule
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import choices, page

bp = Blueprint("policy", __name__, url_prefix="/settings")


def _within(name: str) -> list:
    least, most = policy.LIMITS[name]
    sentence = _l("Type a whole number from %(least)s to %(most)s.", least=least, most=most)
    return [InputRequired(sentence), NumberRange(least, most, sentence)]


class PolicyForm(FlaskForm):
    first_reply_hours = IntegerField(policy.LABELS["first_reply_hours"], _within("first_reply_hours"))
    resolution_days = IntegerField(policy.LABELS["resolution_days"], _within("resolution_days"))
    escalation_days = IntegerField(policy.LABELS["escalation_days"], _within("escalation_days"))
    idle_minutes = IntegerField(policy.LABELS["idle_minutes"], _within("idle_minutes"))
    single_administrator = BooleanField(
        _l("Single administrator: whoever begins a merge or split may validate it alone")
    )
    approve_when_run_out = BooleanField(_l("Approve merges and splits that have run out, without a person"))
    upload_schedule = SelectField(
        _l("How often the State's file is sent"),
        coerce=UploadSchedule,
        choices=choices((one.value, one.value.capitalize()) for one in UploadSchedule),
    )
    days_reading = SelectField(
        _l("Due after an event, where the rules name two days"),
        coerce=DaysReading,
        choices=choices((one.value, one.value.capitalize()) for one in DaysReading),
    )
    late_by_clock = BooleanField(_l("Count a first reply as late by the clock, on weekends and holidays too"))
    roles_per_account = IntegerField(policy.LABELS["roles_per_account"], _within("roles_per_account"))
    account_documents = TextAreaField(_l("Documents besides the signed form, one a line"), [Length(max=2_000)])


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.SET_STATE_POLICY)
def index():
    """The State's settings."""
    form = PolicyForm(obj=policy.of(g.db, g.user.state_code))
    if form.validate_on_submit():
        values = {name: field.data for name, field in form._fields.items() if name != "csrf_token"}
        try:
            policy.change(g.db, g.user.state_code, **values, by=g.user)
        except RuleBroken as rule:
            form.account_documents.errors = [refuse(rule)]
        else:
            flash(_l("The State's settings are kept."))
            return redirect(url_for(".index"), 303)
    return page("policy/index.html", form=form, limits=policy.LIMITS, status=422 if form.errors else 200)
