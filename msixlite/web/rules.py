"""Versions of the Rules of Behavior, and publishing a new one. Reading and accepting them is in `auth`."""

from flask import Blueprint, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired, Length

from msixlite.domain import accounts
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.rendering import page

bp = Blueprint("rules", __name__, url_prefix="/rules")


class PublishForm(FlaskForm):
    text = TextAreaField(_l("Text"), [InputRequired(_l("Write the Rules of Behavior.")), Length(max=50_000)])
    forced = BooleanField(_l("Everybody must read and accept this version at their next page"))


@bp.route("/versions", methods=["GET", "POST"])
@requires(Permission.PUBLISH_RULES)
def versions():
    """Every version with how many accepted it; below, the text of the next one."""
    form = PublishForm(obj=accounts.current_rules(g.db))
    if not form.validate_on_submit():
        known = accounts.versions_of_rules(g.db)
        return page("rules/versions.html", form=form, versions=known, status=422 if form.errors else 200)
    made = accounts.publish_rules(g.db, text=form.text.data, forced=form.forced.data, now=g.now)
    flash(_l("Version %(id)s of the Rules of Behavior is published.", id=str(made.id)))
    return redirect(url_for(".versions"), 303)
