"""One's own account: role, rights in words, training, settings; and saying that one needs less, or nothing."""

from flask import Blueprint, flash, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import Length

from msixlite.domain import access_notices, training
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import GRANTS, Permission
from msixlite.models.users import NoticeKind
from msixlite.web.access import requires
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("account", __name__, url_prefix="/me")


class SettingsForm(FlaskForm):
    keyboard_shortcuts = BooleanField("Single-letter keys: / for search, j and k to move, p to print")
    phone_hidden = BooleanField("Hide my phone in the public User Administrator Search")


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.USE_OWN_ACCOUNT)
def index():
    """Who I am here and what I may do; my settings."""
    form = SettingsForm(obj=g.user)
    if form.validate_on_submit():
        g.user.keyboard_shortcuts = form.keyboard_shortcuts.data
        g.user.phone_hidden = form.phone_hidden.data
        flash("Your settings are kept.")
        return redirect(url_for(".index"), 303)
    return _index(form)


def _index(form, fault: str = "", status: int = 200):
    return page(
        "account/index.html",
        form=form,
        rights=GRANTS[g.user.role],
        training_due=training.due_on(g.db, g.user),
        fault=fault,
        status=status,
    )


class NoticeForm(FlaskForm):
    words = StringField("Why (if you like)", [Length(max=500)])


@bp.post("/no-longer-needed")
@requires(Permission.USE_OWN_ACCOUNT)
def no_longer_needed():
    """I no longer need access: a task for my User Administrator (A32)."""
    return _report(NoticeKind.NO_LONGER_NEEDED)


@bp.post("/more-than-needed")
@requires(Permission.USE_OWN_ACCOUNT)
def more_than_needed():
    """This is more than I need (A33)."""
    return _report(NoticeKind.MORE_THAN_NEEDED)


def _report(kind: NoticeKind):
    form = NoticeForm()
    if not form.validate_on_submit():
        return _index(SettingsForm(obj=g.user), fault="Use at most 500 characters.", status=422)
    try:
        access_notices.report(g.db, kind, words=form.words.data or "", now=g.now, by=g.user)
    except RuleBroken as rule:
        return _index(SettingsForm(obj=g.user), fault=refuse(rule), status=422)
    flash("Thank you. Your User Administrator has it on their list.")
    return redirect(url_for(".index"), 303)
