"""One's own account: role, rights in words, keys on or off."""

from flask import Blueprint, flash, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField

from msixlite.domain.permissions import GRANTS, Permission
from msixlite.web.access import requires
from msixlite.web.rendering import page

bp = Blueprint("account", __name__, url_prefix="/me")


class SettingsForm(FlaskForm):
    keyboard_shortcuts = BooleanField("Single-letter keys: / for search, j and k to move, p to print")


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.USE_OWN_ACCOUNT)
def index():
    """Who I am here and what I may do; my settings."""
    form = SettingsForm(obj=g.user)
    if form.validate_on_submit():
        g.user.keyboard_shortcuts = form.keyboard_shortcuts.data
        flash("Your settings are kept.")
        return redirect(url_for(".index"), 303)
    return page("account/index.html", form=form, rights=GRANTS[g.user.role])
