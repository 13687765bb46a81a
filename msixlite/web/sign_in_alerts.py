"""Alerts of sign-ins from two networks: the person's answer, and the User Administrator's look (A18)."""

from flask import Blueprint, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import SubmitField

from msixlite.domain import sign_in_alerts
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash

bp = Blueprint("sign_in_alerts", __name__, url_prefix="/sign-in-alerts")


class AnswerForm(FlaskForm):
    was_me = SubmitField(_l("That was me"))
    was_not_me = SubmitField(_l("That was not me"))


@bp.post("/<row_id:alert_id>/answer")
@requires(Permission.USE_OWN_ACCOUNT)
def answer(alert_id):
    """It was me; or it was not: my other sessions end, and the report of a problem opens."""
    was_me = AnswerForm().was_me.data
    sign_in_alerts.answer(g.db, alert_id, was_me=was_me, session=g.user_session, now=g.now, by=g.user)
    if was_me:
        flash(_l("Thank you. Your User Administrator can see it too."))
        return redirect(url_for("home.index"), 303)
    flash(_l("Your other sessions have ended. Report below what you saw, then change your password."))
    return redirect(url_for("incidents.report", page="sessions.index"), 303)


@bp.post("/<row_id:alert_id>/looked-at")
@requires(Permission.UPDATE_USER_ACCOUNT_INFORMATION)
def look_at(alert_id):
    """The User Administrator has looked into it."""
    sign_in_alerts.look_at(g.db, alert_id, now=g.now, by=g.user)
    flash(_l("The alert is settled."))
    return redirect(url_for("users.index"), 303)
